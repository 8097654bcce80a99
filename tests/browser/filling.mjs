// Fills in a questionnaire's pages from an answer, the way its author shaped it: one control per JSON Pointer.
import assert from "node:assert/strict";

/** A small PDF for wherever an answer holds a file. */
export const ATTACHMENT = { name: "Bilag.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n%%EOF\n") };

/**
 * Fills in section after section until the review page; returns how many sections there were.
 *
 * A section comes back as long as its answers open new questions on it.
 */
export async function fillAll(page, answers, onSection = async () => {}) {
  const seen = new Map();
  for (;;) {
    const here = new URL(page.url()).pathname;
    if (here.endsWith("/gennemse")) return seen.size;
    const visits = (seen.get(here) ?? 0) + 1;
    assert.ok(visits <= 5, `the section was not accepted: ${await page.locator("main").innerText()}`);
    seen.set(here, visits);
    await fillSection(page, answers);
    await onSection(page, seen.size);
    await press(page, "next");
  }
}

/**
 * Writes into each control that is on the page; what belongs to other sections is left alone.
 *
 * With script the page follows what is written, so questions that open meanwhile are filled in too.
 */
export async function fillSection(page, answers) {
  const wanted = wantedOf(answers);
  const script = (await page.locator("html[data-script]").count()) > 0;
  for (let round = 0, before = -1; round < 6; round += 1) {
    await addItems(page, new Map(groupsOf(answers)));
    // Nothing on the page listens, so how words come into a box makes no difference.
    if (!script) await writeTexts(page, wanted);
    for (const control of await controlsOf(page)) {
      if (wanted.has(control.name)) await writeValue(page, control, wanted.get(control.name));
    }
    if (!script) return;
    await settled(page);
    const now = await page.locator("form#svar [name]").count();
    if (now === before) return;
    before = now;
  }
}

/** What each control is to hold, by its name: answers, and remarks on figures. */
export function wantedOf(answers) {
  const leaves = leavesOf(answers);
  const remarks = leaves.filter(([, value]) => value?.comment).map(([pointer, value]) => [`m${pointer}`, value.comment]);
  return new Map([...leaves.map(([pointer, value]) => [`f${pointer}`, value]), ...remarks]);
}

async function writeTexts(page, wanted) {
  const texts = [...wanted].map(([name, value]) => [name, asTyped(value)]);
  await page.evaluate((texts) => {
    for (const [name, text] of texts) {
      const box = document.querySelector(`form#svar input[type="text"][name="${CSS.escape(name)}"], form#svar textarea[name="${CSS.escape(name)}"]`);
      if (box) box.value = text;
    }
  }, texts);
}

/** How each question's controls stand: `{ name, tag, type, value }`, of choices `values` of what is ticked. */
export function controlsOf(page) {
  return page.evaluate(() => {
    const found = new Map();
    for (const { name, tagName, type, value, checked } of document.querySelectorAll('form#svar :is([name^="f/"], [name^="m/"]):not([type="hidden"])')) {
      const one = found.get(name) ?? { name, tag: tagName, type, value, values: [] };
      if (checked) one.values.push(value);
      found.set(name, one);
    }
    return [...found.values()];
  });
}

/** With script: leaves the field and waits until the server has what was typed. */
export async function settled(page, { leave = true } = {}) {
  if (leave) await page.evaluate(() => document.activeElement?.blur());
  const status = () => document.getElementById("gem-status")?.textContent ?? "";
  const saved = page.waitForFunction(() => !/^(Ikke gemt|Not saved)/.test(document.getElementById("gem-status")?.textContent ?? ""));
  await saved.catch(async (error) => assert.fail(`${error.message}: ${await page.evaluate(status)}, at ${await page.evaluate(() => document.activeElement?.name)}`));
}

/** Presses one of a section's buttons: `next`, `back`, `save`, `add:/pointer`, `remove:/pointer/0`. */
export async function press(page, action) {
  const button = page.locator(`button[name="do"][value="${action}"]`).last();
  await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  await page.waitForLoadState();
}

async function addItems(page, groups) {
  for (;;) {
    const adding = await page.evaluate(() => [...document.querySelectorAll('button[name="do"][value^="add:"]')].map(({ value }) => value.slice(4)));
    const names = (await controlsOf(page)).map(({ name }) => name);
    const begun = (pointer, index) => names.some((name) => name === `f${pointer}/${index}` || name.startsWith(`f${pointer}/${index}/`));
    const short = adding.find((pointer) => (groups.get(pointer) ?? []).some((_, index) => !begun(pointer, index)));
    if (short === undefined) return;
    await press(page, `add:${short}`);
  }
}

async function writeValue(page, { name, tag, type, value: now, values }, value) {
  const control = page.locator(`[name="${quoted(name)}"]:not([type="hidden"])`).first();
  if (type === "file") {
    if (!now) await control.setInputFiles(ATTACHMENT);
  } else if (type === "radio" || (type === "checkbox" && Array.isArray(value))) {
    for (const wanted of [value].flat()) if (!values.some((ticked) => spelled(wanted).includes(ticked))) await tick(page, name, wanted);
  } else if (type === "checkbox") {
    await control.setChecked(value === true);
  } else if (tag === "SELECT") {
    if (!spelled(value).includes(now)) await control.selectOption(String(value));
  } else if (now !== asTyped(value)) {
    if (name.startsWith("m/") && !(await control.isVisible())) await page.locator("details", { has: control }).locator("summary").click();
    await control.fill(asTyped(value));
  }
}

async function tick(page, name, value) {
  for (const spelling of spelled(value)) {
    const control = page.locator(`[name="${quoted(name)}"][value="${quoted(spelling)}"]`);
    if ((await control.count()) > 0) return control.first().check();
  }
  assert.fail(`no choice ${JSON.stringify(value)} for ${name}`);
}

/** What a choice of this value may have as its `value`. */
export const spelled = (value) => [String(value), JSON.stringify(value)];

const quoted = (text) => text.replace(/["\\]/g, "\\$&");

const QUALIFIERS = { register: "register", confirmed: "bekræftet", corrected: "rettet", counted: "talt op" };

/** As a Dane types it. */
export function asTyped(value) {
  if (typeof value === "number") return String(value).replace(".", ",");
  if (value?.state) return { not_stated: "oplyses ikke", not_broken_down: "ikke opgjort", not_applicable: "–" }[value.state];
  if (value?.qualifier === "estimate") return `ca. ${asTyped(value.value)}`;
  if (value?.qualifier && value.qualifier !== "exact") return `${asTyped(value.value)} (${QUALIFIERS[value.qualifier]})`;
  if (value?.qualifier) return asTyped(value.value);
  const date = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
  return date ? `${date[3]}.${date[2]}.${date[1]}` : String(value);
}

/** Pairs of pointer and value for every control: a figure with its state is one, and so is a file. */
export function leavesOf(value, pointer = "") {
  const single = value === null || typeof value !== "object" || "state" in value || "qualifier" in value || "sha256" in value;
  if (single || (Array.isArray(value) && typeof value[0] !== "object")) return [[pointer, value]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${pointer}/${escaped(key)}`));
}

/** Pairs of pointer and items of each group that repeats. */
export function groupsOf(value, pointer = "") {
  if (value === null || typeof value !== "object") return [];
  const here = Array.isArray(value) && typeof value[0] === "object" ? [[pointer, value]] : [];
  return here.concat(Object.entries(value).flatMap(([key, inner]) => groupsOf(inner, `${pointer}/${escaped(key)}`)));
}

function escaped(key) {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
