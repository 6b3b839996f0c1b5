// The panel: the current finding in words, with a button for every key.
import { current, decide, left, view } from "./desk.js";
import { entities, form, label, ofEntity, state, tags, typeWord } from "./model.js";
import { TYPE_KEYS } from "./table.js";

const panel = document.getElementById("panel");

export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export function keyButton(key, text, act, more = {}) {
  const shortcut = key.length === 1 && key !== key.toLowerCase() ? `Shift+${key}` : key;
  const node = make("button", { type: "button", ...more }, make("span", { textContent: text }), make("kbd", { textContent: key }));
  node.setAttribute("aria-keyshortcuts", shortcut);
  node.addEventListener("click", act);
  return node;
}

const STATES = { machine: "decided by rule", own: "decided", carried: "carried from its entity", conflict: "in dispute between reviewers" };
const ACTIONS = { pseudonymize: "Replace", generalize: "Generalize", remove: "Remove", keep: "Keep" };

export function stateWord(m) {
  return m.undecided && m.how !== "conflict" ? "undecided" : STATES[m.how];
}

function outcome(m) {
  if (m.action === "pseudonymize") return `replace by ${label(m.entity)}`;
  return state.words.actions[m.action];
}

export function draw(actions) {
  const m = current();
  const keep = document.activeElement && panel.contains(document.activeElement) ? document.activeElement.dataset.k : null;
  if (!m) { panel.replaceChildren(...idle(actions)); return; }
  const all = ofEntity(m.entity);
  const unseen = all.filter((o) => o.how === "carried" && !o.looked).length;
  const [letter, cls] = state.words.types[m.type];
  const word = typeWord(m.type);
  const here = `${all.length} mention${all.length === 1 ? "" : "s"} here${unseen ? `, ${unseen} not seen` : ""}`;
  const sentence = `${word[0].toUpperCase()}${word.slice(1)}, ${stateWord(m)}. ${m.undecided ? "Proposed" : "Result"}: ${outcome(m)}. ${here}.`;
  const proposed = ACTIONS[m.action];
  const button = (key, text, name, more) => keyButton(key, text, actions[name], { "data-k": key, ...more });
  const nodes = [
    make("h2", {}, make("span", { className: `chip ${cls}`, textContent: letter }), make("span", { textContent: `${word} · ${stateWord(m)}` })),
    make("p", { className: "form", textContent: form(m), dir: "auto" }),
    make("p", { id: "now", className: "hidden", textContent: sentence }),
    make("dl", {},
      make("dt", { textContent: m.undecided ? "proposed" : "result" }), make("dd", { textContent: outcome(m) }),
      make("dt", { textContent: "who" }), make("dd", { textContent: `${label(m.entity)}, ${here}` }),
      make("dt", { textContent: "why" }), make("dd", { textContent: `${m.reason}; found by ${m.sources.map((s) => state.words.sources[s] ?? s).join(", ")}; ${m.score.toFixed(2)}` }),
      ...(m.by ? [make("dt", { textContent: "by" }), make("dd", { textContent: m.by })] : [])),
  ];
  for (const note of state.notes.filter((n) => n.targets.includes(m.id))) nodes.push(make("p", { className: "note", textContent: `${note.by}: ${note.text}` }));
  if (view.mode) nodes.push(make("p", { className: "mode", textContent: view.mode }));
  const keys = make("div", { className: "keys" },
    button("a", `${proposed} (as proposed)`, "accept", { className: "primary full" }),
    button("x", "Keep", "keep"), button("d", "Remove", "remove"));
  for (const other of ["pseudonymize", "generalize"]) {
    if (other !== m.action) keys.append(make("button", { type: "button", textContent: ACTIONS[other], onclick: () => decide(other) }));
  }
  keys.append(
    button("o", view.only ? "Only here: on" : "Only here: off", "only", { "aria-pressed": String(view.only) }),
    button("u", "Later", "later"), button("w", "Extent", "extent"), button("t", "Type", "type"),
    button("r", "Name", "rename"), button("g", "Merge", "merge"), button("s", "Split", "split"), button("c", "Note", "note"),
    button("q", "Question", "question"), button("i", "In the study", "why"),
    button("A", "In whole study", "acceptAll"), button("X", "Keep in study", "keepAll"));
  nodes.push(keys);
  if (view.typing) nodes.push(typeButtons(actions.pickType));
  nodes.push(last(actions));
  panel.replaceChildren(...nodes);
  if (keep) panel.querySelector(`[data-k="${CSS.escape(keep)}"]`)?.focus();
}

