// What pages do better with JavaScript; every page works without it.
import "./fields.js";
import "./live.js";
import "./exports.js";
import { Autosave } from "./autosave.js";
import { keyOf } from "./redraw.js";
import { forgetWhatIsOver } from "./shelf.js";
import { arrive, followHistory, show, startAtMessage } from "./turning.js";

/** The page's form, saved as it is filled in. */
let writing;

/** Makes the page that stands now work, whether it was loaded or turned to. */
function begin() {
  forgetWhatIsOver();
  const form = document.querySelector("form[data-autosave]");
  writing = form && new Autosave(form, turned);
  if (writing) document.documentElement.dataset.script = "";
}

/** Shows the page that a turn leads to; `stays` is where the focus was on one that was only saved. */
function turned({ page, address }, stays) {
  const top = scrollY;
  show(page, address);
  begin();
  if (address) writing?.sayWhen();
  if (stays) resume(stays, top);
  else arrive();
}

/** The page was saved and stays: so do the focus and the place. */
function resume(place, top) {
  const there = keyOf(place) && [...document.querySelectorAll(place.nodeName)].find((one) => keyOf(one) === keyOf(place));
  (there || document.querySelector("main h1")).focus({ preventScroll: true });
  scrollTo(0, top);
}

begin();
startAtMessage();
followHistory(
  async () => !writing || writing.turning || (await writing.save()) === "saved",
  (top) => {
    writing?.end();
    begin();
    arrive(top);
  },
);
