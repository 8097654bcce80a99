// Saves the form as it is filled in, and turns its pages.
import { recount } from "./fields.js";
import { entered, grow, stateOf, statesOf } from "./redraw.js";
import { shelf } from "./shelf.js";
import { isOurs, parsed, send, soon, startAtMessage } from "./turning.js";

/** Seconds until the next attempt to save, after the first, second … one that failed. */
const RETRIES = [2, 5, 10, 30];
/** Fields that are no answers. */
const OWN = new Set(["base", "do", "konflikt"]);

/** What the page gives its script to say, in its own language; each `{}` is filled in turn. */
function wordsOf(page) {
  const all = page.getElementById("gem-ord")?.content.querySelectorAll("[data-ord]") ?? [];
  const texts = new Map([...all].map((one) => [one.dataset.ord, one.textContent]));
  return (name, ...parts) => (texts.get(name) ?? "").replaceAll("{}", () => parts.shift());
}

/** Saves each field as it is left, and lets the page follow what the server says of it. */
export class Autosave {
  /** `turned({ page, address }, stays)` shows the page that a turn leads to; `stays` is where the focus was on one that was only saved. */
  constructor(form, turned) {
    this.form = form;
    this.turned = turned;
    this.place = location.pathname;
    this.status = document.getElementById("gem-status");
    this.news = document.getElementById("gem-nyt");
    this.words = wordsOf(document);
    this.clock = form.dataset.autosave;
    this.saved = this.answers();
    this.tries = 0;
    this.listen();
    this.offer();
  }

