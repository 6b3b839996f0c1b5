// Talking to the server: in order, one request at a time, and never "saved" before the answer says so.
const token = document.querySelector("meta[name=review-token]").content;
const saved = document.getElementById("saved");
const live = document.getElementById("live");
let silence = 0;

export class Refused extends Error {
  constructor(status, body) {
    super(body.message || `refused (${status})`);
    this.status = status;
    this.body = body;
  }
}

export function hex() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

// One polite region; its text is replaced, never appended to.
export function say(text, seconds = 4) {
  live.textContent = text;
  clearTimeout(silence);
  if (seconds) silence = setTimeout(() => { live.textContent = ""; }, seconds * 1000);
}

export async function call(method, path, body) {
  const options = { method, credentials: "same-origin", cache: "no-store", redirect: "error", headers: {} };
  if (method !== "GET") {
    options.headers["X-Review-Token"] = token;
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body ?? {});
  }
  const response = await fetch(path, options);
  if (response.status === 423 || (response.status === 403 && path !== "/api/unlock")) {
    // locked, or another session: the server answers with the page that says so. What was not taken is asked again:
    // after unlocking the page is back at the first act that did not arrive.
    leaving = true;
    queue[0]?.lost?.();
    location.reload();
    return new Promise(() => {});
  }
  let answer = {};
  try {
    answer = await response.json();
  } catch (error) {
    // nothing in it is fine; cut off on the way is not an answer, and the act goes out again
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!response.ok) throw new Refused(response.status, answer);
  if (answer.saved) showSaved(answer.saved);
  return answer;
}

export function showSaved(time) {
  if (!saved) return;
  saved.className = "saved";
  saved.textContent = `saved ${time}`;
}

// -- the queue of decisions ------------------------------------------------------------------------------------------

const queue = [];
let busy = false;
let leaving = false;

export function pending() {
  return queue.length;
}

// send: () => promise of an answer. Called again after a failed connection; a repeated act is not counted twice.
export function enqueue(send, lost = null) {
  return new Promise((resolve, reject) => {
    queue.push({ send, resolve, reject, lost });
    if (saved) { saved.className = "saved busy"; saved.textContent = ""; }
    run();
  });
}

async function run() {
  if (busy || !queue.length) return;
  busy = true;
  const item = queue[0];
  try {
    const answer = await item.send();
    queue.shift();
    item.resolve(answer);
  } catch (error) {
    if (error instanceof Refused) {
      queue.shift();
      if (saved && !queue.length) { saved.className = "saved"; saved.textContent = "not taken"; }
      item.reject(error);
    } else {
      busy = false;
      if (saved) { saved.className = "saved bad"; saved.textContent = "not saved, trying again"; }
      setTimeout(run, 2000);
      return;
    }
  }
  busy = false;
  run();
}

addEventListener("beforeunload", (event) => {
  if (queue.length && !leaving) event.preventDefault();
});
addEventListener("pageshow", (event) => {
  // restored from memory after Back: what it shows may be locked by now
  if (event.persisted) location.reload();
});

export function lock() {
  return call("POST", "/api/lock").then(() => location.reload());
}

document.getElementById("lock")?.addEventListener("click", lock);
addEventListener("keydown", (event) => {
  if (event.altKey && event.key.toLowerCase() === "l") { event.preventDefault(); lock(); }
});

// Looks every half minute whether the page was locked meanwhile; this does not count as use.
if (document.body.dataset.here) {
  setInterval(() => {
    if (document.body.dataset.here !== "transcript") call("GET", "/api/changes?t=").catch(() => {});
  }, 30000);
}
