// Every page that the rights table names is opened, wide, narrow and with the keyboard: a new one fails here until it is listed.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { asSecretariat, axe, fromRoot, openBrowser, openPage, overflow, shot, startDemo } from "./harness.mjs";

const WIDTHS = [1280, 375];
const CAMPAIGN = "/sekretariat/indsamlinger/central-udmelding-svaere-spiseforstyrrelser";
const RESPONDENT = "favrskov-kommune-social-og-sundhed";
/** Whose answer is open, and whose is sent; both from the demonstration's letters. */
const OPEN = "social@skive.example.dk";
const SENT = "social@favrskov.example.dk";

/** Files and hops, which draw no page. */
const NO_PAGE = [
  /^\/statisk\//,
  /^\/sundhed$/,
  /^\/l\/\{token\}/,
  /^\/demo\/sekretariat$/,
  /\/sprog\/\{language\}$/,
  /\.(html|json|pdf|docx|xlsx|jsonl|\{format\})$/,
  /\/eksport\/\{export\}$/,
  /\/bilag\/\{hash\}$/,
  /\/udgaver\/\{number\}\/\{file\}$/,
  // A part of the overview.
  /\/oversigt$/,
];

/** Pages that need a story of their own, and the file that opens them. */
const ELSEWHERE = {
  "/svar/{answer}/godkend": "hands.test.mjs",
  "/sekretariat/indsamlinger/{campaign}/udgaver/{number}": "accessibility.test.mjs",
  "/sekretariat/indsamlinger/{campaign}/breve/{respondent}/mail/{mail}": "mail.test.mjs",
};

/** What stands for the variables of an address. */
const VARIABLES = {
  // Only a sign-up has a selection.
  "/sekretariat/indsamlinger/{campaign}/udvaelgelse": "/sekretariat/indsamlinger/tilmelding-som-fokuskommune/udvaelgelse",
  "/sekretariat/indsamlinger/{campaign}": CAMPAIGN,
  "{respondent}": RESPONDENT,
  "{section}": "children",
  "{number}": "1",
  "{group}": "kommune",
  "{step}": "periode",
  "{form}": "fokuskommune-tilmelding",
  "{place}": "0",
  // Any token has a page; what it opens is told when the button is pressed.
  "/log-ind/{token}": `/log-ind/${"0".repeat(32)}`,
};
const STEPS = ["grundlag", "modtagere", "periode", "breve", "svarsiden"];

let server;
let browser;
let routes;

