// Deciding: an act is shown at once, sent in order, and confirmed by what the server answers.
import { call, enqueue, hex, Refused, say } from "./api.js";
import {
  drawTurn, element, entities, form, label, mention, mentions, ofEntity, order, sort, state, tags,
} from "./model.js";

export const view = { current: null, after: null, only: false, last: "", listeners: [] };
const waiting = new Set();
const channel = new BroadcastChannel("review");

export function changed() {
  for (const listener of view.listeners) listener();
}

export function current() {
  return mentions.get(view.current);
}

// -- moving ------------------------------------------------------------------------------------------------------------

export const filters = { type: "", state: "" };

export function wanted(m) {
  if (filters.type && m.type !== filters.type) return false;
  return !filters.state || m.cls.split(" ").includes(filters.state);
}

const filtering = () => Boolean(filters.type || filters.state);
const open = (m) => (filters.state ? wanted(m) : m.undecided && wanted(m)) && !waiting.has(m.id);
const any = (m) => (filtering() ? wanted(m) : true) && (document.body.classList.contains("show-kept")
  || !(m.how === "machine" && m.action === "keep" && !m.undecided));

function step(direction, fits) {
  if (!order.length) return null;
  let index = view.current ? order.indexOf(view.current) : (direction > 0 ? -1 : order.length);
  if (index === -1 && view.place !== undefined && !mentions.has(view.current)) index = firstAfter(view.place) - (direction > 0 ? 1 : 0);
  for (let i = 0; i < order.length; i += 1) {
    index = (index + direction + order.length) % order.length;
    if (fits(mentions.get(order[index]))) return order[index];
  }
  return null;
}

function firstAfter(turn) {
  const index = order.findIndex((id) => mentions.get(id).turn >= turn);
  return index === -1 ? order.length : index;
}

export function go(id, { scroll = true, focus = true } = {}) {
  const before = view.current && element(view.current);
  if (before) { before.classList.remove("now"); before.removeAttribute("tabindex"); before.removeAttribute("aria-describedby"); }
  view.current = id;
  const m = mentions.get(id);
  if (!m) { changed(); return; }
  view.place = m.turn;
  const node = element(id);
  if (node) {
    node.classList.add("now");
    node.tabIndex = 0;
    node.setAttribute("aria-describedby", "now");
    if (scroll) {
      const box = node.getBoundingClientRect();
      const height = innerHeight;
      if (box.top < height * 0.25 || box.bottom > height * 0.75) node.scrollIntoView({ block: "center" });
    }
    if (focus) node.focus({ preventScroll: true });
  }
  if (m.how === "carried" && !m.looked && !waiting.has(id)) look(m);
  remember();
  changed();
}

export function next() { const id = step(1, open); if (id) go(id); else nothingLeft(); }
export function previous() { const id = step(-1, open); if (id) go(id); else nothingLeft(); }
export function nextAny() { const id = step(1, any); if (id) go(id); }
export function previousAny() { const id = step(-1, any); if (id) go(id); }

function nothingLeft() {
  if (filtering()) { say("Nothing more that fits the filter."); return; }
  const { questions, unread } = state.left;
  say(`Nothing undecided.${questions ? ` ${questions} questions are open.` : ""}${unread ? ` ${unread} turns are not read: m goes to the next.` : " y approves."}`, 8);
}

function remember() {
  // ids and numbers only: nothing of the text stays in the browser
  sessionStorage.setItem(`at-${state.id}`, view.current ?? "");
}

// -- sending -----------------------------------------------------------------------------------------------------------

export function post(acts, what) {
  const sent = acts.map((act) => ({ ...act, batch: hex() }));
  if (sent.length > 1) for (const act of sent) act.batch = sent[0].batch;
  const at = view.current ?? "";
  const lost = () => sessionStorage.setItem(`at-${state.id}`, at);
  return enqueue(() => call("POST", "/api/events", { transcript: state.id, rev: state.rev, acts: sent }), lost)
    .then((answer) => {
      take(answer);
      if (what) { view.last = what; say(`${what} ${left()}`); }
      channel.postMessage({ id: state.id, rev: state.rev });
      changed();
      return answer;
    })
    .catch((error) => {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 409) {
        take(error.body);
        say("Decided differently in another tab meanwhile: nothing was overwritten. Look again.", 10);
        const first = (error.body.conflicts ?? []).find((id) => mentions.has(id));
        if (first) go(first);
      } else {
        say(error.message, 10);
      }
      changed();
      return null;
    });
}

export function left() {
  const n = state.left.undecided;
  return n ? `${n} left.` : "Nothing undecided left.";
}