  listen() {
    const { form } = this;
    this.ending = new AbortController();
    const { signal } = this.ending;
    const pressed = ({ target }) => target.closest?.("button")?.form === form;
    form.addEventListener("input", () => this.keep());
    form.addEventListener("change", ({ target }) => target.type !== "file" && this.soon());
    form.addEventListener("focusin", ({ target }) => entered.set(target, stateOf(target)));
    form.addEventListener("focusout", ({ target }) => entered.delete(target));
    form.addEventListener("submit", (event) => this.submitted(event));
    // A button that is being pressed sends what was just typed: the field it takes the focus from is not sent before it.
    addEventListener("pointerdown", (event) => (this.pressing = pressed(event)), { signal, capture: true });
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => this.pressing && setTimeout(() => this.released()), { signal });
    for (const moment of ["online", "focus"]) addEventListener(moment, () => this.failed && this.save(), { signal });
    addEventListener("beforeunload", (event) => !this.passing && this.isDirty() && event.preventDefault(), { signal });
  }

  /** Another page has taken this one's place. */
  end() {
    clearTimeout(this.timer);
    clearTimeout(this.starting);
    this.ending.abort();
    this.ended = true;
  }

  /** Saves once the event that changed a field is over, unless that event presses a button. */
  soon() {
    clearTimeout(this.starting);
    this.starting = setTimeout(() => !this.pressing && !this.turning && this.save());
  }

  /** The pointer went up; where that pressed no button after all, what was typed is saved now. */
  released() {
    this.pressing = false;
    if (!this.turning && this.isDirty()) this.save();
  }

  pairs() {
    return [...new FormData(this.form)].filter(([, value]) => typeof value === "string");
  }

  answers() {
    return JSON.stringify(this.pairs().filter(([name]) => !OWN.has(name)));
  }

  isDirty() {
    return this.answers() !== this.saved;
  }

  keep() {
    if (!this.isDirty()) return this.asSaved();
    shelf.write(this.place, { at: new Date().toISOString(), pairs: this.pairs() });
    if (!this.failed) this.say(this.words("notSaved"));
  }

  /** What was typed was taken back: nothing is left to save. */
  asSaved() {
    if (this.failed || this.status.textContent !== this.words("notSaved")) return;
    shelf.forget(this.place);
    this.say(this.clock ? this.words("saved", this.clock) : "");
  }

  /** Resolves to `saved`, `conflict`, `refused` or `away`; one request at a time. */
  save() {
    clearTimeout(this.timer);
    // What went wrong with one request must not keep the next from leaving.
    this.running = (this.running ?? Promise.resolve()).catch(() => {}).then(() => this.send());
    return this.running;
  }

  async send() {
    if (this.ended) return "saved";
    if (!this.isDirty()) {
      this.asSaved();
      return "saved";
    }
    this.keep();
    const sent = this.answers();
    const shown = statesOf(this.form);
    const body = new URLSearchParams([...this.pairs(), ["do", "auto"]]);
    const reply = await fetch(this.form.action, { method: "POST", body }).catch(() => null);
    const page = reply && parsed(await reply.text().catch(() => ""));
    const fresh = page?.querySelector("form[data-autosave]");
    const closed = page?.querySelector("[data-saved]");
    if (closed) return this.closed(closed, sent);
    if (!fresh) return this.refused(reply, page);
    this.failed = false;
    this.tries = 0;
    const typedSince = this.answers() !== sent;
    this.follow(page, fresh, shown);
    if (typedSince) recount(this.form);
    if (reply.status === 409) {
      this.say(this.words("conflict"));
      return "conflict";
    }
    this.saved = typedSince ? sent : this.answers();
    if (typedSince) this.timer = setTimeout(() => this.save(), 500);
    else shelf.forget(this.place);
    this.clock = fresh.dataset.autosave;
    this.say(typedSince ? this.words("notSaved") : this.words("saved", this.clock));
    return "saved";
  }

  /** It is kept, and another answer has closed the section: the page stays as it is until somebody leaves it. */
  closed({ dataset }, sent) {
    this.failed = false;
    this.form.elements.base.value = dataset.saved;
    this.saved = sent;
    if (!this.isDirty()) shelf.forget(this.place);
    this.say(this.words("savedClosed"));
    return "saved";
  }

  /** No page of ours came back, or one that says no. */
  refused(reply, page) {
    this.failed = true;
    const why = page?.querySelector("h1")?.textContent;
    const final = reply && [404, 409, 410, 413].includes(reply.status);
    if (reply?.status === 410) shelf.forgetAll(this.place.split("/").slice(0, 3).join("/"));
    if (!final) {
      const wait = RETRIES[Math.min(this.tries, RETRIES.length - 1)];
      this.tries += 1;
      this.timer = setTimeout(() => this.save(), wait * 1000);
    }
    if (reply && reply.status < 500 && why) this.say(this.words("refused", why));
    else this.say(this.words("away"));
    return final || reply?.status === 403 ? "refused" : "away";
  }

  /** A button sends the page and shows the one it leads to; away from the server the page stays. */
  async submitted(event) {
    if (this.passing) return;
    event.preventDefault();
    if (this.turning) return;
    this.turning = true;
    clearTimeout(this.starting);
    clearTimeout(this.timer);
    const { submitter } = event;
    const place = document.activeElement;
    const main = document.querySelector("main");
    try {
      await this.running?.catch(() => {});
      // Nothing may be typed into a page that is leaving.
      main.inert = true;
      document.documentElement.dataset.turning = "";
      await this.turn(this.standingFor(submitter), place);
    } catch {
      // Where the script itself fails, the button works as it does without one.
      main.inert = false;
      await this.passOn(submitter);
    } finally {
      main.inert = false;
      delete document.documentElement.dataset.turning;
      this.turning = false;
      if (!this.ended && document.activeElement === document.body) place.focus({ preventScroll: true });
    }
  }

  /** The button on the page as it stands now: a save that was under way may have drawn it anew. */
  standingFor(submitter) {
    if (!submitter || submitter.isConnected) return submitter ?? undefined;
    return [...this.form.elements].find(({ name, value }) => name === submitter.name && value === submitter.value);
  }

  async turn(submitter, place) {
    this.keep();
    const sent = this.answers();
    const shown = statesOf(this.form);
    this.say(this.words("saving"));
    const next = await send(this.form, submitter);
    document.querySelector("main").inert = false;
    if (!next || next.status >= 500) return this.refused(next && { status: next.status }, next?.page);
    if (!isOurs(next.page)) return this.passOn(submitter);
    const fresh = next.page.querySelector("form[data-autosave]");
    if (next.status === 409 && fresh) return this.chooses(next.page, fresh, shown);
    if (next.address) await this.kept(sent, fresh);
    this.end();
    const stays = next.address && next.address.pathname === location.pathname && !next.address.hash && submitter?.value === "save";
    this.turned(next, stays && place);
  }

  /** The server has it; what a browser without `inert`, or another program, has typed meanwhile follows before the page goes. */
  async kept(sent, fresh) {
    this.saved = sent;
    if (this.isDirty()) {
      if (fresh) this.form.elements.base.value = fresh.elements.base.value;
      if ((await this.send()) !== "saved") throw new Error("typed while the page was turned, and not saved");
    }
    shelf.forget(this.place);
  }

  /** The same answer was changed elsewhere. */
  chooses(page, fresh, shown) {
    this.follow(page, fresh, shown);
    document.title = page.title;
    this.say(this.words("conflict"));
    startAtMessage();
  }

  /** Does what the browser would have done. */
  async passOn(submitter) {
    // Not while the first submit is still being told to others: a browser would pass over the second.
    await new Promise((resolve) => setTimeout(resolve));
    this.passing = true;
    this.form.requestSubmit(this.standingFor(submitter) ?? null);
  }

  /** Makes the page what the server drew, without touching what somebody is typing in. */
  follow(page, fresh, shown) {
    const before = questionsOf(this.form);
    const drawnFrom = this.form.elements.base.value;
    grow(this.form, fresh, shown);
    // What the page did not take over it has not seen: the next save must not pass for a change of it.
    if (shown.passedOver && !this.form.querySelector(".sv-conflict")) this.form.elements.base.value = drawnFrom;
    const [old, now] = [document.querySelector(".sv-layout__aside"), page.querySelector(".sv-layout__aside")];
    if (old && now) grow(old, now, shown);
    const after = questionsOf(this.form);
    const opened = after.filter((question) => !before.includes(question));
    const closed = before.filter((question) => !after.includes(question));
    if (opened.length === 1) this.news.textContent = this.words("opened", opened[0]);
    else if (opened.length) this.news.textContent = this.words("openedMany", opened.length, opened[0]);
    else if (closed.length) this.news.textContent = this.words("closed");
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  /** The turn to this page has just saved. */
  sayWhen() {
    soon(() => !this.ended && !this.status.textContent && this.clock && this.say(this.words("saved", this.clock)));
  }

  /** What an earlier visit could not save is offered, never put in unasked. */
  offer() {
    const entry = shelf.read(this.place);
    if (!entry) return;
    const here = this.pairs().map(String);
    if (entry.pairs.every((pair) => OWN.has(pair[0]) || here.includes(String(pair)))) return shelf.forget(this.place);
    const box = document.getElementById("gem-tilbud");
    const at = new Date(entry.at).toLocaleString(document.documentElement.lang === "en" ? "en-GB" : "da-DK", { dateStyle: "long", timeStyle: "short" });
    box.querySelector("[data-at]").textContent = at;
    box.hidden = false;
    box.addEventListener("click", async ({ target }) => {
      if (target.dataset.use === undefined) return;
      box.hidden = true;
      if (target.dataset.use === "ja") await this.restore(entry);
      else shelf.forget(this.place);
      this.form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    });
  }

  /** Questions that the answers open come in a second and third round. */
  async restore({ pairs }) {
    const base = pairs.find(([name]) => name === "base");
    if (base) this.form.elements.base.value = base[1];
    for (let round = 0; round < 3; round += 1) {
      for (const control of this.form.elements) fill(control, pairs);
      if (!this.isDirty() || (await this.save()) !== "saved") return;
    }
  }
}

function fill(control, pairs) {
  if (!control.name || OWN.has(control.name) || ["hidden", "file", "submit"].includes(control.type)) return;
  const values = pairs.filter(([name]) => name === control.name).map(([, value]) => value);
  if (["radio", "checkbox"].includes(control.type)) control.checked = values.includes(control.value);
  else if (values.length) control.value = values[0];
}

const questionsOf = (form) => [...form.querySelectorAll(".form-label, th[scope=row]")].map((label) => label.textContent.trim());
