// The secretariat: signs in by mail, follows a collection, and downloads a report that reveals nobody.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { asSecretariat, openBrowser, openPage, shot, startDemo } from "./harness.mjs";
import { Visitor, eventually, textOf } from "./visitor.mjs";
import { mailAbout, mails, release } from "./walks.mjs";
import { openWorkbook } from "./workbook.mjs";

const STAFF = "sekretariat@example.dk";
const CAMPAIGN = /spiseforstyrrelser/i;
let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a member of the secretariat signs in with a link by mail, once and in the same browser", async () => {
  const page = await openPage(browser);
  await askForLink(page);
  const link = await signInLink();
  const stranger = await openPage(browser);
  await stranger.goto(link);
  await stranger.getByRole("button", { name: "Log ind" }).click();
  await stranger.getByText(/kun i den browser/).waitFor();

  await page.goto(link);
  await page.getByRole("button", { name: "Log ind" }).click();
  await page.waitForURL(/\/sekretariat$/);
  await page.goto(link);
  await page.getByRole("button", { name: "Log ind" }).click();
  await page.getByText(/brugt eller for gammelt/).waitFor();

  await page.goto(`${server.url}/sekretariat`);
  await page.getByRole("button", { name: "Log ud" }).click();
  await page.waitForURL(`${server.url}/`);
  const after = await page.goto(`${server.url}/sekretariat`);
  assert.equal(after.status(), 401);
  await page.settle();
  await stranger.settle();
});

test("an address that is not on the list gets the same page and no mail", async () => {
  const before = (await mails(server)).length;
  const visitor = new Visitor(server);
  const [known, unknown] = [await visitor.post("/log-ind", { mail: STAFF }), await visitor.post("/log-ind", { mail: "ukendt@example.dk" })];
  assert.equal(unknown.status, known.status);
  assert.equal(textOf(unknown.text), textOf(known.text));
  await eventually(async () => (await mails(server)).length === before + 1, "the known address's mail");
});

test("the campaign's page shows who has answered, and each answer", async () => {
  const page = await openCampaign();
  await shot(page, "campaign");
  const text = await page.locator("main").innerText();
  for (const name of ["Aarhus", "Silkeborg", "Skive"]) assert.match(text, new RegExp(name));
  assert.match(text, /sendt/i);
  await page.locator('a[href*="/svar/"]').first().click();
  await page.waitForURL(/\/svar\//);
  await shot(page, "campaign-answer");
  await page.settle();
});

test("the report shows the region's totals and hides every one, two and three", async () => {
  const page = await openCampaign();
  await page.goto(`${page.url()}/rapport`);
  await shot(page, "report");
  const tables = await page.locator(".sv-report table").evaluateAll((all) =>
    all.map((table) => [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.trim()))),
  );
  assertReport(tables);
  await page.settle();
});

test("the report downloads as HTML, CSV and XLSX, and each file opens again with the same figures", async () => {
  const page = await openCampaign();
  const base = page.url();
  await release(page, base);
  const html = (await downloaded(page, `${base}/rapport.html`)).toString("utf8");
  assert.match(html, /^<!DOCTYPE html>/i);
  assert.doesNotMatch(html, /<link\b[^>]*stylesheet|<script|src="http/i, "the page stands alone");
  assertReport(tablesIn(html));

  const csv = await downloaded(page, `${base}/rapport.csv`);
  assert.deepEqual([...csv.subarray(0, 3)], [0xef, 0xbb, 0xbf], "a BOM, for Danish Excel");
  assertReport([csv.toString("utf8").slice(1).split(/\r?\n/).map((line) => line.split(";").map((cell) => cell.replace(/^"|"$/g, "")))]);

  const sheets = openWorkbook(await downloaded(page, `${base}/rapport.xlsx`));
  const cells = sheets.flatMap(({ rows }) => rows);
  assert.ok(cells.some((row) => row.includes(22) && row.includes(35) && row.includes(40)), "totals are number cells");
  assertReport([cells.map((row) => row.map((cell) => (cell === null ? "" : String(cell))))]);
  await page.settle();
});

test("a downloaded file is complete on disk too", async () => {
  const page = await openCampaign();
  await release(page, page.url());
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator('a[href$="rapport.xlsx"]').first().click()]);
  assert.match(download.suggestedFilename(), /\.xlsx$/);
  assert.ok(openWorkbook(await readFile(await download.path())).length > 0);
  await page.settle();
});

