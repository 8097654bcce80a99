// Every page of a questionnaire handed in wrong: each box holds what can't be an answer, and the page that comes back is looked at.
import assert from "node:assert/strict";
import { controlsOf, fillSection, press, settled, wantedOf } from "./filling.mjs";
import { accessible, assertFaulty, structure } from "./looks.mjs";

/** No figure, no date, and longer than any text of the shipped forms may be. */
const NO_ANSWER = "mange ".repeat(1_500);

/**
 * From the first section to the review; returns the sections that came back with faults.
 *
 * axe needs script, so it looks at these pages where there is one; without, they are the same but for what script adds.
 */
export async function handInWrong(page, answers, name) {
  const scripted = (await page.locator("html[data-script]").count()) > 0;
  const faulty = new Set();
  for (let section = 1; !new URL(page.url()).pathname.endsWith("/gennemse"); section += 1) {
    assert.ok(section < 40, "the last section was never left");
    const here = new URL(page.url()).pathname;
    await fillSection(page, answers);
    const spoiled = await spoil(page);
    if (spoiled.length > 0) await press(page, "next");
    // What can't be read may open questions: without script the page is shown once more before its faults are told.
    for (let again = 0; again < 3 && /gemt=1/.test(page.url()); again += 1) await press(page, "next");
    if (spoiled.length > 0) assert.match(page.url(), /vis=fejl/, `${name}: ${here} was taken as it stood`);
    else await page.goto(`${page.url().split(/[?#]/)[0]}?vis=fejl`);
    if (spoiled.length > 0 || (await page.locator("#fejl").count()) > 0) {
      await assertFaulty(page, `${name} ${here}`);
      await assertAllTold(page, spoiled);
      if (scripted) await accessible(page, `${name}-${here.split("/").at(-1)}-faults`);
      else assert.deepEqual(await structure(page), []);
      faulty.add(here);
    }
    await mend(page, answers, spoiled);
    await press(page, "next");
    // A figure put right may open questions: the page is shown once more.
    for (let again = 0; again < 4 && new URL(page.url()).pathname === here; again += 1) {
      await fillSection(page, answers);
      await press(page, "next");
    }
    assert.notEqual(new URL(page.url()).pathname, here, `${name}: ${await page.locator("main").innerText()}`);
  }
  return faulty;
}

/** Writes what is no answer into each box for words or figures; returns their names. */
async function spoil(page) {
  const boxes = (await controlsOf(page)).filter(({ name, tag, type }) => name.startsWith("f/") && (tag === "TEXTAREA" || type === "text"));
  const spoiled = [];
  for (const { name } of boxes) {
    const box = page.locator(`[name="${CSS(name)}"]`).first();
    // A figure that can't be read may close what follows from it.
    if ((await box.count()) === 0 || !(await box.isEditable())) continue;
    await box.fill(NO_ANSWER.trim());
    spoiled.push(name);
  }
  if (spoiled.length > 0 && (await page.locator("html[data-script]").count()) > 0) await settled(page);
  return spoiled;
}

/** At least one box tells its fault, and so does the list on top of the page. */
async function assertAllTold(page, spoiled) {
  const { invalid, listed } = await page.evaluate(() => ({
    invalid: [...document.querySelectorAll("form#svar [aria-invalid=true]")].map((one) => one.name),
    listed: document.querySelectorAll("#fejl li").length,
  }));
  assert.ok(listed > 0);
  const there = new Set(await page.evaluate(() => [...document.querySelectorAll("form#svar [name]")].map((one) => one.name)));
  const silent = spoiled.filter((name) => there.has(name) && !invalid.includes(name));
  assert.deepEqual(silent, [], "boxes that hold no answer and say nothing");
}

async function mend(page, answers, spoiled) {
  const wanted = wantedOf(answers);
  for (const name of spoiled.filter((name) => !wanted.has(name))) {
    const box = page.locator(`[name="${CSS(name)}"]`).first();
    if ((await box.count()) > 0) await box.fill("");
  }
  await fillSection(page, answers);
}

const CSS = (name) => name.replace(/["\\]/g, "\\$&");
