// The transcript page: what each key and button does.
import { call, Refused, say } from "./api.js";
import {
  addPassage, changed, current, decide, filters, go, next, nextAny, paint, post, previous, previousAny, retype, turnBack, view,
} from "./desk.js";
import { ask, choose, confirm, dialog } from "./dialogs.js";
import { drawAfter, drawTurn, element, form, label, mentions, ofEntity, order, paragraph, state, tags, typeWord } from "./model.js";
import { caretMode, extentMode, mode, pickingKeys } from "./modes.js";
import { draw, drawOutline, entityList, make, onAnswer } from "./panel.js";
import { search, nextHit } from "./search.js";
import "./selection.js";
import { forUs, KEYS, keysOn, keyTable, PAGES } from "./table.js";

const main = document.getElementById("main");
const button = (id) => document.getElementById(id);

const actions = {
  next, previous, nextAny, previousAny,
  accept: () => decide(""), keep: () => decide("keep"), remove: () => decide("remove"),
  only: () => { view.only = !view.only; say(view.only ? "Only here: the next decision is for this mention alone." : "For the whole entity again."); changed(); },
  later: () => { say("Left undecided."); next(); },
  type: () => { if (current()) { view.typing = true; view.mode = "Which type? p o l c d g x u t r; Esc"; changed(); } },
  pickType: (type) => { view.typing = false; view.mode = ""; retype(type); },
  extent: () => { if (current()) extentMode(current()); },
  caret: () => caretMode(turnHere()),
  rename, merge, split, note, question, why, acceptAll: () => everywhere(""), keepAll: () => everywhere("keep"),
  read: markRead, after: toggleAfter, kept: toggleKept,
  filter: () => button("f-type").focus(), search: () => button("q").focus(),
  hit: () => nextHit(1), hitBack: () => nextHit(-1),
  undo: () => turnBack(false), redo: () => turnBack(true), submit, help,
};

// -- acts with a dialog ------------------------------------------------------------------------------------------------

async function rename() {
  const m = current();
  if (!m) return;
  const text = await ask("Name the pseudonym", { label: `What stands for “${form(m)}” everywhere`, value: label(m.entity).replace(/^\[|\]$/g, ""), hint: "A role, for instance: P07's manager, sister 1. No real name." });
  if (text !== null && text.trim()) post([{ op: "name", targets: [m.id], text }], `Called [${text.trim()}].`);
}

async function merge() {
  const m = current();
  if (!m) return;
  const others = entityList().filter((e) => e.id !== m.entity).sort((a, b) => (b.type === m.type) - (a.type === m.type) || b.mentions.length - a.mentions.length);
  const into = await choose(`Who is “${form(m)}”?`, others.map((e) => ({ value: e.mentions[0].id, text: `${e.label}  “${form(e.mentions[0])}”`, more: `${typeWord(e.type)}, ${e.mentions.length} mentions` })), { hint: "Both become one entity with one pseudonym." });
  if (into) post([{ op: "merge", targets: [m.id], entity: into }], "Merged.");
}

function split() {
  const m = current();
  if (!m) return;
  if (ofEntity(m.entity).length < 2) { say("This entity has one mention only."); return; }
  post([{ op: "split", targets: [m.id] }], "Split: this mention is someone else now.");
}

async function note() {
  const m = current();
  if (!m) return;
  const text = await ask("Note", { label: "About this mention", long: true, max: 2000, hint: "No names: notes are kept without the transcript's words." });
  if (text !== null && text.trim()) {
    const answer = await post([{ op: "note", targets: [m.id], text }], "Noted.");
    if (answer) { state.notes.push({ targets: [m.id], text: text.trim(), by: "you" }); changed(); }
  }
}

