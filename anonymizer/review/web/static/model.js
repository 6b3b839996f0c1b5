// What the page knows about the transcript. Offsets are code points, as everywhere; JavaScript counts UTF-16 units.
export const state = JSON.parse(document.getElementById("state").textContent);
export const mentions = new Map();
export const entities = new Map(Object.entries(state.allEntities));
export const tags = state.allTags;
export let order = [];

const FIELDS = ["id", "entity", "type", "action", "cls", "chip", "how", "undecided", "score", "sources", "reason",
  "context", "rule", "by", "looked"];

export function mention(row) {
  const m = Object.fromEntries(FIELDS.map((name, i) => [name, row[i]]));
  const [turn, span] = m.id.split(":");
  const [start, end] = span.split("-");
  m.turn = Number(turn);
  m.start = Number(start);
  m.end = Number(end);
  return m;
}

export function sort() {
  order = [...mentions.values()].sort((a, b) => a.turn - b.turn || a.start - b.start).map((m) => m.id);
}

for (const row of state.mentions) {
  const m = mention(row);
  mentions.set(m.id, m);
  order.push(m.id);
}

export function element(id) {
  return document.getElementById(`m${id}`);
}

export function paragraph(turn) {
  return document.querySelector(`#t${turn} > .tx`);
}

const originals = new Map();

// The turn's own text, also while the page shows what will stand there afterwards.
export function text(turn) {
  if (!originals.has(turn)) originals.set(turn, paragraph(turn).textContent);
  return originals.get(turn);
}

export function points(turn) {
  return Array.from(text(turn));
}

export function form(m) {
  return points(m.turn).slice(m.start, m.end).join("");
}

export function ofEntity(entity) {
  return order.map((id) => mentions.get(id)).filter((m) => m.entity === entity);
}

export function inTurn(turn) {
  return [...mentions.values()].filter((m) => m.turn === turn).sort((a, b) => a.start - b.start);
}

export function label(entity) {
  return entities.get(entity)?.label ?? "[?]";
}

export function typeWord(type) {
  return state.words.types[type][2];
}

// -- drawing -----------------------------------------------------------------------------------------------------------

function mark(m, content) {
  const node = document.createElement("mark");
  node.id = `m${m.id}`;
  node.className = m.cls;
  node.dataset.k = m.chip;
  node.textContent = content;
  return node;
}

export function drawTurn(turn) {
  const all = points(turn);
  const nodes = [];
  let position = 0;
  for (const m of inTurn(turn)) {
    if (m.start > position) nodes.push(document.createTextNode(all.slice(position, m.start).join("")));
    nodes.push(mark(m, all.slice(m.start, m.end).join("")));
    position = m.end;
  }
  if (position < all.length) nodes.push(document.createTextNode(all.slice(position).join("")));
  paragraph(turn).replaceChildren(...nodes);
}

export function drawAfter(turn, after) {
  const all = Array.from(after.text);
  const nodes = [];
  let position = 0;
  for (const [start, end, id] of after.spans) {
    const m = mentions.get(id);
    if (start > position) nodes.push(document.createTextNode(all.slice(position, start).join("")));
    nodes.push(m ? mark(m, all.slice(start, end).join("")) : document.createTextNode(all.slice(start, end).join("")));
    position = end;
  }
  if (position < all.length) nodes.push(document.createTextNode(all.slice(position).join("")));
  text(turn);
  paragraph(turn).replaceChildren(...nodes);
}

// -- places in the text --------------------------------------------------------------------------------------------------

export function unit(turn, point) {
  return points(turn).slice(0, point).join("").length;
}

export function range(turn, start, end) {
  const result = document.createRange();
  const walker = document.createTreeWalker(paragraph(turn), NodeFilter.SHOW_TEXT);
  let [from, to, passed] = [unit(turn, start), unit(turn, end), 0];
  let begun = false;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.data.length;
    if (!begun && from <= passed + length) { result.setStart(node, from - passed); begun = true; }
    if (begun && to <= passed + length) { result.setEnd(node, to - passed); break; }
    passed += length;
  }
  return result;
}

export function highlight(name, ranges) {
  if (!globalThis.Highlight) return;
  if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
}

// Code point offset of a place in a turn's paragraph.
export function offset(turn, node, within) {
  const before = document.createRange();
  before.setStart(paragraph(turn), 0);
  before.setEnd(node, within);
  return Array.from(before.toString()).length;
}

const WORD = /[\p{L}\p{N}\p{M}_]/u;
const inside = (c) => c !== undefined && (WORD.test(c) || c === "'" || c === "’" || c === "-" || c === "@" || c === ".");

export function isWord(c) {
  return c !== undefined && WORD.test(c);
}

// White space and outer punctuation go; then the ends move to word ends unless exact is wanted.
export function snap(turn, start, end, exact = false) {
  const all = points(turn);
  const edge = (c) => !WORD.test(c) && !"@#$€£+".includes(c);
  while (start < end && edge(all[start])) start += 1;
  while (end > start && edge(all[end - 1])) end -= 1;
  if (!exact && start < end) {
    while (start > 0 && WORD.test(all[start - 1]) && WORD.test(all[start])) start -= 1;
    while (end < all.length && WORD.test(all[end]) && WORD.test(all[end - 1])) end += 1;
  }
  return [start, end];
}

export function wordStarts(turn) {
  const all = points(turn);
  const starts = [];
  all.forEach((c, i) => { if (WORD.test(c) && !inside(all[i - 1])) starts.push(i); });
  return starts;
}

export function wordEnds(turn) {
  const all = points(turn);
  const ends = [];
  all.forEach((c, i) => {
    if (!WORD.test(c)) return;
    let j = i + 1;
    while (inside(all[j]) && isWord(all[j + 1]) && !WORD.test(all[j])) j += 1;
    if (!WORD.test(all[i + 1] ?? " ") && !(inside(all[i + 1]) && isWord(all[i + 2]))) ends.push(i + 1);
  });
  return ends;
}
