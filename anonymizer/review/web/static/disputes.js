import { call, enqueue, hex, Refused, say } from "./api.js";
import "./common.js";

document.getElementById("main").addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-who]");
  if (!button) return;
  const place = button.closest(".dispute");
  try {
    await enqueue(() => call("POST", "/api/settle", { transcript: place.dataset.transcript, place: place.dataset.place, who: button.dataset.who, batch: hex() }));
    location.reload();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message, 8);
  }
});