export function typeButtons(pick) {
  const row = make("div", { className: "typekeys", role: "group", "aria-label": "Type" });
  for (const [key, type, word] of TYPE_KEYS) row.append(keyButton(key, word, () => pick(type), { "data-type": type }));
  return row;
}

function last(actions) {
  const node = make("div", { className: "last" });
  node.append(make("p", { textContent: view.last || left() }));
  const row = make("p", { className: "buttons" });
  const [undo, redo] = state.steps;
  row.append(keyButton("z", "Undo", actions.undo, { disabled: !undo, "data-k": "z" }), keyButton("Z", "Redo", actions.redo, { disabled: !redo, "data-k": "Z" }),
    keyButton("j", "Next", actions.next, { "data-k": "j" }), keyButton("k", "Back", actions.previous, { "data-k": "k" }));
  node.append(row);
  return node;
}

function idle(actions) {
  const { left: counts } = state;
  const nodes = [make("h2", { textContent: counts.undecided ? `${counts.undecided} undecided` : "Nothing undecided" })];
  nodes.push(make("p", { id: "now", textContent: counts.undecided ? "j goes to the first one. Select any text to add a finding." : "Select any text to add a finding." }));
  nodes.push(make("dl", {},
    make("dt", { textContent: "questions" }), make("dd", { textContent: String(counts.questions) }),
    make("dt", { textContent: "turns not read" }), make("dd", { textContent: String(counts.unread) }),
    make("dt", { textContent: "carried, not seen" }), make("dd", { textContent: String(counts.unseen) }),
    make("dt", { textContent: "unsure tags" }), make("dd", { textContent: String(counts.unsure) })));
  nodes.push(last(actions));
  return nodes;
}

// -- outline -------------------------------------------------------------------------------------------------------------

const outline = document.getElementById("outline");

export function drawOutline(jump) {
  const counts = new Map();
  tags.forEach(([question], turn) => {
    const key = question ?? "";
    if (!counts.has(key)) counts.set(key, { turns: 0, first: turn });
    counts.get(key).turns += 1;
  });
  const nodes = [];
  let section = null;
  let list = null;
  for (const q of state.outline) {
    if (q.section !== section) {
      section = q.section;
      list = make("ul");
      nodes.push(make("h2", { textContent: section }), list);
    }
    list.append(entry(q.number, q.text, counts.get(q.id), `d${Math.min(q.depth, 3)}`, q.id, jump));
  }
  const outside = make("ul");
  outside.append(entry("–", "talk outside the protocol", counts.get(""), "d0", "", jump));
  nodes.push(outside);
  if (state.questions.length) nodes.unshift(questions());
  nodes.push(make("p", { className: "soft", textContent: `read ${Math.floor((100 * (state.left.turns - state.left.unread)) / state.left.turns)} %` }));
  outline.replaceChildren(...nodes);
}

function entry(number, text, count, depth, id, jump) {
  const node = make("button", { type: "button", className: `${depth}${count ? "" : " absent"}`, title: text, disabled: !count, "data-question": id },
    make("span", { className: "num", textContent: number }), make("span", { className: "qt", textContent: text }),
    make("span", { className: "cnt", textContent: count ? String(count.turns) : "–" }));
  node.addEventListener("click", () => jump(count.first));
  return make("li", {}, node);
}

let answer = null;
export function onAnswer(callback) { answer = callback; }

function questions() {
  const box = make("div", { className: "asks" });
  for (const q of state.questions) {
    const names = q.entities.map((e) => `“${e.form}” ${e.label} (${e.count}×)`).join(" and ");
    const choices = q.options.map(([value, words]) => make("button", {
      type: "button", className: value === "other" ? "no" : "yes", textContent: words, onclick: () => answer(q, value),
    }));
    box.append(make("div", { className: "ask", "data-key": q.key },
      make("p", { textContent: `Who is this? ${names}` }), make("p", { className: "soft", textContent: q.reason }),
      make("p", { className: "choices" }, ...choices)));
  }
  return box;
}

export function entityList() {
  return [...entities.entries()].map(([id, entity]) => ({ id, ...entity, mentions: ofEntity(id) })).filter((e) => e.mentions.length);
}
