// Search is answered by the server: the browser's own first search takes seconds on a long transcript.
import { call } from "./api.js";
import { highlight, paragraph, range, state, text } from "./model.js";
import { view } from "./desk.js";

const output = document.getElementById("hits");
let turns = [];
let at = -1;
let wanted = "";

export async function search(query) {
  wanted = query.trim().toLowerCase();
  highlight("hit", []);
  if (!wanted) { turns = []; output.textContent = ""; return; }
  const answer = await call("GET", `/api/t/${state.id}/search?q=${encodeURIComponent(wanted)}`);
  turns = answer.turns;
  at = turns.findIndex((turn) => turn >= (view.place ?? 0)) - 1;
  output.textContent = turns.length ? "" : "nothing";
  nextHit(1);
}

export function nextHit(direction) {
  if (!turns.length) return;
  at = (at + direction + turns.length) % turns.length;
  const turn = turns[at];
  output.textContent = `${at + 1} of ${turns.length} turns`;
  document.getElementById(`t${turn}`).scrollIntoView({ block: "center" });
  view.place = turn;
  if (!view.after) highlight("hit", hits(turn));
}

function hits(turn) {
  const lower = text(turn).toLowerCase();
  const found = [];
  if (!paragraph(turn) || lower.length !== text(turn).length) return found;
  for (let i = lower.indexOf(wanted); i !== -1; i = lower.indexOf(wanted, i + wanted.length)) {
    const start = Array.from(lower.slice(0, i)).length;
    found.push(range(turn, start, start + Array.from(wanted).length));
  }
  return found;
}
