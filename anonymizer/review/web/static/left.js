// What is left: one line a form; added as a finding, or called fine, here or in the study.
import { call, enqueue, hex, Refused, say } from "./api.js";
import "./common.js";
import { forUs, keysOn, TYPE_KEYS } from "./table.js";

const main = document.getElementById("main");
const transcript = main.dataset.transcript;
let rev = Number(main.dataset.rev);
let adding = null;
let now = null;
const items = [...document.querySelectorAll(".item")];
const open = () => items.filter((item) => !item.classList.contains("done"));

function go(item) {
  now?.classList.remove("now");
  now = item ?? null;
  if (!now) return;
  now.classList.add("now");
  now.focus({ preventScroll: true });
  now.scrollIntoView({ block: "nearest" });
}

function step(direction) {
  const list = open();
  const at = now ? items.indexOf(now) : -1;
  const next = direction > 0 ? list.find((i) => items.indexOf(i) > at) ?? list[0] : list.filter((i) => items.indexOf(i) < at).at(-1) ?? list.at(-1);
  if (next) go(next);
  else say("Everything here was looked at.");
}

function finish(item, text) {
  item.classList.add("done");
  item.querySelector(".how").textContent = text;
  document.getElementById("looked").textContent = `${items.length - open().length} of ${items.length} looked at`;
  for (const section of main.querySelectorAll("section")) section.querySelector(".todo-n").textContent = section.querySelectorAll(".item:not(.done)").length;
}

async function send(path, body, item, text) {
  try {
    const answer = await enqueue(() => call("POST", path, typeof body === "function" ? body() : body));
    if (answer.rev) rev = answer.rev;
    if (item) { finish(item, text); say(`${text[0].toUpperCase()}${text.slice(1)}. ${open().length} left.`); }
    return answer;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 409) { say("Changed in another tab meanwhile; loading again."); setTimeout(() => location.reload(), 800); } else say(error.message, 8);
    return null;
  }
}

const acts = (list) => () => ({ transcript, rev, acts: list.map((act) => ({ ...act, batch: hex() })) });

function add(item, type, word) {
  const [first] = item.dataset.spots.split(" ");
  closeTypes();
  send("/api/events", acts([{ op: "add", targets: [first], entity_type: type }]), item, `added as ${word}`).then(() => step(1));
}

function fine(item, everywhere) {
  const body = everywhere ? { kind: item.dataset.kind, form: item.dataset.form, batch: hex() } : acts([{ op: "fine", targets: item.dataset.spots.split(" ") }]);
  send(everywhere ? "/api/study/fine" : "/api/events", body, item, everywhere ? "fine in the study" : "fine").then(() => { if (everywhere) refresh(); });
  step(1);
}

async function refresh() {
  const answer = await call("GET", `/api/changes?t=${transcript}&since=${rev}`).catch(() => null);
  if (answer) rev = answer.rev;
}

function closeTypes() {
  document.querySelector(".typekeys")?.remove();
  adding = null;
}

function types(item) {
  closeTypes();
  adding = item;
  const row = document.createElement("span");
  row.className = "typekeys";
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "Type");
  for (const [key, type, word] of TYPE_KEYS) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-keyshortcuts", key);
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    button.append(word, " ", kbd);
    button.addEventListener("click", () => add(item, type, word));
    row.append(button);
  }
  item.after(row);
}

async function undo() {
  const answer = await send("/api/undo", () => ({ transcript, rev }), null, "");
  if (answer) location.reload();
}

main.addEventListener("click", (event) => {
  const item = event.target.closest(".item");
  if (!item) return;
  if (event.target.closest("button")) {
    go(item);
    const act = event.target.closest("button").dataset.act;
    if (act === "add") types(item);
    else fine(item, act === "study");
  } else if (!event.target.closest("a")) go(item);
});

addEventListener("keydown", (event) => {
  if (!forUs(event) || event.ctrlKey || !keysOn()) return;
  if (adding) {
    const type = TYPE_KEYS.find(([key]) => key === event.key);
    if (event.key === "Escape") closeTypes();
    else if (type) { event.preventDefault(); add(adding, type[1], type[2]); }
    return;
  }
  const run = { j: () => step(1), k: () => step(-1), a: () => now && types(now), x: () => now && fine(now, false), X: () => now && fine(now, true), z: undo }[event.key];
  if (run && !(event.repeat && "axX".includes(event.key))) { event.preventDefault(); run(); }
  else if (event.key === "Enter" && now && event.target === now) now.querySelector("a").click();
});

step(1);