// What the server says has changed.
export function take(answer) {
  state.rev = answer.rev;
  for (const name of ["left", "questions", "steps", "read", "joint", "submitted"]) if (name in answer) state[name] = answer[name];
  for (const [id, entity] of Object.entries(answer.entities ?? {})) entities.set(id, entity);
  for (const id of answer.removed ?? []) mentions.delete(id);
  for (const row of answer.mentions ?? []) {
    const m = mention(row);
    mentions.set(m.id, m);
    waiting.delete(m.id);
  }
  for (const [turn, [question, review]] of Object.entries(answer.tags ?? {})) tags[turn] = [question, review, tags[turn][2]];
  const turns = Object.keys(answer.turns ?? {}).map(Number);
  if (turns.length) {
    sort();
    if (!view.after) for (const turn of turns) drawTurn(turn);
  }
  for (const row of answer.mentions ?? []) paint(mentions.get(row[0]));
  if (view.current && !mentions.has(view.current)) {
    const here = order.find((id) => mentions.get(id).turn === view.place);
    view.current = null;
    if (here) go(here);
  } else if (view.current) {
    const node = element(view.current);
    if (node && !node.classList.contains("now")) go(view.current, { scroll: false });
  }
}

export function paint(m) {
  const node = element(m.id);
  if (!node) return;
  const now = m.id === view.current ? " now" : "";
  node.className = `${m.cls}${now}${waiting.has(m.id) ? " saving" : ""}${filtering() && !wanted(m) ? " dim" : ""}`;
  node.dataset.k = m.chip;
}

function expect(list) {
  for (const m of list) { waiting.add(m.id); element(m.id)?.classList.add("saving"); }
}

function release(list) {
  for (const m of list) { waiting.delete(m.id); if (mentions.has(m.id)) paint(mentions.get(m.id)); }
}

// -- acts --------------------------------------------------------------------------------------------------------------

const DONE = { "": "Done as proposed", keep: "Kept", remove: "Removed", pseudonymize: "Replaced", generalize: "Made more general" };

export function decide(action) {
  const m = current();
  if (!m) return next();
  const only = view.only;
  view.only = false;
  const affected = only ? [m] : carriedWith(m);
  expect(affected);
  const done = post([{ op: "decide", targets: [m.id], action, scope: only ? "only" : "entity" }],
    `${DONE[action]}: ${label(m.entity)}${affected.length > 1 ? `, ${affected.length} mentions` : ""}.`)
    .finally(() => release(affected));
  const id = step(1, open);
  if (id) go(id);
  else { done.then(() => (state.left.undecided ? next() : nothingLeft())); changed(); }
  return done;
}

// As the server does it: mentions decided by themselves stay, and a lower-case hit of a name that is otherwise written
// with a capital may be the word, so that neither decides the other.
function carriedWith(m) {
  const all = ofEntity(m.entity);
  const small = (o) => form(o) === form(o).toLowerCase();
  const capital = all.some((o) => !small(o));
  if (capital && small(m)) return [m];
  return all.filter((o) => o.id === m.id || (o.how !== "own" && !(capital && o.undecided && small(o))));
}

export function look(m) {
  return post([{ op: "looked", targets: [m.id] }], "");
}

export function retype(type) {
  const m = current();
  if (!m) return null;
  const only = view.only;
  view.only = false;
  return post([{ op: "retype", targets: [m.id], entity_type: type, scope: only ? "only" : "entity" }], "Type changed.");
}

export function addPassage(turn, start, end, type, { everywhere = true } = {}) {
  const id = `${turn}:${start}-${end}`;
  return post([{ op: "add", targets: [id], entity_type: type, scope: everywhere ? "entity" : "only" }], "Added.")
    .then((answer) => {
      if (!answer) return null;
      const also = answer.mentions.length - 1;
      if (also > 0) say(`Added, and ${also} more places with the same words. ${left()}`, 6);
      go(id);
      return answer;
    });
}

export function changeExtent(m, start, end) {
  const id = `${m.turn}:${start}-${end}`;
  if (id === m.id) return Promise.resolve(null);
  return post([{ op: "extent", targets: [m.id, id] }], "Extent changed.").then((answer) => { if (answer) go(id); });
}

export async function turnBack(redo) {
  try {
    const answer = await enqueue(() => call("POST", redo ? "/api/redo" : "/api/undo", { transcript: state.id, rev: state.rev }));
    if (answer.reload) { location.reload(); return; }
    take(answer);
    const target = mentions.has(answer.goto) ? answer.goto : answer.mentions.map((r) => r[0]).find((id) => mentions.has(id));
    if (target) go(target);
    view.last = "";
    say(`${redo ? "Done again" : "Undone"}: ${answer.mentions.length} mentions${answer.elsewhere ? ` here, also in ${answer.elsewhere} other transcripts` : ""}. ${left()}`);
    channel.postMessage({ id: state.id, rev: state.rev });
    changed();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message);
  }
}

// -- other tabs ----------------------------------------------------------------------------------------------------------

export async function refresh() {
  const answer = await call("GET", `/api/changes?t=${state.id}&since=${state.rev}`).catch(() => null);
  if (answer && answer.rev !== state.rev) {
    take(answer);
    changed();
    say("Changed in another tab; this one shows it now.");
  }
}

channel.addEventListener("message", (event) => {
  if (event.data.id === state.id && event.data.rev > state.rev) refresh();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
setInterval(refresh, 20000);
