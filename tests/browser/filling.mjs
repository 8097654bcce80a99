// Fills in a questionnaire's pages from an answer, the way its author shaped it: one control per JSON Pointer.
import assert from "node:assert/strict";

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
  for (let round = 0, before = -1; round < 6; round += 1) {
    for (const [pointer, group] of groupsOf(answers)) await addItems(page, pointer, group.length);
    for (const [pointer, value] of leavesOf(answers)) await writeValue(page, pointer, value);
    if ((await page.locator("html[data-script]").count()) === 0) return;
    await settled(page);
    const now = await page.locator("form#svar [name]").count();
    if (now === before) return;
    before = now;
  }
}

/** With script: leaves the field and waits until the server has what was typed. */
export async function settled(page) {
  await page.evaluate(() => document.activeElement?.blur());
  await page.waitForFunction(() => !/^Ikke gemt/.test(document.getElementById("gem-status")?.textContent ?? ""));
}

/** Presses one of a section's buttons: `next`, `back`, `save`, `add:/pointer`, `remove:/pointer/0`. */
export async function press(page, action) {
  const button = page.locator(`button[name="do"][value="${action}"]`).last();
  await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  await page.waitForLoadState();
}

async function addItems(page, pointer, count) {
  const add = page.locator(`button[name="do"][value="add:${pointer}"]`);
  for (let index = 0; index < count && (await add.count()) > 0; index += 1) {
    const there = await page.locator(`[name^="f${pointer}/${index}/"]`).count();
    if (there === 0) await press(page, `add:${pointer}`);
  }
}

async function writeValue(page, pointer, value) {
  const controls = page.locator(`[name="f${pointer}"]:not([type="hidden"])`);
  if ((await controls.count()) === 0) return;
  const first = controls.first();
  const [tag, type] = await first.evaluate((control) => [control.tagName, control.type]);
  if (type === "radio" || (type === "checkbox" && Array.isArray(value))) {
    for (const wanted of [value].flat()) await tick(page, pointer, wanted);
  } else if (type === "checkbox") {
    await first.setChecked(value === true);
  } else if (tag === "SELECT") {
    await first.selectOption(String(value));
  } else {
    await first.fill(asTyped(value));
  }
}

async function tick(page, pointer, value) {
  for (const spelling of [String(value), JSON.stringify(value)]) {
    const control = page.locator(`[name="f${pointer}"][value="${quoted(spelling)}"]`);
    if ((await control.count()) > 0) return control.first().check();
  }
  assert.fail(`no choice ${JSON.stringify(value)} for ${pointer}`);
}

const quoted = (text) => text.replace(/["\\]/g, "\\$&");

/** As a Dane types it. */
function asTyped(value) {
  if (typeof value === "number") return String(value).replace(".", ",");
  if (value?.state) return { not_stated: "oplyses ikke", not_broken_down: "ikke opgjort", not_applicable: "–" }[value.state];
  if (value?.qualifier) return `ca. ${asTyped(value.value)}`;
  const date = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
  return date ? `${date[3]}.${date[2]}.${date[1]}` : String(value);
}

/** Pairs of pointer and value for every control: a figure with its state is one. */
function leavesOf(value, pointer = "") {
  const single = value === null || typeof value !== "object" || "state" in value || "qualifier" in value;
  if (single || (Array.isArray(value) && typeof value[0] !== "object")) return [[pointer, value]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${pointer}/${escaped(key)}`));
}

function groupsOf(value, pointer = "") {
  if (value === null || typeof value !== "object") return [];
  const here = Array.isArray(value) && typeof value[0] === "object" ? [[pointer, value]] : [];
  return here.concat(Object.entries(value).flatMap(([key, inner]) => groupsOf(inner, `${pointer}/${escaped(key)}`)));
}

function escaped(key) {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
