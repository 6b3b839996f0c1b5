// Keys that lead to pages, on every page but the transcript, which has more of them.
import { forUs, keysOn, PAGES } from "./table.js";

addEventListener("keydown", (event) => {
  if (!forUs(event) || event.ctrlKey || !keysOn()) return;
  if (PAGES[event.key]) location.assign(PAGES[event.key]);
  else if (event.key === "2") document.getElementById("continue")?.click();
  else if (event.key === "?") location.assign("/help");
});
