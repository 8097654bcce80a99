// Keeps the overview of a collection fresh while it is looked at; without script a reload does the same.
const EVERY_MS = 15_000;
const living = document.querySelector("[data-live]");
const news = document.querySelector("#oversigt-nyt");
let shown;

/** Nobody's place on the page is taken away: while the focus is inside, nothing is replaced. */
async function refresh() {
  if (document.hidden || living.contains(document.activeElement)) return true;
  const answer = await fetch(living.dataset.live, { credentials: "same-origin" });
  if (!answer.ok) return false;
  const html = await answer.text();
  if (html === shown || living.contains(document.activeElement)) return true;
  const first = shown === undefined;
  shown = html;
  const open = [...living.querySelectorAll("details")].map((one) => one.open);
  const before = living.innerText;
  living.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  living.querySelectorAll("details").forEach((one, place) => (one.open = open[place] ?? false));
  if (!first || living.innerText !== before) news.textContent = `Oversigten er opdateret: ${living.querySelector(".sv-tile:last-child")?.textContent.trim()}.`;
  return true;
}

async function follow() {
  const goesOn = await refresh().catch(() => true);
  if (goesOn) setTimeout(follow, EVERY_MS);
}

if (living) setTimeout(follow, EVERY_MS);
