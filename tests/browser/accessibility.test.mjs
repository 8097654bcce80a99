// Every page, wide and narrow, against WCAG 2.2 AA as far as a machine can tell, and its text at 400 % zoom.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { asMunicipality, asSecretariat, axe, openBrowser, openPage, overflow, readJson, shot, startDemo } from "./harness.mjs";
import { fillAll, press } from "./filling.mjs";
import { begin, release, submit } from "./walks.mjs";

const WIDTHS = [1280, 375];
let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the pages that anyone can open are accessible", async () => {
  const page = await openPage(browser);
  for (const address of ["/", "/om", "/was", "/log-ind", "/demo", "/demo/post", "/findes-ikke", "/sekretariat"]) {
    await page.goto(server.url + address);
    await assertAccessible(page, `open${address.replaceAll("/", "-")}`);
  }
  await page.settle();
});

test("the pages of an answer are accessible, with faults and without", async () => {
  const typical = await readJson("forms/spiseforstyrrelser-kommune/examples/valid-typical.json");
  const page = await asMunicipality(server, browser);
  await assertAccessible(page, "answer-start");
  await begin(page);
  await page.locator('[name="f/children/visited/2017"]').fill("tolv");
  await press(page, "next");
  await assertAccessible(page, "answer-faults");
  await page.locator('[name="f/children/visited/2017"]').fill("");
  await fillAll(page, typical, (section, number) => assertAccessible(section, `answer-section-${number}`));
  await assertAccessible(page, "answer-review");
  await submit(page);
  await assertAccessible(page, "answer-receipt");
  await page.settle();
});

test("the secretariat's pages are accessible", async () => {
  const page = await asSecretariat(server, browser);
  await page.goto(`${server.url}/sekretariat`);
  await assertAccessible(page, "secretariat-list");
  await page.getByRole("link", { name: /spiseforstyrrelser/i }).first().click();
  await page.waitForURL(/\/indsamlinger\//);
  const campaign = page.url();
  await assertAccessible(page, "secretariat-campaign");
  const answer = await page.locator('a[href*="/svar/"]').first().getAttribute("href");
  for (const address of [answer, `${campaign}/rapport`, "/sekretariat/indsamlinger/ny"]) {
    await page.goto(new URL(address, server.url).href);
    await assertAccessible(page, `secretariat-${new URL(page.url()).pathname.split("/").at(-1)}`);
  }
  await release(page, campaign);
  await assertAccessible(page, "secretariat-edition");
  const report = await page.context().request.get(`${campaign}/rapport.html`);
  const file = path.join(server.directory, "rapport.html");
  await writeFile(file, await report.body());
  await page.goto(pathToFileURL(file).href);
  await assertAccessible(page, "report-file");
  await page.settle();
});

async function assertAccessible(page, name) {
  const before = page.viewportSize();
  const faults = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    faults.push(...(await axe(page)).map((fault) => `at ${width} px: ${fault}`));
    await shot(page, `${name}-${width}`);
  }
  await page.setViewportSize({ width: 320, height: 256 });
  const wider = await overflow(page);
  if (wider > 0) faults.push(`at 400 % zoom the page is ${wider} px wider than its window`);
  await page.setViewportSize(before);
  assert.deepEqual(faults, [], name);
  assert.ok(await page.title(), `${name} has a title`);
  assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, `${name} has one main heading`);
}
