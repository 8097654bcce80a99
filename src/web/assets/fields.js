// Running sums and character counts, followed live; the server works the same numbers out for every page.

/** The number in a figure as Danes write it: "1.234,5", "ca. 25", "12 (bekræftet)"; NaN where there is none. */
function numberIn(text) {
  const bare = text.trim().toLowerCase().replace(/^(ca\.?|cirka|skøn:?|omkring|~)\s*/, "").replace(/\s*\(.*\)$/, "");
  if (!/^-?\d{1,3}(\.\d{3})*(,\d+)?$|^-?\d+(,\d+)?$/.test(bare)) return NaN;
  return Number(bare.replaceAll(".", "").replace(",", "."));
}

const written = new Intl.NumberFormat("da-DK", { maximumFractionDigits: 6, useGrouping: "always" });

/** The controls that a sum adds; `*` stands for any one token of a name. */
function addends(form, names) {
  const patterns = names.split("\n").map((name) =>
    new RegExp(`^${name.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join("[^/]*")}$`));
  return [...form.elements].filter((control) => patterns.some((pattern) => pattern.test(control.name)));
}

function addUp(form) {
  for (const sum of form.querySelectorAll("output[data-sum]")) {
    const controls = addends(form, sum.dataset.sum);
    // What is added stands on other pages.
    if (controls.length === 0) continue;
    const numbers = controls.map((control) => numberIn(control.value)).filter((n) => !Number.isNaN(n));
    sum.textContent = numbers.length ? written.format(numbers.reduce((a, b) => a + b, 0)) : "";
    const note = sum.nextElementSibling;
    if (note?.hasAttribute("data-partial")) note.hidden = !numbers.length || numbers.length === controls.length;
  }
}

const whole = new Intl.NumberFormat("da-DK");
/** Milliseconds without a key until the count is spoken: never on each key. */
const SPOKEN_AFTER = 1_000;
let speaking;

function count(box) {
  const place = box.id && box.form?.querySelector(`[data-count="${CSS.escape(box.id)}"]`);
  if (place) place.textContent = whole.format([...box.value].length);
}

function typedIn(box) {
  count(box);
  clearTimeout(speaking);
  speaking = setTimeout(() => speak(box), SPOKEN_AFTER);
}

/** What a server's answer to an earlier state of the form has drawn anew, by what stands in the boxes now. */
export function recount(form) {
  addUp(form);
  form.querySelectorAll("textarea").forEach(count);
}

/** Tells screen readers what is left, where somebody is still at the box. */
function speak(box) {
  const voice = document.getElementById(`${box.id}-left`);
  if (!voice || document.activeElement !== box) return;
  const left = Number(box.dataset.max) - [...box.value].length;
  voice.textContent = (left < 0 ? voice.dataset.over : voice.dataset.left).replace("{}", whole.format(Math.abs(left)));
}

document.addEventListener("input", ({ target }) => {
  if (target instanceof HTMLTextAreaElement) typedIn(target);
  if (target.form && target instanceof HTMLInputElement && target.type === "text") addUp(target.form);
});
