// The secretariat makes an edition with the keyboard alone, and is told what a reader can work out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { asMunicipality, asSecretariat, axe, openBrowser, overflow, readJson, shot, startDemo } from "./harness.mjs";
import { fillAll } from "./filling.mjs";
import { press, tabTo, write } from "./keyboard.mjs";
import { begin, submit } from "./walks.mjs";

const CAMPAIGN = "/sekretariat/indsamlinger/central-udmelding-svaere-spiseforstyrrelser";
const PRINTED = `kommune\t2019
Lemvig\t≤3
Ringkøbing-Skjern\t≤3
Viborg\t≤3
Aarhus\t12
I alt\t16`;
let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a table is pasted and judged with the keyboard, and the page says so aloud", async () => {
  const page = await asSecretariat(server, browser);
  await page.goto(`${server.url}/sekretariat/efterproev`);
  await tabTo(page, { name: /^Tabel/ });
  await page.keyboard.insertText(PRINTED);
  await press(page, /^Efterprøv$/);
  const verdict = page.getByRole("status");
  assert.match(await verdict.innerText(), /3 af de 3 skjulte tal kan indsnævres/);
  assert.match(await page.getByRole("row", { name: /Lemvig/ }).innerText(), /1 eller 2/);
  await assertGood(page, "try-table");
  await page.settle();
});

test("without script the draft says what each hidden number can be, and is released", async () => {
  const page = await asSecretariat(server, browser, { script: false });
  await page.goto(`${server.url}${CAMPAIGN}/rapport`);
  await page.getByText(/Tabel 1: hvad kan en læser slutte sig til/).click();
  const row = page.locator("table:has(#slutninger-1)").getByRole("row", { name: /Silkeborg 2018/ });
  assert.match(await row.innerText(), /1, 2 eller 3/);
  await page.getByRole("button", { name: "Udgiv som udgave 1" }).click();
  await page.waitForURL(/\/udgaver\/1$/);
  assert.equal(await page.locator("td.sv-hash").count(), await page.locator("main th a").count());
  await page.settle();
});

test("a late answer's edition is refused, a way out is looked at and chosen with the keyboard", async () => {
  const late = await asMunicipality(server, browser);
  await begin(late);
  const typical = await readJson("forms/spiseforstyrrelser-kommune/examples/valid-typical.json");
  typical.children = { ...typical.children, none: false, visited: { 2017: 2, 2018: 1, 2019: 3 }, offsite_period: 1 };
  await fillAll(late, typical);
  await submit(late);
  await late.settle();

  const page = await asSecretariat(server, browser);
  await page.goto(`${server.url}${CAMPAIGN}/rapport`);
  await page.getByRole("heading", { level: 1, name: "Der er ingen rapport" }).waitFor();
  assert.match(await page.locator(".alert-warning").innerText(), /kun Skive er ny eller rettet siden/);
  await assertGood(page, "refused");
  await tabTo(page, { name: /Se, hvordan tabellerne bliver: Lad svaret fra Skive vente/ });
  await page.keyboard.press("Enter");
  await page.locator("details[open] table").first().waitFor();
  await shot(page, "refused-preview");
  await press(page, /^Vælg denne udvej: Lad svaret fra Skive vente/);
  await page.getByRole("heading", { name: "Rapporten er efterprøvet" }).waitFor();
  await assertGood(page, "chosen");
  await press(page, /^Gennemse svar i fri tekst/);
  await assertGood(page, "free-text");
  await page.goto(`${server.url}${CAMPAIGN}/udgaver/andetsteds`);
  await write(page, /^Hvor er den offentliggjort/, "Rammeaftalen");
  await press(page, /^Gem som udgave$/);
  await page.getByRole("alert").getByRole("link", { name: /Indsæt en tabel/ }).waitFor();
  await assertGood(page, "elsewhere-faults");
  await page.settle();
});

async function assertGood(page, name) {
  for (const width of [1280, 375]) {
    await page.setViewportSize({ width, height: 900 });
    await shot(page, `release-${name}-${width}`);
    assert.deepEqual(await axe(page), [], `${name} at ${width} px`);
  }
  await page.setViewportSize({ width: 320, height: 256 });
  assert.equal(await overflow(page), 0, `${name} at 400 % zoom`);
  await page.setViewportSize({ width: 1280, height: 900 });
}
