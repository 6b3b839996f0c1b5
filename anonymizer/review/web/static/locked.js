// No token here: the server takes the code only from its own page, and five wrong ones end it.
const answer = document.getElementById("answer");
document.getElementById("unlock").addEventListener("submit", async (event) => {
  event.preventDefault();
  const response = await fetch("/api/unlock", {
    method: "POST", headers: { "Content-Type": "application/json" }, credentials: "same-origin", cache: "no-store",
    body: JSON.stringify({ code: document.getElementById("code").value }),
  });
  if (response.ok) location.reload();
  else answer.textContent = "This is not the code. It stands in the terminal.";
});
