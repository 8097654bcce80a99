// The other two who answer: an offer's screening, and a municipality that says no to a sign-up in one click.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fillAll } from "./filling.mjs";
import { asFocus, asOffer, fromRoot, openBrowser, readJson, shot, startDemo } from "./harness.mjs";
import { begin, submit } from "./walks.mjs";

let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("an offer answers its screening", async () => {
  const folder = "forms/spiseforstyrrelser-tilbud/examples";
  const example = (await readdir(fromRoot(folder))).find((name) => name.startsWith("valid-typical"));
  const answers = await readJson(folder, example);
  const page = await asOffer(server, browser);
  await begin(page);
  await fillAll(page, answers, (section, number) => shot(section, `offer-section-${number}`));
  await submit(page);
  await page.settle();
});

test("a municipality says no to the focus sign-up on its first page", async () => {
  const page = await asFocus(server, browser);
  await begin(page);
  const sections = await fillAll(page, { participation: { takes_part: false }, takes_part: false });
  assert.equal(sections, 1, "no is one click");
  await submit(page);
  await shot(page, "focus-receipt");
  await page.settle();
});
