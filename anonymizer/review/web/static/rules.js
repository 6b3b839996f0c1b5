import { call, enqueue, Refused, say } from "./api.js";
import "./common.js";

document.getElementById("main").addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const body = button.dataset.remove ? { remove: [button.dataset.remove] } : { add: [button.dataset.add] };
  try {
    await enqueue(() => call("POST", "/api/rules", body));
    location.reload();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message, 8);
  }
});