async function question(turn = turnHere()) {
  const [now] = tags[turn];
  const items = state.outline.map((q) => ({ value: q.id, text: `${q.section.split(" ")[0]} ${q.number} ${q.text}`, more: q.id === now ? "(now)" : "" }));
  items.push({ value: null, text: "– talk outside the protocol", more: now === null ? "(now)" : "" });
  const id = await choose(`Which question is turn ${turn} about?`, items);
  if (id === undefined) return;
  await post([{ op: "tag", targets: [`t${turn}`], question: id }], "Question set.");
  paintTags();
}

async function why() {
  const m = current();
  if (!m) return;
  const reach = await call("GET", `/api/t/${state.id}/context?m=${encodeURIComponent(m.id)}`).catch(() => null);
  if (!reach) return;
  const node = dialog("Why, and where else",
    make("p", { className: "form", textContent: form(m) }),
    make("p", { textContent: `${m.reason}. Judged as ${state.words.contexts[m.context] ?? m.context}; rule ${m.rule}; score ${m.score.toFixed(2)}; found by ${m.sources.map((s) => state.words.sources[s] ?? s).join(", ")}.` }),
    make("p", { textContent: `${label(m.entity)}: ${reach.mentions} mentions in ${reach.transcripts} transcripts.` }));
  node.append(lines(reach.lines), make("div", { className: "buttons" },
    make("a", { className: "button", href: `/e/${reach.number}`, textContent: "All of it" }),
    make("button", { type: "button", textContent: "Close", onclick: () => node.close() })));
}

function lines(list) {
  return make("ul", { className: "lines" }, ...list.map((l) => make("li", { className: "kline" },
    make("span", { className: "kwic" }, make("span", { className: "where", textContent: `${l.name} t${l.turn}` }),
      make("span", { className: "l", textContent: l.before }), make("mark", { className: l.classes, "data-k": l.chip, textContent: l.form }), make("span", { className: "r", textContent: l.after })))));
}

async function everywhere(action) {
  const m = current();
  if (!m) return;
  const reach = await call("GET", `/api/t/${state.id}/context?m=${encodeURIComponent(m.id)}`).catch(() => null);
  if (!reach) return;
  const chosen = action || m.action;
  const yes = await confirm(`${chosen === "keep" ? "Keep" : "Decide"} in the whole study?`, `${state.words.actions[chosen]}, all`,
    make("p", { textContent: `${label(m.entity)}: ${reach.mentions} mentions in ${reach.transcripts} transcripts. What was decided by itself, and approved transcripts, stay as they are.` }), lines(reach.lines));
  if (!yes) return;
  const { hex, enqueue } = await import("./api.js");
  const batch = hex();
  const answer = await enqueue(() => call("POST", "/api/study/decide", { entity: reach.number, action: chosen, batch })).catch((error) => { say(error.message); return null; });
  if (!answer) return;
  const { refresh } = await import("./desk.js");
  await refresh();
  say(`${answer.mentions} mentions in ${answer.transcripts} transcripts.`);
  next();
}

async function submit() {
  const { missing } = await call("GET", `/api/t/${state.id}/missing`);
  const two = missing.some((line) => line.includes("submitted"));
  const open = missing.filter((line) => !line.includes("submitted"));
  if (open.length) {
    await confirm("Not yet", "Go on", make("p", { textContent: "Before this transcript can be approved:" }), make("ul", {}, ...open.map((line) => make("li", { textContent: line }))));
    if (state.left.undecided) next();
    else if (state.left.unread) markRead({ only: "go" });
    return;
  }
  if (two && state.submitted && !state.joint) { say("You have submitted. The second reviewer has not yet.", 8); return; }
  if (two) {
    if (!(await confirm("Submit?", "Submit", make("p", { textContent: "Everything is decided and read. After submitting, you and the second reviewer see where you differ." })))) return;
    const answer = await post([{ op: "submit", targets: [] }], "Submitted.");
    // both are done: from here on the page shows both reviewers' decisions
    if (answer?.joint) location.assign("/d");
    return;
  }
  if (!(await confirm("Approve?", "Sign and approve", make("p", { textContent: "Everything is decided and read. Your signature stands for these decisions; any later change takes it away." })))) return;
  try {
    await call("POST", `/api/t/${state.id}/approve`, {});
    say("Approved and signed.", 10);
    button("left").textContent = "approved";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(`${error.message}: ${(error.body.missing ?? []).join("; ")}`, 12);
  }
}

