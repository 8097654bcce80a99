// The secretariat makes an edition with the keyboard alone, and is told what a reader can work out.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
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

test("the draft unfolds a hidden number with the keyboard, and draws its charts for everybody", async () => {
  const page = await asSecretariat(server, browser);
  await page.goto(`${server.url}${CAMPAIGN}/rapport`);
  await tabTo(page, { name: /≤3\s*, Silkeborg, 2018: hvad kan en læser/ });
  await page.keyboard.press("Enter");
  assert.match(await page.locator("td details[open]").innerText(), /1, 2 eller 3/);
  const chart = page.getByRole("img", { name: /^Søjlediagram\. .*2019: \d+; .*Tallene står i tabel 1\.$|^Søjlediagram\. 2017: 22/ });
  await chart.first().waitFor();
  // Nothing is told by colour alone: what is hidden is hatched, and its mark stands beside it.
  const hidden = page.locator("#figur-2 g.sv-bar-line", { has: page.locator("rect.sv-hidden") });
  for (const words of await hidden.allTextContents()) assert.match(words, /≤3|\.\./);
  await assertGood(page, "draft");
  await page.emulateMedia({ forcedColors: "active" });
  await shot(page, "release-draft-forced-colors");
  await page.emulateMedia({ forcedColors: null });
  await press(page, /^Tilpas rapporten/);
  await assertGood(page, "adjust");
  await page.settle();
});

test("the certificate is one page of paper", async () => {
  const page = await asSecretariat(server, browser);
  const paper = await page.context().newPage();
  for (const [file, most] of [["attest.html", 1], ["rapport.html", 12]]) {
    const got = await page.request.get(`${server.url}${CAMPAIGN}/udgaver/1/${file}`);
    assert.equal(got.status(), 200);
    await paper.setContent(await got.text());
    const pdf = await paper.pdf({ format: "A4", preferCSSPageSize: true });
    if (process.env.SCREENSHOTS) await writeFile(`${process.env.SCREENSHOTS}/${file}.pdf`, pdf);
    const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g).length;
    assert.ok(pages <= most, `${file} takes ${pages} pages`);
    assert.deepEqual(await axe(paper), [], file);
  }
  await page.settle();
});

test("a late answer's edition is refused, a way out is looked at and chosen with the keyboard", async () => {
  const late = await asMunicipality(server, browser);
  await begin(late);
  const typical = await readJson("forms/spiseforstyrrelser-kommune/examples/valid-typical.json");
  await fillAll(late, typical);
  await submit(late);
  await late.settle();

  const page = await asSecretariat(server, browser);
  await page.goto(`${server.url}${CAMPAIGN}/rapport`);
  await page.getByRole("heading", { level: 1, name: "Der er ingen rapport" }).waitFor();
  assert.match(await page.locator(".alert-warning").innerText(), /kun Skive er ny eller rettet siden/);
  await assertGood(page, "refused");
  await tabTo(page, { name: /^Se, hvordan tabellerne bliver\s*: Lad svaret fra Skive vente/ });
  await page.keyboard.press("Enter");
  await page.locator("details[open] table").first().waitFor();
  await shot(page, "refused-preview");
  await press(page, /^Vælg denne udvej\s*: Lad svaret fra Skive vente/);
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
