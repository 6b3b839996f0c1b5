// Changing an extent and adding a finding by keyboard: a caret of its own, shown as a highlight, so that the DOM stays.
import { addPassage, changed, changeExtent, view } from "./desk.js";
import { element, highlight, mentions, paragraph, points, range, wordEnds, wordStarts } from "./model.js";
import { TYPE_KEYS } from "./table.js";
import { say } from "./api.js";

let active = null;

export function mode() {
  return active !== null;
}

function show() {
  highlight("pick", [range(active.turn, active.start, Math.max(active.end, active.start))]);
  const words = points(active.turn).slice(active.start, active.end).join("");
  view.mode = active.kind === "extent"
    ? `Extent: “${words}”. Arrows move the end, Shift+arrows the start, Ctrl by character. Enter takes it, Esc leaves it.`
    : `Caret: “${words}”. Arrows move, Shift+arrows select; p o l c d g x u t r adds. Esc leaves.`;
  changed();
}

function stop() {
  active = null;
  view.mode = "";
  highlight("pick", []);
  changed();
}

export function extentMode(m) {
  if (view.after) { say("Extents are changed in the text before."); return; }
  active = { kind: "extent", turn: m.turn, start: m.start, end: m.end, id: m.id };
  show();
}

export function caretMode(turn) {
  if (view.after) { say("Findings are added in the text before."); return; }
  const starts = wordStarts(turn);
  if (!starts.length) { say("No words in this turn."); return; }
  active = { kind: "caret", turn, start: starts[0], end: wordEnds(turn).find((e) => e > starts[0]), anchor: 0, focus: 0 };
  document.getElementById(`t${turn}`).scrollIntoView({ block: "nearest" });
  show();
}

const following = (list, value) => list.find((x) => x > value);
const preceding = (list, value) => list.filter((x) => x < value).at(-1);

function moveExtent(event) {
  const forward = event.key === "ArrowRight";
  const size = points(active.turn).length;
  let { start, end } = active;
  if (event.shiftKey) {
    const to = event.ctrlKey ? start + (forward ? 1 : -1) : (forward ? following : preceding)(wordStarts(active.turn), start);
    if (to !== undefined && to >= 0 && to < end) start = to;
  } else {
    const to = event.ctrlKey ? end + (forward ? 1 : -1) : (forward ? following : preceding)(wordEnds(active.turn), end);
    if (to !== undefined && to <= size && to > start) end = to;
  }
  Object.assign(active, { start, end });
  show();
}

function moveCaret(event) {
  const starts = wordStarts(active.turn);
  const ends = wordEnds(active.turn);
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const turn = active.turn + (event.key === "ArrowDown" ? 1 : -1);
    if (paragraph(turn) && wordStarts(turn).length) caretMode(turn);
    return;
  }
  const forward = event.key === "ArrowRight";
  const focus = Math.max(0, Math.min(starts.length - 1, active.focus + (forward ? 1 : -1)));
  active.focus = focus;
  if (!event.shiftKey) active.anchor = focus;
  const [a, b] = [Math.min(active.anchor, focus), Math.max(active.anchor, focus)];
  active.start = starts[a];
  active.end = ends.find((e) => e > starts[b]);
  show();
}

export function pickingKeys(event) {
  if (event.key === "Escape") { event.preventDefault(); stop(); return; }
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    (active.kind === "extent" ? moveExtent : moveCaret)(event);
    return;
  }
  if (active.kind === "extent" && event.key === "Enter") {
    event.preventDefault();
    const { id, start, end } = active;
    stop();
    changeExtent(mentions.get(id), start, end);
    return;
  }
  const type = active.kind === "caret" && !event.ctrlKey && TYPE_KEYS.find(([key]) => key === event.key);
  if (type) {
    event.preventDefault();
    const { turn, start, end } = active;
    stop();
    addPassage(turn, start, end, type[1]);
  }
}

export { element };