function help() {
  const box = make("input", { type: "checkbox", checked: keysOn(), onchange: () => localStorage.setItem("review-keys", box.checked ? "on" : "off") });
  const node = dialog("Keys", make("label", { className: "inline" }, box, "single-letter keys on"), keyTable());
  node.append(make("div", { className: "buttons" }, make("button", { type: "button", textContent: "Close", onclick: () => node.close() })));
}

onAnswer((q, text) => post([{ op: "answer", targets: [q.key], text }], text === "other" ? "They stay apart." : "Answered."));

// -- view --------------------------------------------------------------------------------------------------------------

async function toggleAfter() {
  if (view.after) {
    const turns = Object.keys(view.after);
    view.after = null;
    for (const turn of turns) drawTurn(Number(turn));
  } else {
    try {
      view.after = (await call("GET", `/api/t/${state.id}/after`)).turns;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(error.message, 8);
      return;
    }
    for (const [turn, after] of Object.entries(view.after)) drawAfter(Number(turn), after);
  }
  document.body.classList.toggle("showing-after", Boolean(view.after));
  button("before").setAttribute("aria-pressed", String(!view.after));
  button("after").setAttribute("aria-pressed", String(Boolean(view.after)));
  if (view.current) go(view.current, { scroll: true });
}

function toggleKept() {
  const on = document.body.classList.toggle("show-kept");
  button("kept").setAttribute("aria-pressed", String(on));
  localStorage.setItem("review-kept", on ? "on" : "off");
}

function applyFilters() {
  filters.type = button("f-type").value;
  filters.state = button("f-state").value;
  for (const id of order) paint(mentions.get(id));
}

export function turnHere() {
  if (current()) return current().turn;
  return view.place ?? 0;
}

function sectionOf(turn) {
  return [...document.querySelectorAll("section.turns")].find((s) => Number(s.dataset.first) <= turn && turn <= Number(s.dataset.last));
}

async function markRead({ only = "", section = null } = {}) {
  const sections = [...document.querySelectorAll("section.turns")];
  const visible = sections.find((s) => s.getBoundingClientRect().bottom > innerHeight * 0.4);
  const here = section ?? visible ?? sections.at(-1);
  if (only !== "go" && !here.classList.contains("read")) {
    await post([{ op: "read", targets: [`t${here.dataset.first}-${here.dataset.last}`] }], "Read.");
  }
  const unread = sections.filter((s) => !s.classList.contains("read"));
  const following = unread.find((s) => Number(s.dataset.first) > Number(here.dataset.first)) ?? unread[0];
  if (following && !section) following.scrollIntoView({ block: "start" });
  else if (!following) say("Everything is read.");
}

function paintRead() {
  const read = new Set(state.read.map(([first]) => first));
  for (const section of document.querySelectorAll("section.turns")) {
    const is = read.has(Number(section.dataset.first));
    if (section.classList.contains("read") === is) continue;
    section.classList.toggle("read", is);
    const node = section.querySelector(".rd");
    node.setAttribute("aria-pressed", String(is));
    node.firstChild.data = is ? "read " : "mark read ";
  }
}

let painted = "";
function paintTags() {
  const key = JSON.stringify(tags.map((t) => [t[0], t[1]]));
  if (key === painted) return;
  const first = painted === "";
  painted = key;
  if (!first) {
    const names = new Map(state.outline.map((q) => [q.id, q.name]));
    tags.forEach(([id, unsure], turn) => {
      const node = document.querySelector(`#t${turn} .qb`);
      node.textContent = names.get(id) ?? id ?? "–";
      node.classList.toggle("unsure", Boolean(unsure));
    });
  }
  drawOutline((turn) => { view.place = turn; document.getElementById(`t${turn}`).scrollIntoView({ block: "center" }); });
}