test("the raw data downloads as CSV, XLSX and JSON lines", async () => {
  const page = await openCampaign();
  const base = page.url();
  const csv = (await downloaded(page, `${base}/data.csv`)).toString("utf8");
  assert.match(csv, /Aarhus/);
  assert.match(csv, /;/);
  const [sheet] = openWorkbook(await downloaded(page, `${base}/data.xlsx`));
  assert.ok(sheet.rows.some((row) => row.some((cell) => typeof cell === "number")), "counts are number cells");
  const lines = (await downloaded(page, `${base}/data.jsonl`)).toString("utf8").trim().split("\n");
  assert.ok(lines.length >= 19);
  lines.forEach((line) => JSON.parse(line));
  await page.settle();
});

test("nobody but the secretariat sees a collection, a report or an answer", async () => {
  const page = await openCampaign();
  const campaign = new URL(page.url()).pathname;
  const visitor = new Visitor(server);
  for (const address of ["/sekretariat", campaign, `${campaign}/rapport`, `${campaign}/rapport.xlsx`, `${campaign}/data.csv`, `${campaign}/data.jsonl`]) {
    const answer = await visitor.ask(address);
    const refused = answer.status === 401 || (answer.status === 303 && answer.location.startsWith("/log-ind"));
    assert.ok(refused, `${address} answers ${answer.status}`);
    assert.doesNotMatch(answer.text, /Silkeborg/);
  }
  await page.settle();
});

async function openCampaign() {
  const page = await asSecretariat(server, browser);
  await page.goto(`${server.url}/sekretariat`);
  await shot(page, "secretariat");
  await page.getByRole("link", { name: CAMPAIGN }).first().click();
  await page.waitForURL(/\/indsamlinger\/[^/]+$/);
  return page;
}

async function askForLink(page) {
  await page.goto(`${server.url}/log-ind`);
  await page.getByRole("textbox", { name: "Din mailadresse" }).fill(STAFF);
  await page.getByRole("button", { name: "Send mig et link" }).click();
  await page.getByRole("heading", { name: "Se i din mail" }).waitFor();
}

async function signInLink() {
  const { links } = await mailAbout(server, /^Log ind/);
  return links.find((link) => link.includes("/log-ind/"));
}

async function downloaded(page, address) {
  const response = await page.context().request.get(address);
  assert.equal(response.status(), 200, address);
  assert.match(response.headers()["content-disposition"] ?? "", /attachment/, `${address} is a file to keep`);
  return response.body();
}

function tablesIn(html) {
  return [...html.matchAll(/<table\b[\s\S]*?<\/table>/g)].map(([table]) =>
    [...table.matchAll(/<tr\b[\s\S]*?<\/tr>/g)].map(([row]) => [...row.matchAll(/<t[hd]\b[^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => textOf(cell))),
  );
}

/** Totals as published, and no figure that tells of one, two or three citizens. */
function assertReport(tables) {
  const rows = tables.flat();
  const holds = (...figures) => rows.some((row) => figures.every((figure, index) => row.slice(-figures.length - 1).includes(figure) || row.includes(figure)));
  assert.ok(holds("22", "35", "40"), "children's totals");
  assert.ok(holds("48", "69", "72"), "adults' totals");
  assert.ok(rows.some((row) => row.includes("65")), "children, off-site");
  assert.ok(rows.some((row) => row.includes("68")), "adults, off-site");
  const ofOne = rows.filter((row) => /^(Aarhus|Favrskov|Hedensted|Herning|Holstebro|Horsens|Ikast-Brande|Lemvig|Norddjurs|Odder|Randers|Ringkøbing-Skjern|Samsø|Silkeborg|Skanderborg|Skive|Struer|Syddjurs|Viborg)( Kommune)?$/.test(row[0] ?? ""));
  assert.ok(ofOne.length >= 19, `the report has ${ofOne.length} rows of municipalities`);
  for (const row of ofOne) {
    assert.ok(!row.slice(1).some((cell) => /^[123]$/.test(cell)), `a small count stands in the row of ${row[0]}: ${row.join(" | ")}`);
  }
}
