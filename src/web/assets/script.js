// What pages do better with JavaScript; every page works without it.
import "./fields.js";
import "./live.js";

/** A page that came back with faults or a conflict starts where it tells of them, unless its address leads elsewhere. */
function startAtMessage() {
  if (!location.hash) document.querySelector("[data-focus]")?.focus();
}

startAtMessage();