before(async () => {
  [server, browser, routes] = await Promise.all([startDemo(), openBrowser(), routesOfTheTable()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The addresses of all pages, with the door that each has. */
async function routesOfTheTable() {
  const table = await readFile(fromRoot("tests/it/access.rs"), "utf8");
  const rows = [...table.matchAll(/\(\s*"GET",\s*"([^"]+)",\s*(\w+),?\s*\)/g)].map(([, path, door]) => ({ path, door }));
  assert.ok(rows.length > 50, "the table was read");
  return rows.filter(({ path }) => !NO_PAGE.some((pattern) => pattern.test(path)) && !(path in ELSEWHERE));
}

const filled = (path) => Object.entries(VARIABLES).reduce((text, [name, value]) => text.replace(name, value), path);

test("every page of staff is accessible and worked with the keyboard", async () => {
  const page = await asSecretariat(server, browser);
  // So that the page for the code has something to show.
  await page.goto(`${server.url}/sekretariat/mig`);
  await page.getByRole("button", { name: "Slå kode fra en app til" }).click();
  const doors = ["SignedIn", "Secretary", "Administrator", "Follower", "ResultsReader"];
  const addresses = routes.filter(({ door }) => doors.includes(door)).map(({ path }) => filled(path));
  const steps = STEPS.map((step) => `${CAMPAIGN}/opsaetning/${step}`);
  const all = [...new Set([...addresses, ...steps])];
  assert.ok(all.length >= 30, `${all.length} pages`);
  await visitAll(page, all, "staff");
});

test("every page of an answer is accessible and worked with the keyboard", async () => {
  const page = await openPage(browser);
  const paths = routes.filter(({ door }) => door === "Answerer").map(({ path }) => path);
  for (const [address, belongs] of [
    [OPEN, (path) => !/kvittering|genaabn/.test(path)],
    [SENT, (path) => /kvittering|genaabn|\{answer\}$|ikke-mig/.test(path)],
  ]) {
    await page.goto(await personalLink(address));
    const base = new URL(page.url()).pathname;
    const own = paths.filter(belongs).map((path) => filled(path.replace("/svar/{answer}", base)));
    await visitAll(page, own, address === OPEN ? "answer" : "sent", false);
  }
  await page.settle();
});

test("every page for anybody is accessible and worked with the keyboard", async () => {
  const page = await openPage(browser);
  const letter = await firstLetter();
  const open = routes.filter(({ door }) => door === "Anybody" || door === "DemoOnly").map(({ path }) => filled(path.replace("/demo/post/{letter}", letter)));
  await visitAll(page, open, "anybody");
});

async function visitAll(page, addresses, who, settles = true) {
  const faults = [];
  for (const address of addresses) {
    const answer = await page.goto(server.url + address);
    if (!answer.ok()) faults.push(`${address}: ${answer.status()}`);
    const name = `${who}${address.replace(CAMPAIGN, "-i").replaceAll(/[^a-z0-9]+/gi, "-")}`.slice(0, 90);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      faults.push(...(await axe(page)).map((fault) => `${address} at ${width} px: ${fault}`));
      await shot(page, `${name}-${width}`);
    }
    await page.setViewportSize({ width: 320, height: 256 });
    const wider = await overflow(page);
    if (wider > 0) faults.push(`${address}: at 400 % zoom ${wider} px wider than its window`);
    await page.setViewportSize({ width: 1280, height: 900 });
    const missed = await missedByTab(page);
    if (missed.length > 0) faults.push(`${address}: Tab does not reach ${missed.join(", ")}`);
    if ((await page.getByRole("heading", { level: 1 }).count()) !== 1) faults.push(`${address}: not one main heading`);
  }
  if (settles) await page.settle();
  assert.deepEqual(faults, []);
}

/** What can be pressed or filled in, but is not reached with Tab; of radio buttons one of each group is enough. */
async function missedByTab(page) {
  const count = await page.evaluate(() => {
    document.activeElement?.blur();
    window.scrollTo(0, 0);
    const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")];
    const shown = all.filter((one) => !one.disabled && one.checkVisibility({ visibilityProperty: true }) && one.tabIndex >= 0);
    window.toReach = new Map();
    for (const one of shown) {
      const key = one.type === "radio" ? `radio ${one.name}` : one;
      if (!window.toReach.has(key)) window.toReach.set(key, one);
    }
    document.addEventListener("focusin", ({ target }) => window.toReach.delete(target.type === "radio" ? `radio ${target.name}` : target));
    return shown.length;
  });
  for (let step = 0; step < 3 * count + 20; step += 1) {
    await page.keyboard.press("Tab");
    if (step % 25 === 24 && (await page.evaluate(() => window.toReach.size)) === 0) return [];
  }
  return page.evaluate(() => [...window.toReach.values()].map((one) => one.outerHTML.slice(0, 80)));
}

async function letters() {
  const html = await (await fetch(`${server.url}/demo/post`)).text();
  return [...html.matchAll(/href="(\/demo\/post\/[^"]+)"/g)].map(([, href]) => href);
}

async function firstLetter() {
  return (await letters())[0];
}

/** The link of the newest letter to an address, as the demonstration shows it. */
async function personalLink(address) {
  for (const letter of await letters()) {
    const html = await (await fetch(server.url + letter)).text();
    const link = html.match(/http[^"<\s]+\/l\/[a-z0-9]{32}/);
    if (html.includes(address) && link) {
      server.remember(link[0].split("/").at(-1));
      return link[0];
    }
  }
  throw new Error("there is no such letter");
}
