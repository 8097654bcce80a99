// Drafts that the server does not have yet, kept in the browser.

/** What they are kept under, followed by the page's path. */
const KEPT = "samsvar:";

/** The browser may refuse to keep anything; then the page alone does. */
export const shelf = {
  read(place) {
    try {
      return JSON.parse(localStorage.getItem(KEPT + place));
    } catch {
      return null;
    }
  },
  write(place, entry) {
    try {
      localStorage.setItem(KEPT + place, JSON.stringify(entry));
    } catch {}
  },
  forget(place) {
    try {
      localStorage.removeItem(KEPT + place);
    } catch {}
  },
  /** Everything of one answer. */
  forgetAll(answer) {
    try {
      const own = Object.keys(localStorage).filter((key) => key === KEPT + answer || key.startsWith(`${KEPT + answer}/`));
      own.forEach((key) => localStorage.removeItem(key));
    } catch {}
  },
};

/** Once an answer is sent, or its link has ended, nothing of it stays in the browser. */
export function forgetWhatIsOver() {
  const over = document.querySelector("[data-forget]");
  if (over) shelf.forgetAll(over.dataset.forget || location.pathname.split("/").slice(0, 3).join("/"));
}