view.listeners.push(() => {
  draw(actions);
  const n = state.left.undecided;
  button("left").textContent = n ? `${n} undecided` : state.left.questions ? `${state.left.questions} questions` : state.left.unread ? `${state.left.unread} turns to read` : "ready to approve";
  const asked = document.querySelectorAll("#outline .ask").length;
  paintRead();
  if (asked !== state.questions.length) painted = " ";
  paintTags();
});

// -- events --------------------------------------------------------------------------------------------------------------

const handlers = new Map(KEYS.map(([key, name]) => [key, actions[name]]));
const DECIDING = new Set(["a", "x", "d", "Enter", "A", "X", "s", "y", "m"]);

addEventListener("keydown", (event) => {
  if (!forUs(event)) return;
  if (event.ctrlKey) {
    const key = event.key.toLowerCase();
    if (mode()) { pickingKeys(event); return; }
    if (key === "z" || key === "y") { event.preventDefault(); turnBack(key === "y" || event.shiftKey); }
    return;
  }
  if (mode()) { pickingKeys(event); return; }
  if (event.key === "Escape") {
    view.typing = false; view.mode = ""; view.only = false;
    changed();
    return;
  }
  if (!keysOn()) return;
  if (view.typing) {
    const hit = document.querySelector(`#panel .typekeys [aria-keyshortcuts="${CSS.escape(event.key)}"]`);
    if (hit) { event.preventDefault(); hit.click(); }
    return;
  }
  if (event.key === "Enter" && event.target.tagName === "BUTTON") return;
  if (event.repeat && DECIDING.has(event.key)) return;
  if (PAGES[event.key]) { location.assign(PAGES[event.key]); return; }
  const handler = handlers.get(event.key);
  if (handler) { event.preventDefault(); handler(); }
});

main.addEventListener("click", (event) => {
  const mark = event.target.closest("mark");
  if (mark && getSelection().isCollapsed) { go(mark.id.slice(1), { scroll: false }); return; }
  const q = event.target.closest(".qb");
  if (q) { view.place = Number(q.dataset.q); question(view.place); return; }
  const read = event.target.closest(".rd");
  if (read) markRead({ section: read.closest("section") });
});

button("after").addEventListener("click", () => { if (!view.after) toggleAfter(); });
button("before").addEventListener("click", () => { if (view.after) toggleAfter(); });
button("kept").addEventListener("click", toggleKept);
button("submit").addEventListener("click", submit);
button("f-type").append(...[...new Set(order.map((id) => mentions.get(id).type))].sort().map((t) => new Option(typeWord(t), t)));
for (const id of ["f-type", "f-state"]) button(id).addEventListener("change", () => { applyFilters(); button(id).blur(); main.focus({ preventScroll: true }); });
button("search").addEventListener("submit", (event) => { event.preventDefault(); search(button("q").value); main.focus({ preventScroll: true }); });

// -- start ---------------------------------------------------------------------------------------------------------------

if (localStorage.getItem("review-kept") === "on") toggleKept();
const asked = decodeURIComponent(location.hash.slice(1));
const stored = sessionStorage.getItem(`at-${state.id}`);
if (asked.startsWith("m") && mentions.has(asked.slice(1))) go(asked.slice(1));
else if (/^t\d+$/.test(asked)) { view.place = Number(asked.slice(1)); document.getElementById(asked)?.scrollIntoView({ block: "center" }); changed(); }
else if (stored && mentions.has(stored)) go(stored);
else if (state.left.undecided) next();
changed();

const spy = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting && !current()) view.place = Number(entry.target.dataset.first);
}, { rootMargin: "-40% 0px -40% 0px" });
for (const section of document.querySelectorAll("section.turns")) spy.observe(section);

export { actions, addPassage, element, paragraph, sectionOf };
