// Selecting text with the mouse opens a small bar at the selection: a type's button, or its letter, adds a finding.
import { addPassage, view } from "./desk.js";
import { highlight, offset, points, snap } from "./model.js";
import { make, typeButtons } from "./panel.js";
import { TYPE_KEYS } from "./table.js";
import { say } from "./api.js";

const bar = document.getElementById("adder");
let picked = null;

function close() {
  bar.hidden = true;
  picked = null;
  highlight("pick", []);
}

function take(type) {
  const { turn, start, end } = picked;
  close();
  getSelection().removeAllRanges();
  addPassage(turn, start, end, type);
}

function turnOf(node) {
  return (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest?.("li.turn");
}

function paragraphOf(node) {
  return (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest?.(".tx");
}

document.addEventListener("mouseup", (event) => {
  if (bar.contains(event.target)) return;
  setTimeout(() => look(event.altKey), 0);
});

function look(exact) {
  const selection = getSelection();
  if (selection.isCollapsed || !selection.rangeCount) { close(); return; }
  const range = selection.getRangeAt(0);
  const [first, last] = [turnOf(range.startContainer), turnOf(range.endContainer)];
  if (!first || !paragraphOf(range.startContainer)) { close(); return; }
  if (view.after) { say("Findings are added in the text before."); close(); return; }
  const whole = first !== last && range.endOffset === 0;
  if (first !== last && !whole) {
    close();
    say("A finding lies in one turn; select the parts one by one.", 6);
    return;
  }
  const turn = Number(first.id.slice(1));
  const startAt = offset(turn, range.startContainer, range.startOffset);
  const endAt = whole || !paragraphOf(range.endContainer) ? points(turn).length : offset(turn, range.endContainer, range.endOffset);
  const [start, end] = snap(turn, startAt, endAt, exact);
  if (start >= end) { close(); return; }
  picked = { turn, start, end };
  const words = points(turn).slice(start, end).join("");
  bar.replaceChildren(make("span", { className: "what", textContent: `Add “${words}” as` }), typeButtons(take));
  bar.hidden = false;
  const box = range.getBoundingClientRect();
  // positions by class or attribute are not possible under the policy's style-src; CSSOM is
  bar.style.left = `${Math.max(8, Math.min(box.left + scrollX, innerWidth - 440))}px`;
  bar.style.top = `${box.bottom + scrollY + 8}px`;
}

addEventListener("keydown", (event) => {
  if (!picked || bar.hidden) return;
  if (event.key === "Escape") { close(); getSelection().removeAllRanges(); event.stopImmediatePropagation(); return; }
  const type = !event.ctrlKey && !event.altKey && !event.metaKey && TYPE_KEYS.find(([key]) => key === event.key);
  if (type) {
    event.preventDefault();
    event.stopImmediatePropagation();
    take(type[1]);
  }
}, true);
