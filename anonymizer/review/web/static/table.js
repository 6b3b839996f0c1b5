// The keys: one table for the handlers, the "?" overlay and docs/keys.md.
export const KEYS = [
  ["j", "next", "next undecided finding", "Move"],
  ["k", "previous", "previous undecided finding", "Move"],
  ["J", "nextAny", "next finding of any state", "Move"],
  ["K", "previousAny", "previous finding of any state", "Move"],
  ["a", "accept", "do what is proposed, for the whole entity here, and go on", "Decide"],
  ["Enter", "accept", "the same as a", "Decide"],
  ["x", "keep", "keep, for the whole entity here, and go on", "Decide"],
  ["d", "remove", "remove, for the whole entity here, and go on", "Decide"],
  ["A", "acceptAll", "do what is proposed in the whole study: shows the list first", "Decide"],
  ["X", "keepAll", "keep in the whole study: shows the list first", "Decide"],
  ["o", "only", "only here: the next a, x, d or t is for this mention alone", "Decide"],
  ["u", "later", "leave undecided and go on", "Decide"],
  ["t", "type", "change the type: then p o l c d g x u t r", "Change"],
  ["w", "extent", "change the extent: arrows move the end, Shift+arrows the start, Ctrl by character; Enter, Esc", "Change"],
  ["r", "rename", "name the pseudonym", "Change"],
  ["g", "merge", "merge with another entity", "Change"],
  ["s", "split", "split: this mention is someone else", "Change"],
  ["c", "note", "note", "Change"],
  ["q", "question", "question of this turn", "Change"],
  ["v", "caret", "caret: arrows by word, Shift+arrows select, then a type's letter adds", "Add"],
  ["m", "read", "mark the section as read and go to the next unread one", "Read"],
  ["b", "after", "before or after", "View"],
  ["h", "kept", "show or hide kept candidates", "View"],
  ["f", "filter", "filter", "View"],
  ["/", "search", "search this transcript", "View"],
  ["n", "hit", "next hit", "View"],
  ["N", "hitBack", "previous hit", "View"],
  ["i", "why", "why: reason, sources, reach in the study", "View"],
  ["z", "undo", "undo (also Ctrl+Z)", "Undo"],
  ["Z", "redo", "redo (also Ctrl+Shift+Z, Ctrl+Y)", "Undo"],
  ["y", "submit", "submit or approve", "Finish"],
  ["?", "help", "keys", "Finish"],
];
export const PAGES = { 1: "/", 2: null, 3: "/e", 4: "/left", 5: "/p", 6: "/d" };
export const TYPE_KEYS = [
  ["p", "PERSON", "person"], ["o", "ORGANIZATION", "organization"], ["l", "LOCATION", "place"],
  ["c", "CONTACT", "contact, number, id"], ["d", "DATE", "date"], ["g", "AGE", "age"], ["x", "ROLE", "role"],
  ["u", "PRODUCT", "product"], ["t", "TECHNOLOGY", "technology"], ["r", "OTHER", "other"],
];

export function keysOn() {
  return localStorage.getItem("review-keys") !== "off";
}

export function setKeys(on) {
  localStorage.setItem("review-keys", on ? "on" : "off");
}

// Whether a key press is meant for the page and not for a field, a dialog, an input method or the browser.
export function forUs(event) {
  const tag = event.target.tagName;
  return !(event.isComposing || event.altKey || event.metaKey || tag === "INPUT" || tag === "TEXTAREA" || tag === "SELECT"
    || event.target.isContentEditable || document.querySelector("dialog[open]"));
}

export function keyTable() {
  const table = document.createElement("table");
  table.className = "keys";
  let group = "";
  for (const [key, , does, of] of KEYS) {
    if (of !== group) {
      const head = table.insertRow();
      const cell = document.createElement("th");
      cell.colSpan = 2;
      cell.scope = "rowgroup";
      cell.textContent = group = of;
      head.append(cell);
    }
    const row = table.insertRow();
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    row.insertCell().append(kbd);
    row.insertCell().textContent = does;
  }
  const row = table.insertRow();
  row.insertCell().textContent = "1 3 4 5 6, Alt+L";
  row.insertCell().textContent = "pages; lock";
  return table;
}
