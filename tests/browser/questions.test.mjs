// Questions of special kinds, as they are answered in the running program: groups that repeat, dates, organisations, blocks that close.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { press, settled } from "./filling.mjs";
import { asMunicipality, openBrowser, startDemo } from "./harness.mjs";
import { tabTo } from "./keyboard.mjs";

let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("with the keyboard alone items are added, moved and removed, each time with the focus at the item", async () => {
  const page = await atSection("offers");
  const add = async (name) => {
    await tabTo(page, { name: /^Tilføj/, type: "submit" });
    await pressed(page, "Enter");
    await tabTo(page, { name: /navn/i });
    await page.keyboard.type(name);
    await page.keyboard.press("Tab");
    await settled(page, { leave: false });
  };
  for (const name of ["Bakkely", "Harebakken", "Sønderparken"]) await add(name);
  assert.deepEqual(await names(page), ["Bakkely", "Harebakken", "Sønderparken"]);
  await tabTo(page, { name: /^Flyt op/, type: "submit" });
  await pressed(page, "Enter");
  assert.deepEqual(await names(page), ["Bakkely", "Sønderparken", "Harebakken"]);
  assert.equal(await page.evaluate(() => document.activeElement.id), "f-offers-used-1-item", "the focus follows the item");
  await tabTo(page, { name: /^Fjern/, type: "submit" });
  await pressed(page, "Space");
  assert.deepEqual(await names(page), ["Bakkely", "Harebakken"]);
  await page.reload();
  assert.deepEqual(await names(page), ["Bakkely", "Harebakken"], "what is on the page is what is stored");
  await page.settle();
});

test("without script items are added, moved and removed, and nothing typed is lost", async () => {
  const page = await atSection("offers", { script: false });
  const before = await names(page);
  for (const name of ["Første", "Andet", "Tredje"]) {
    await press(page, "add:/offers/used");
    await page.locator(`[name="f/offers/used/${(await names(page)).length - 1}/name"]`).fill(name);
  }
  const first = before.length;
  await press(page, `up:/offers/used/${first + 2}`);
  assert.deepEqual((await names(page)).slice(first), ["Første", "Tredje", "Andet"]);
  assert.match(page.url(), new RegExp(`#f-offers-used-${first + 1}-item$`));
  await press(page, `down:/offers/used/${first}`);
  assert.deepEqual((await names(page)).slice(first), ["Tredje", "Første", "Andet"]);
  await press(page, `remove:/offers/used/${first + 1}`);
  assert.deepEqual((await names(page)).slice(first), ["Tredje", "Andet"]);
  await page.settle();
});

test("dates are taken as Danes write them, and a day that does not exist is told", async () => {
  const page = await atSection("approval");
  const box = page.locator('[name="f/approval/date"]');
  for (const text of ["9.4.2026", "09-04-2026", "9/4 2026", "9. april 2026", "2026-04-09", "9. apr. 2026"]) {
    await box.fill(text);
    await settled(page);
    assert.equal(await box.getAttribute("aria-invalid"), null, text);
    const stored = await page.evaluate(() => JSON.parse(document.querySelector("form#svar").elements.base.value).answers.approval.date);
    assert.equal(stored, "2026-04-09", text);
  }
  await box.fill("31. februar 2026");
  await settled(page);
  assert.equal(await box.getAttribute("aria-invalid"), "true");
  assert.equal(await box.inputValue(), "31. februar 2026");
  await box.fill("9.4.2026");
  await settled(page);
  await page.settle();
});

test("an organisation is suggested, and known by its other spellings", async () => {
  const page = await atSection("offers");
  if ((await names(page)).length === 0) await press(page, "add:/offers/used");
  const box = page.locator('[name="f/offers/used/0/municipality"]');
  const suggested = await box.evaluate((control) => [...control.list.options].map((option) => option.value));
  assert.ok(suggested.some((name) => /Aarhus/.test(name)));
  await box.fill("århus");
  await settled(page);
  assert.match(await box.inputValue(), /^Aarhus/, "the official name is put in");
  await page.settle();
});

test("a block that is closed by one tick keeps its figures until it is opened again", async () => {
  const page = await atSection("children");
  const figure = page.locator('[name="f/children/visited/2018"]');
  const nobody = page.getByLabel(/ingen borgere/);
  await figure.fill("6");
  await settled(page);
  await nobody.check();
  await figure.waitFor({ state: "detached" });
  await settled(page, { leave: false });
  assert.ok(await page.evaluate(() => document.activeElement !== document.body), "the focus stays at the tick");
  await nobody.uncheck();
  await figure.waitFor();
  assert.equal(await figure.inputValue(), "6");
  await page.settle();
});

async function atSection(section, options) {
  const page = await asMunicipality(server, browser, options);
  await page.waitForURL(/\/svar\//);
  await page.goto(`${page.url()}/afsnit/${section}`);
  return page;
}

const names = (page) => page.locator('[name^="f/offers/used/"][name$="/name"]').evaluateAll((boxes) => boxes.map((box) => box.value));

/** Presses a key on a button that turns the page to itself. */
async function pressed(page, key) {
  await Promise.all([page.waitForEvent("framenavigated"), page.keyboard.press(key)]);
}
