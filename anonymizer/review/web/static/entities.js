// Who is who: decide an entity in the whole study, one mention apart, merge, split, rename, answer questions.
import { call, enqueue, hex, Refused, say } from "./api.js";
import "./common.js";
import { forUs, keysOn } from "./table.js";

const main = document.getElementById("main");

async function act(path, body, done) {
  try {
    const answer = await enqueue(() => call("POST", path, body));
    sessionStorage.setItem("said", done(answer));
    location.reload();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.status === 409 ? "Changed meanwhile in another tab. Load the page again." : error.message, 8);
  }
}

const events = (part, acts, done) => act("/api/events", {
  transcript: part.dataset.transcript, rev: Number(part.dataset.rev), acts: acts.map((a) => ({ ...a, batch: hex() })),
}, () => done);

const said = sessionStorage.getItem("said");
if (said) { say(said, 5); sessionStorage.removeItem("said"); }

function decideAll(action) {
  const batch = hex();
  sessionStorage.setItem("last-batch", batch);
  act("/api/study/decide", { entity: Number(main.dataset.entity), action, batch }, (a) => `${a.mentions} mentions in ${a.transcripts} transcripts decided.`);
}

function undo() {
  const batch = sessionStorage.getItem("last-batch");
  if (!batch) return;
  sessionStorage.removeItem("last-batch");
  act("/api/study/undo", { batch }, (a) => `Undone in ${a.transcripts} transcripts.`);
}

function split() {
  for (const part of document.querySelectorAll(".part")) {
    const ids = [...part.querySelectorAll("input:checked")].map((box) => box.closest("li").dataset.id);
    if (ids.length) { events(part, [{ op: "split", targets: ids }], `${ids.length} mentions are someone else now.`); return; }
  }
  say("Tick the mentions that are someone else.");
}

main.addEventListener("click", (event) => {
  const target = event.target.closest("button");
  if (!target) return;
  if (target.dataset.all) decideAll(target.dataset.all);
  else if (target.dataset.one) {
    const line = target.closest("li");
    events(line.closest(".part"), [{ op: "decide", targets: [line.dataset.id], action: target.dataset.one, scope: "only" }], "Decided for this mention alone.");
  } else if (target.dataset.answer) {
    const ask = target.closest(".ask");
    events(ask, [{ op: "answer", targets: [ask.dataset.key], text: target.dataset.answer }], target.dataset.answer === "other" ? "They stay apart." : "Answered.");
  } else if (target.id === "split") split();
  else if (target.id === "undo") undo();
});

document.getElementById("rename")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const parts = [...document.querySelectorAll(".part")];
  const text = document.getElementById("name").value;
  if (!text.trim()) return;
  const batch = hex();
  const send = (part) => call("POST", "/api/events", { transcript: part.dataset.transcript, rev: Number(part.dataset.rev), acts: [{ op: "name", targets: [part.dataset.reference], text, batch }] });
  enqueue(async () => { let answer = {}; for (const part of parts) answer = await send(part); return answer; })
    .then(() => { sessionStorage.setItem("said", "Renamed."); location.reload(); })
    .catch((error) => { if (!(error instanceof Refused)) throw error; say(error.message, 8); });
});

document.getElementById("merge")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const [transcript, entity] = document.getElementById("into").value.split(":");
  const parts = [...document.querySelectorAll(".part")];
  const here = parts.find((p) => p.dataset.transcript === transcript);
  if (here) {
    events(here, [{ op: "merge", targets: [here.dataset.reference], entity }], "Merged.");
    return;
  }
  // every transcript it is in: one of them alone would get the other's pseudonym
  const batch = hex();
  const send = (part) => call("POST", "/api/events", { transcript: part.dataset.transcript, rev: Number(part.dataset.rev), acts: [{ op: "same", targets: [part.dataset.reference], text: `${transcript}:${entity}`, batch }] });
  enqueue(async () => { let answer = {}; for (const part of parts) answer = await send(part); return answer; })
    .then(() => { sessionStorage.setItem("said", "Joined across transcripts."); location.reload(); })
    .catch((error) => { if (!(error instanceof Refused)) throw error; say(error.message, 8); });
});

const rows = [...document.querySelectorAll(".ents tbody tr")];
function filter() {
  const find = document.getElementById("find").value.toLowerCase();
  const type = document.getElementById("type").value;
  const open = document.getElementById("open-only").checked;
  for (const row of rows) {
    row.hidden = !((!find || row.textContent.toLowerCase().includes(find)) && (!type || row.dataset.type === type) && (!open || row.dataset.open !== "0"));
  }
}
document.getElementById("filters")?.addEventListener("input", filter);
document.getElementById("filters")?.addEventListener("submit", (event) => event.preventDefault());
if (document.getElementById("undo") && sessionStorage.getItem("last-batch")) document.getElementById("undo").hidden = false;

addEventListener("keydown", (event) => {
  if (!forUs(event) || event.ctrlKey || event.repeat || !keysOn() || !main.dataset.entity) return;
  const run = { A: () => decideAll("pseudonymize"), X: () => decideAll("keep"), s: split, z: undo }[event.key];
  if (run) { event.preventDefault(); run(); }
});
