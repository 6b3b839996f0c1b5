// Dialogs: built from data, opened with showModal, closed with Escape; focus goes back to the mark.
import { element } from "./model.js";
import { view } from "./desk.js";
import { make } from "./panel.js";

export function dialog(title, ...children) {
  const heading = make("h2", { id: "dialog-title", textContent: title });
  const node = make("dialog", { "aria-labelledby": "dialog-title" }, heading, ...children);
  document.body.append(node);
  node.addEventListener("close", () => {
    node.remove();
    const mark = view.current && element(view.current);
    if (mark) mark.focus({ preventScroll: true });
    else document.getElementById("main").focus({ preventScroll: true });
  });
  node.showModal();
  return node;
}

function buttons(node, ok, run) {
  const cancel = make("button", { type: "button", textContent: "Cancel", onclick: () => node().close() });
  const act = make("button", { type: "submit", className: "primary", textContent: ok });
  void run;
  return make("div", { className: "buttons" }, cancel, act);
}

// Asks for a line or more of text; resolves with it, or null.
export function ask(title, { label, value = "", long = false, hint = "", ok = "Save", max = 60 }) {
  return new Promise((resolve) => {
    const field = make(long ? "textarea" : "input", { id: "dialog-field", maxLength: max, autocomplete: "off", spellcheck: false });
    field.setAttribute("data-gramm", "false");
    field.value = value;
    let result = null;
    const form = make("form", {}, make("label", { htmlFor: "dialog-field", textContent: label }), field);
    if (hint) form.append(make("p", { className: "soft", textContent: hint }));
    const node = dialog(title, form);
    form.append(buttons(() => node, ok));
    form.addEventListener("submit", (event) => { event.preventDefault(); result = field.value; node.close(); });
    node.addEventListener("close", () => resolve(result));
    field.focus();
    field.select();
  });
}

// A list to filter by typing; arrows choose, Enter takes; resolves with the item's value, or undefined.
export function choose(title, items, { label = "Type to filter", hint = "" } = {}) {
  return new Promise((resolve) => {
    const field = make("input", { id: "dialog-field", autocomplete: "off", spellcheck: false });
    const list = make("ul", { className: "pick" });
    let shown = [];
    let at = 0;
    let result;
    const form = make("form", {}, make("label", { htmlFor: "dialog-field", textContent: label }), field, list);
    if (hint) form.prepend(make("p", { className: "soft", textContent: hint }));
    const node = dialog(title, form);
    const paint = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      shown = items.filter((item) => words.every((w) => `${item.text} ${item.more ?? ""}`.toLowerCase().includes(w))).slice(0, 200);
      at = Math.min(at, Math.max(0, shown.length - 1));
      list.replaceChildren(...shown.map((item, i) => make("li", {}, make("button", {
        type: "button", className: i === at ? "on" : "", onclick: () => { result = item.value; node.close(); },
      }, item.text, " ", make("span", { className: "soft", textContent: item.more ?? "" })))));
      list.querySelector(".on")?.scrollIntoView({ block: "nearest" });
    };
    field.addEventListener("input", () => { at = 0; paint(); });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      at = Math.max(0, Math.min(shown.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
      paint();
    });
    form.addEventListener("submit", (event) => { event.preventDefault(); if (shown[at]) { result = shown[at].value; node.close(); } });
    node.addEventListener("close", () => resolve(result));
    paint();
    field.focus();
  });
}

// A question with one way on; resolves with true or false. Enter says yes.
export function confirm(title, ok, ...children) {
  return new Promise((resolve) => {
    let result = false;
    const form = make("form", {}, ...children);
    const node = dialog(title, form);
    form.append(buttons(() => node, ok));
    form.addEventListener("submit", (event) => { event.preventDefault(); result = true; node.close(); });
    node.addEventListener("close", () => resolve(result));
    form.querySelector("button[type=submit]").focus();
  });
}
