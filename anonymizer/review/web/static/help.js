import "./api.js";
import "./common.js";
import { keysOn, keyTable, setKeys } from "./table.js";

document.getElementById("keys").append(keyTable());
const box = document.getElementById("keys-on");
box.checked = keysOn();
box.addEventListener("change", () => setKeys(box.checked));
