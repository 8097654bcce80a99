// Turns the pages of an answer in place: a button's own answer is the next page, so that a turn is one exchange.
// Without it, or where anything goes wrong, the same buttons post and are redirected.

/** The header that asks for the next page itself; the answer's holds the page's address. */
const SIDE = "Samsvar-Side";
/** Milliseconds until the new title is spoken, so that it does not get lost in the focus that moves. */
const SPOKEN_AFTER = 150;
/** … and until it is taken out again, for whoever reads the page to its end. */
const GONE_AFTER = 5_000;

/** Read aloud by screen readers; outside of what is exchanged, for a region that comes with its text may stay mute. */
const voice = document.createElement("p");
voice.className = "sr-only";
voice.setAttribute("role", "status");

let clearing;
/** How far down each page was that was turned away from, by its address. */
const tops = new Map();
/** Where the page that is shown stands, without its fragment. */
let shown = location.pathname + location.search;

export const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

/** Sends the form by its button: `{ status, page, address }`, or `null` where nothing came. */
export async function send(form, { name, value } = {}) {
  const fields = new FormData(form);
  if (name) fields.append(name, value);
  const body = form.enctype === "multipart/form-data" ? fields : new URLSearchParams(fields);
  const reply = await fetch(form.action, { method: "POST", body, headers: { [SIDE]: "1" } }).catch(() => null);
  const text = await reply?.text().catch(() => null);
  if (typeof text !== "string") return null;
  const there = reply.headers.get(SIDE) ?? (reply.redirected ? reply.url : "");
  return { status: reply.status, page: parsed(text), address: there && new URL(there, location.href) };
}

/** Whether the answer is a page of ours, and not what a network between says instead. */
export const isOurs = (page) => page.querySelector("main#indhold h1") !== null;

/** Puts the page in place of the one that is shown; `address` is empty where it stands at the same one. */
export function show(page, address) {
  if (address) go(address);
  put(page);
}

function go(address) {
  const same = address.pathname === location.pathname;
  tops.set(shown, scrollY);
  history[same ? "replaceState" : "pushState"](null, "", address);
  shown = location.pathname + location.search;
}

function put(page) {
  document.title = page.title;
  document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
}

/** Where a new page is begun to be read: what the address names, its faults, or its heading. */
export function arrive(top = 0) {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const start = named || document.querySelector("[data-focus]") || document.querySelector("main h1");
  if (start.tabIndex < 0) start.tabIndex = -1;
  start.focus({ preventScroll: true });
  if (start.matches("h1")) scrollTo(0, top);
  else start.scrollIntoView();
  speak(document.title.replace(/ – Samsvar$/, ""));
}

/** A page that came back with faults or a conflict starts where it tells of them, unless its address leads elsewhere. */
export function startAtMessage() {
  if (!location.hash) document.querySelector("[data-focus]")?.focus();
}

function speak(text) {
  if (!voice.isConnected) document.body.append(voice);
  voice.textContent = "";
  soon(() => (voice.textContent = text));
  clearTimeout(clearing);
  clearing = setTimeout(() => (voice.textContent = ""), GONE_AFTER);
}

/** Once a region that came with the page has been there for a moment; a text that it comes with is not spoken. */
export const soon = (say) => setTimeout(say, SPOKEN_AFTER);

/**
 * Back and forward among the pages that were turned. `leave()` saves what is typed and says whether the page may go;
 * `arrived()` is told once another is there.
 */
export function followHistory(leave, arrived) {
  addEventListener("popstate", async () => {
    const there = location.pathname + location.search;
    if (there === shown) return;
    // What can't be saved stays on the screen, and the address with it.
    if (!(await leave())) return history.pushState(null, "", shown);
    const main = document.querySelector("main");
    main.inert = true;
    const page = await fetch(location.href, { credentials: "same-origin" }).then((reply) => reply.text()).then(parsed, () => null);
    main.inert = false;
    // Somebody was faster than the server, and is elsewhere already.
    if (location.pathname + location.search !== there) return;
    if (!page || !isOurs(page)) return location.reload();
    tops.set(shown, scrollY);
    shown = there;
    put(page);
    arrived(tops.get(there) ?? 0);
  });
}
