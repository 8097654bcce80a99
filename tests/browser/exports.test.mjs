// Large files: a bar tells how far the server has come; without script the link is a plain download.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { asSecretariat, axe, openBrowser, shot, startDemo } from "./harness.mjs";

const CAMPAIGN = "/sekretariat/indsamlinger/central-udmelding-svaere-spiseforstyrrelser";
let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the bar follows a download to its end, and the file is whole", async () => {
  const page = await asSecretariat(server, browser);
  await page.goto(server.url + CAMPAIGN);
  const bar = page.getByRole("progressbar", { name: "Hvor langt hentningen er" });
  assert.equal(await bar.isVisible(), false, "nothing is shown before");
  for (const name of ["Alle grupper i én Excel-fil", "Alle svar i fuld længde (Word)"]) {
    const downloading = page.waitForEvent("download");
    await page.getByRole("link", { name, exact: true }).click();
    const file = await readFile(await (await downloading).path());
    assert.equal(file.subarray(0, 2).toString(), "PK", "a ZIP archive from its first byte");
    assert.ok(file.includes("PK\u0005\u0006"), "to its last");
    await page.getByText(`${name}: hele filen er sendt til browseren`).waitFor();
    assert.equal(await bar.evaluate((one) => one.value / one.max), 1);
  }
  assert.deepEqual(await axe(page), []);
  await shot(page, "exports-done");
  await page.settle();
});

test("without script the same link is a download", async () => {
  const page = await asSecretariat(server, browser, { script: false });
  await page.goto(server.url + CAMPAIGN);
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV (ISO) for Kommuner" }).click();
  const text = await readFile(await (await downloading).path(), "utf8");
  assert.equal(text.trim().split("\n").length >= 20, true, "a line for each of the 19 municipalities");
  await page.settle();
});
