// Fills in a questionnaire's pages from an answer, the way its author shaped it: one control per JSON Pointer.
import assert from "node:assert/strict";

/**
 * Writes `answers` into the controls of the page that is open; what belongs to other pages is left alone.
 *
 * Parts of a page may depend on an answer given on it, and groups repeat at a button's press, so the page is saved
 * and filled again until nothing new can be written.
 */
export async function fillPage(page, answers) {
  const leaves = leavesOf(answers);
  const written = new Set();
  for (let round = 0; round < 8; round += 1) {
    await addGroups(page, answers);
    let fresh = 0;
    for (const [pointer, value] of leaves) {
      if (!written.has(pointer) && (await writeValue(page, pointer, value))) {
        written.add(pointer);
        fresh += 1;
      }
    }
    const missing = leaves.some(([pointer]) => !written.has(pointer) && pointer.startsWith(sectionOf(written)));
    if (fresh === 0 || !missing) return;
    await press(page, "save");
  }
}

/** Fills page after page from the start page to the review page; returns how many sections there were. */
export async function fillAll(page, answers, onPage = async () => {}) {
  for (let section = 1; section < 30; section += 1) {
    await fillPage(page, answers);
    await onPage(page, section);
    const here = page.url();
    await press(page, "next");
    assert.notEqual(page.url(), here, `the section was not accepted: ${await page.locator("main").innerText()}`);
    if (/\/gennemse$/.test(new URL(page.url()).pathname)) return section;
  }
  assert.fail("the questionnaire has no end");
}

/** Presses one of a section's buttons: `next`, `back`, `save`, `add:/pointer`, `remove:/pointer/0`. */
export async function press(page, action) {
  const button = page.locator(`button[name="do"][value="${action}"]`).first();
  await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  await page.waitForLoadState();
}

async function addGroups(page, answers) {
  for (const [pointer, value] of groupsOf(answers)) {
    const add = page.locator(`button[name="do"][value="add:${pointer}"]`);
    for (let index = 0; index < value.length; index += 1) {
      const there = page.locator(`[name^="f${pointer}/${index}/"]`);
      if ((await there.count()) === 0 && (await add.count()) > 0) await press(page, `add:${pointer}`);
    }
  }
}

/** Whether there was a control for it. */
async function writeValue(page, pointer, value) {
  const controls = page.locator(`[name="f${pointer}"]:not([type="hidden"])`);
  if ((await controls.count()) === 0) return false;
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
  return true;
}

async function tick(page, pointer, value) {
  for (const spelling of [String(value), JSON.stringify(value)]) {
    const control = page.locator(`[name="f${pointer}"][value="${CSS_ESCAPE(spelling)}"]`);
    if ((await control.count()) > 0) return control.first().check();
  }
  assert.fail(`no choice ${JSON.stringify(value)} for ${pointer}`);
}

const CSS_ESCAPE = (text) => text.replace(/["\\]/g, "\\$&");

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

/** The page's own section, told from what could be written: `/children`. */
function sectionOf(written) {
  const [first = "/?"] = written;
  return `/${first.split("/")[1]}`;
}
