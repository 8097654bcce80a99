// A municipality answers, and amends: from the mail to the receipt. Other ways of answering are in every-form.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fillAll, press } from "./filling.mjs";
import { asMunicipality, openBrowser, openPage, readJson, shot, startDemo } from "./harness.mjs";
import { begin, invitations, mailAbout, reopen, submit } from "./walks.mjs";

const FORM = "forms/spiseforstyrrelser-kommune/examples";
let server;
let browser;
let typical;

before(async () => {
  // The most talkative log, so that what it must not hold is looked for where it would be.
  [server, browser] = await Promise.all([startDemo({ log: "trace,sled=info" }), openBrowser()]);
  typical = await readJson(FORM, "valid-typical.json");
  server.remember(typical.reservations.text, typical.offsite.example.situation);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a municipality goes from the mail to the receipt with the mouse", async () => {
  const page = await openPage(browser);
  await page.goto(server.links.Mails);
  await page.getByRole("row", { name: /skive/i }).getByRole("link").last().click();
  await page.getByRole("article").getByRole("link", { name: /\/l\/[a-z0-9]+$/ }).click();
  await page.waitForURL(/\/svar\//);
  assert.match(await page.locator("main").innerText(), /frist/i);
  assert.match(await page.locator("main").innerText(), /hvem/i, "the page says who sees the answer");
  await shot(page, "municipality-start");
  await begin(page);
  await fillAll(page, typical, (section, number) => shot(section, `municipality-section-${number}`));
  await shot(page, "municipality-review");
  assert.match(await page.locator("main").innerText(), /Holmstrupgård/, "the review shows what was answered");
  const number = await submit(page);
  await shot(page, "municipality-receipt");
  const receipt = await mailAbout(server, /kvittering/i, /skive/i);
  assert.ok(receipt.text.includes(number), "the receipt is mailed too");
  await page.settle();
});

test("an amendment is a new submission and the old one stays", async () => {
  const page = await asMunicipality(server, browser);
  await page.waitForURL(/\/svar\//);
  const start = page.url();
  await reopen(page);
  await page.goto(`${start}/afsnit/themes`);
  await page.locator('[name="f/themes/challenges"]').fill("Ventetiden er lang.");
  await press(page, "save");
  await page.goto(`${start}/gennemse`);
  await submit(page);
  const latest = Number(page.url().split("/").at(-1));
  assert.ok(latest >= 2, `the receipt is the second or later, not ${latest}`);
  const copies = await Promise.all(
    [latest - 1, latest].map((number) => page.context().request.get(`${start}/kvittering/${number}/kopi.json`)),
  );
  const [before, now] = (await Promise.all(copies.map((copy) => copy.json()))).map(({ answers }) => answers);
  assert.equal(before.themes.challenges, undefined, "the earlier submission is unchanged");
  assert.equal(now.themes.challenges, "Ventetiden er lang.");
  await page.settle();
});

test("a faulty page is kept as typed, with a summary that leads to each field", async () => {
  const [invitation] = await invitations(server, 1);
  const page = await openPage(browser);
  await page.goto(invitation.href);
  await begin(page);
  await page.locator('[name="f/children/visited/2017"]').fill("tolv");
  await page.locator('[name="f/children/visited/2018"]').fill("-4");
  await press(page, "next");
  const summary = page.getByRole("alert").or(page.locator("[role=alert], .alert-error")).first();
  assert.match(await page.title(), /^Fejl/);
  await shot(page, "municipality-faults");
  await summary.getByRole("link").first().click();
  const focused = await page.evaluate(() => document.activeElement.getAttribute("name"));
  assert.equal(focused, "f/children/visited/2017");
  assert.equal(await page.locator('[name="f/children/visited/2017"]').inputValue(), "tolv");
  const described = await page.locator('[name="f/children/visited/2017"]').getAttribute("aria-describedby");
  assert.ok(described, "the field names its message");
  await page.settle();
});

test("with two tabs on one link the second save is told, and nothing is overwritten in silence", async () => {
  const [, invitation] = await invitations(server, 2);
  const first = await openPage(browser);
  await first.goto(invitation.href);
  await begin(first);
  const second = await first.context().newPage();
  await second.goto(first.url());
  await first.locator('[name="f/children/visited/2017"]').fill("37");
  await press(first, "save");
  await second.locator('[name="f/children/visited/2017"]').fill("39");
  await second.locator('[name="f/children/visited/2018"]').fill("35");
  await second.locator('button[name="do"][value="save"]').last().click();
  await second.locator(".sv-conflict").waitFor();
  const told = await second.locator("main").innerText();
  assert.match(told, /anden|andet|imens|i mellemtiden|ændret/i, "the second tab is told of the first one's save");
  await shot(second, "municipality-conflict");
  const sides = await second.locator(".sv-conflict label").allInnerTexts();
  assert.equal(sides.length, 2);
  assert.match(sides.join(" "), /\b39\b.*\b37\b/s, "both answers stand side by side");
  const third = await openPage(browser);
  await third.goto(invitation.href);
  await third.goto(first.url());
  assert.equal(await third.locator('[name="f/children/visited/2017"]').inputValue(), "37", "the saved answer stands");
  await first.settle();
  await third.settle();
});
