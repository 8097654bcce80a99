// What every page must look like to everybody: WCAG 2.2 AA as far as a machine can tell, headings in order, faults that speak.
import assert from "node:assert/strict";
import { axe, overflow, shot } from "./harness.mjs";

/** What axe finds wide and narrow, and whether the page fits its window at 400 % zoom. */
async function faultsOf(page, name) {
  const before = page.viewportSize();
  const faults = [];
  for (const width of [1280, 375]) {
    await page.setViewportSize({ width, height: 900 });
    faults.push(...(await axe(page)).map((fault) => `at ${width} px: ${fault}`));
    await shot(page, `${name}-${width}`);
  }
  await page.setViewportSize({ width: 320, height: 256 });
  const wider = await overflow(page);
  if (wider > 0) faults.push(`at 400 % zoom the page is ${wider} px wider than its window`);
  await page.setViewportSize(before);
  return faults;
}

/** Checks a page of the desk or of an answer: axe, zoom and one main heading. */
export async function fits(page, name) {
  assert.deepEqual(await faultsOf(page, name), [], name);
  assert.ok(await page.title(), `${name} has a title`);
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, `${name} has one main heading`);
}

/** Checks a page of a form: the order of its headings and its faults' words, too. */
export async function accessible(page, name) {
  const faults = await faultsOf(page, name);
  faults.push(...(await structure(page)));
  assert.deepEqual(faults, [], name);
}

/** A title, one main heading, no level of heading passed over, and no wrong control that does not say why. */
export async function structure(page) {
  const { title, levels, unspoken } = await page.evaluate(() => {
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]));
    const said = (control) => (control.getAttribute("aria-describedby") ?? "").split(" ").some((id) => id.endsWith("-error") && document.getElementById(id));
    // Within a list of radio buttons the group speaks for each.
    const unspoken = [...document.querySelectorAll("[aria-invalid=true]")].filter((control) => !said(control));
    return { title: document.title, levels, unspoken: unspoken.map((control) => control.id || control.name || control.outerHTML.slice(0, 80)) };
  });
  const faults = unspoken.map((control) => `${control} is wrong and does not say why`);
  if (!title) faults.push("the page has no title");
  if (levels.filter((level) => level === 1).length !== 1) faults.push("the page has not one main heading");
  levels.forEach((level, place) => {
    const above = levels[place - 1] ?? 0;
    if (level > above + 1) faults.push(`heading ${place + 1} is of level ${level} below one of level ${above}`);
  });
  return faults;
}

/** A page that came back with faults: said in its title, the focus on the summary, each entry leads to what it speaks of. */
export async function assertFaulty(page, name) {
  assert.match(await page.title(), /^(Fejl|Error): /, `${name}: the title`);
  const { focused, lost } = await page.evaluate(() => {
    const summary = document.getElementById("fejl");
    const links = [...(summary?.querySelectorAll('a[href^="#"]') ?? [])];
    return { focused: document.activeElement === summary, lost: links.map((link) => link.hash.slice(1)).filter((id) => !document.getElementById(decodeURIComponent(id))) };
  });
  if ((await page.locator("html[data-script]").count()) > 0) assert.ok(focused, `${name}: the focus is on the summary`);
  assert.deepEqual(lost, [], `${name}: entries that lead nowhere`);
}
