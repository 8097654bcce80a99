// A questionnaire of 300 questions with conditions over a slow line: a page turn and a live condition are one exchange each.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { openCollection } from "./collection.mjs";
import { settled } from "./filling.mjs";
import { generatedForm, writeForm } from "./generated.mjs";
import { asSecretariat, openBrowser, openPage, startDemo, temporaryDirectory } from "./harness.mjs";
import { slowLine } from "./slowline.mjs";
import { mailAbout } from "./walks.mjs";

const CONTACT = "stor@kommune.example.dk";
/** Milliseconds that the line takes for each exchange. */
const SLOW = 300;
let server;
let browser;
let forms;
let line;
let link;

before(async () => {
  forms = await temporaryDirectory();
  await writeForm(forms, "stort", generatedForm(10, 3));
  [server, browser] = await Promise.all([startDemo({ variables: { SAMSVAR_FORMS: forms } }), openBrowser()]);
  const page = await asSecretariat(server, browser);
  await openCollection(page, server, {
    title: "Prøve af et stort skema",
    sender: "sekretariat@example.dk",
    forms: [["kommune", "stort"]],
    recipients: `organisation;afdeling;gruppe;navn;mail;telefon\nStor Kommune;;kommune;Fagkoordinator;${CONTACT};\n`,
  });
  await page.settle();
  line = await slowLine(server.port, SLOW);
  const letter = await mailAbout(server, /./, new RegExp(CONTACT));
  link = letter.links.find((href) => href.includes("/l/")).replace(server.url, line.url);
});
after(async () => {
  await browser?.close();
  await line?.close();
  await server?.stop();
  await rm(forms, { recursive: true, force: true });
});

test("a condition that opens or closes questions is one exchange", async (t) => {
  const { page, exchanges } = await atSection(1);
  const taken = [];
  for (const [opens, closes, act] of [
    ["which1", null, () => page.locator(control("used1", "ja")).check()],
    ["why1", "which1", () => page.locator(control("used1", "nej")).check()],
    ["who2", null, () => typeAndLeave(page, "note2", "Se bilaget")],
    ["operator3/owner", null, () => page.locator(control("operator3/kind", "private")).check()],
    ["operator3/name", "operator3/owner", () => page.locator(control("operator3/kind", "municipality")).check()],
  ]) {
    taken.push(await timed(async () => {
      await act();
      await page.locator(control(opens)).waitFor();
    }));
    await settled(page, { leave: false });
    if (closes) assert.equal(await page.locator(control(closes)).count(), 0, `${closes} is closed`);
    assert.deepEqual(exchanges(), ["POST s1"], `${opens} opens in one exchange`);
  }
  await tell(t, page, "a live condition", taken);
  await page.settle();
});

test("a page turn is one exchange, with what was typed last in it", async (t) => {
  const { page, exchanges } = await atSection(1);
  const taken = [];
  for (let section = 1; section < 10; section += 1) {
    await page.locator(control("why1", undefined, section)).fill(`Bemærkning ${section}`);
    taken.push(await timed(async () => {
      await page.getByRole("button", { name: "Gem og fortsæt" }).click();
      await page.getByRole("heading", { name: `Afsnit nr. ${section + 1}` }).waitFor();
    }));
    assert.deepEqual(exchanges(), [`POST s${section}`]);
    assert.match(page.url(), new RegExp(`/afsnit/s${section + 1}$`));
  }
  for (const [button, heading] of [["Tilbage", "Afsnit nr. 9"], ["Afsnit nr. 4", "Afsnit nr. 4"], ["Gennemse og send", "Gennemse og send"]]) {
    await page.getByRole("button", { name: button, exact: true }).click();
    await page.getByRole("heading", { name: heading }).first().waitFor();
    assert.equal(exchanges().length, 1, `${button} is one exchange`);
  }
  const review = await page.locator("main").innerText();
  for (let section = 1; section < 10; section += 1) assert.ok(review.includes(`Bemærkning ${section}`));
  await tell(t, page, "a page turn", taken);
  await page.settle();
});

test("Enter in a box saves in one exchange, and the focus stays in the box", async () => {
  const { page, exchanges } = await atSection(6);
  const box = page.locator(control("note1", undefined, 6));
  await box.fill("Med Enter");
  await box.press("Enter");
  await page.locator("#gem-status", { hasText: /^Gemt kl\./ }).waitFor();
  assert.deepEqual(exchanges(), ["POST s6"]);
  assert.equal(await page.evaluate(() => document.activeElement.name), "f/s6/note1");
  await page.settle();
});

/** The address of an answer's section, over the slow line; `exchanges()` gives what went over it since it was asked last. */
async function atSection(section) {
  const page = await openPage(browser);
  await page.goto(link);
  await page.goto(`${page.url()}/afsnit/s${section}`);
  const exchanges = () => line.asked.splice(0).map((asked) => asked.replace(/\/svar\/.*\//, ""));
  exchanges();
  return { page, exchanges };
}

const control = (name, value, section = 1) => `[name="f/s${section}/${name}"]${value === undefined ? "" : `[value$="${value}"], [name="f/s${section}/${name}"][value*="${value}"]`}`;

async function typeAndLeave(page, name, text) {
  await page.locator(control(name)).fill(text);
  await page.keyboard.press("Tab");
}

async function timed(act) {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** Says how it compares with an exchange that asks for nothing but the server's health; a machine's pace is no test. */
async function tell(t, page, what, taken) {
  const bare = [];
  for (let round = 0; round < 5; round += 1) bare.push(await page.evaluate(async () => {
    const start = performance.now();
    await (await fetch("/sundhed")).text();
    return performance.now() - start;
  }));
  const middle = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];
  t.diagnostic(`${what} takes ${(middle(taken) / middle(bare)).toFixed(2)} bare exchanges (${Math.round(middle(taken))} ms, ${Math.round(middle(bare))} ms)`);
  line.asked.length = 0;
}
