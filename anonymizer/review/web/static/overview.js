import "./api.js";
import "./common.js";
