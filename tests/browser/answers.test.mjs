// One small questionnaire with what stands beside plain boxes: sums, remarks, a count of characters, a choice with a text of its
// own, known figures, dates; and buttons that are pressed twice, or from a tab that is behind.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { openCollection } from "./collection.mjs";
import { press, settled } from "./filling.mjs";
import { writeForm } from "./generated.mjs";
import { asSecretariat, openBrowser, openPage, readJson, startDemo, temporaryDirectory } from "./harness.mjs";
import { tabTo } from "./keyboard.mjs";
import { accessible } from "./looks.mjs";
import { begin, mailAbout, mails } from "./walks.mjs";

const MANAGER = "leder@kommune.example.dk";
/** Ways to write one day. */
const DAYS = ["9.4.2026", "09-04-2026", "9/4 2026", "9. april 2026", "9. apr. 2026", "2026-04-09"];
let server;
let browser;
let forms;

before(async () => {
  forms = await temporaryDirectory();
  await writeForm(forms, "lille", await form(), UI);
  [server, browser] = await Promise.all([startDemo({ variables: { SAMSVAR_FORMS: forms } }), openBrowser()]);
  const page = await asSecretariat(server, browser);
  await collect(page, { title: "Prøve med leder", names: ["Anna"], signOff: "leder" });
  await collect(page, { title: "Prøve uden leder", names: ["Bo", "Carl"] });
  await page.settle();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(forms, { recursive: true, force: true });
});

test("with script everything follows what is typed, and the review tells it; two presses ask the manager once", async () => {
  const page = await open("Anna");
  await takeKnown(page, (button) => button.click());
  await sumsFollow(page);
  await remark(page, "temps/extra", "Kun december mangler");
  await press(page, "next");
  await otherInWords(page);
  await countIsSpoken(page);
  await accessible(page, "answers-method");
  const start = page.url().replace(/\/afsnit\/.*/, "");
  for (const day of DAYS) {
    await page.locator('[name="f/method/day"]').fill(day);
    await settled(page);
    const review = await (await page.context().request.get(`${start}/gennemse`)).text();
    assert.match(review, /<dt>Opgjort den<\/dt><dd>09\.04\.2026</, `the review shows the day that was written as ${day}`);
  }
  await press(page, "next");
  const said = await page.locator("main").innerText();
  for (const part of ["12 (bekræftet)", "uændret (Register 2019)", "Kun december mangler", "Talt af plejerne"]) assert.ok(said.includes(part), `${part}: ${said}`);
  await page.locator("#navn").fill("Dorthe Leder");
  await page.locator("#titel").fill("Socialchef");
  await page.locator("#mail").fill(MANAGER);
  await page.getByRole("button", { name: "Send til godkendelse" }).dblclick();
  await page.getByRole("button", { name: /^Træk anmodningen tilbage/ }).waitFor();
  await mailAbout(server, /./, new RegExp(MANAGER));
  await page.goto(`${start}/historik`);
  assert.equal((await page.locator("main").innerText()).match(/Sendt til godkendelse/g)?.length, 1, "asked once");
  assert.equal((await mails(server)).filter(({ to }) => to.includes(MANAGER)).length, 1, "one letter");
  await page.settle();
});

test("without script the same buttons do the same, and of two tabs and two presses one answer is sent", async () => {
  const page = await open("Bo", { script: false });
  await takeKnown(page, (button) => button.click());
  await fill(page, "lines/wages/less", "3");
  await fill(page, "lines/temps/extra", "ca. 25");
  await fill(page, "lines/temps/less", "0");
  await page.locator("details", { has: page.locator('[name="m/figures/lines/temps/extra"]') }).locator("summary").click();
  await page.locator('[name="m/figures/lines/temps/extra"]').fill("Kun december mangler");
  await press(page, "save");
  assert.deepEqual(await sums(page), ["15", "25", "37", "3", "40"], "the server works out the same");
  await press(page, "next");
  await page.getByLabel("På en anden måde").check();
  await press(page, "next");
  await page.locator('[name="f/method/how_other"]').fill("Talt af plejerne");
  await page.locator('[name="f/method/day"]').fill("9. april 2026");
  const behind = await page.context().newPage();
  await behind.goto(page.url());
  await press(page, "next");
  const late = await page.context().newPage();
  await late.goto(page.url());
  for (const tab of [page, late]) {
    await tab.locator("#navn").fill("Dorthe Leder");
    await tab.locator("#titel").fill("Socialchef");
  }
  await page.getByRole("button", { name: "Indsend svar" }).dblclick();
  await page.waitForURL(/\/kvittering\/1$/);
  await late.getByRole("button", { name: "Indsend svar" }).click();
  await late.waitForURL(/\/kvittering\/1$/);
  await behind.locator('[name="f/method/text"]').fill("Skrevet for sent");
  await behind.locator('button[name="do"][value="next"]').last().click();
  await behind.getByRole("heading", { name: "Svaret er sendt" }).waitFor();
  assert.match(await behind.locator("main").innerText(), /Skrevet for sent/, "what was typed is on the page");
  const second = await page.context().request.get(page.url().replace(/1$/, "2"));
  assert.equal(second.status(), 404, "there is one receipt");
  await mailAbout(server, /kvittering/i, /bo@/);
  assert.equal((await mails(server)).filter(({ subject, to }) => /kvittering/i.test(subject) && to.includes("bo@")).length, 1, "one letter");
  await page.settle();
});

test("with the keyboard a known figure is taken over in one press, and the focus is at its box", async () => {
  const page = await open("Carl");
  await takeKnown(page, async () => {
    await tabTo(page, { name: /^Uændret: Løn/, type: "submit" });
    await page.keyboard.press("Enter");
  });
  assert.equal(await page.evaluate(() => document.activeElement.name), "f/figures/lines/wages/extra");
  await page.settle();
});

/** Takes over the figure that is known; `act(button)` presses its button. */
async function takeKnown(page, act) {
  const box = page.locator('[name="f/figures/lines/wages/extra"]');
  const cell = page.locator("td", { has: box });
  assert.match(await cell.innerText(), /Register 2019: 12/);
  assert.equal(await box.inputValue(), "", "what is known is no answer yet");
  await act(cell.getByRole("button", { name: /^Uændret/ }));
  await cell.getByText("Taget med").waitFor();
  assert.equal(await box.inputValue(), "12 (bekræftet)");
}

/** Sums of rows and columns are right at each word, before and after the server has spoken. */
async function sumsFollow(page) {
  await fill(page, "lines/wages/less", "3");
  await fill(page, "lines/temps/extra", "ca. 25");
  await fill(page, "lines/temps/less", "oplyses ikke");
  const partial = page.locator(".sv-partial:visible");
  assert.deepEqual(await sums(page), ["15", "25", "37", "3", "40"]);
  assert.equal(await partial.count(), 3, "a row, a column and the whole hold a box without a number");
  await fill(page, "lines/temps/less", "0,5");
  assert.deepEqual(await sums(page), ["15", "25,5", "37", "3,5", "40,5"]);
  assert.equal(await partial.count(), 0);
  await settled(page);
  await page.reload();
  assert.deepEqual(await sums(page), ["15", "25,5", "37", "3,5", "40,5"]);
  await answerMeanwhile(page, async () => {
    await fill(page, "lines/wages/less", "4");
    await page.locator('[name="f/figures/lines/wages/less"]').blur();
  });
}

/** The server's answer to an earlier state comes while somebody types on: the sums stay with what stands in the boxes. */
async function answerMeanwhile(page, act) {
  const base = await page.locator('form#svar [name="base"]').inputValue();
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(/\/afsnit\/figures$/, async (route) => { await held; await route.continue(); }, { times: 1 });
  await Promise.all([page.waitForRequest((request) => request.method() === "POST"), act()]);
  await fill(page, "lines/temps/extra", "30");
  release();
  await page.waitForFunction((base) => document.querySelector("form#svar").elements.base.value !== base, base);
  assert.deepEqual(await sums(page), ["16", "30,5", "42", "4,5", "46,5"]);
  await settled(page);
}

const fill = (page, name, text) => page.locator(`[name="f/figures/${name}"]`).fill(text);

const sums = (page) => page.locator("output[data-sum]").allTextContents();

/** Writes beside one cell, which keeps it. */
async function remark(page, cell, text) {
  const box = page.locator(`[name="m/figures/lines/${cell}"]`);
  const folded = page.locator("details", { has: box });
  if (!(await box.isVisible())) await folded.locator("summary").click();
  await box.fill(text);
  await settled(page);
  assert.equal(await box.inputValue(), text);
}

/** A choice that wants words opens a box for them. */
async function otherInWords(page) {
  const words = page.locator('[name="f/method/how_other"]');
  assert.equal(await words.count(), 0);
  await page.getByLabel("På en anden måde").click();
  await words.waitFor();
  await words.fill("Talt af plejerne");
  await settled(page);
}

/** The count follows each key and is spoken once the keys rest. */
async function countIsSpoken(page) {
  const box = page.locator('[name="f/method/text"]');
  const spoken = page.locator("#f-method-text-left");
  await box.focus();
  await box.evaluate((control) => {
    window.spoken = [];
    const voice = document.getElementById(`${control.id}-left`);
    new MutationObserver(() => voice.textContent && window.spoken.push(voice.textContent)).observe(voice, { childList: true, characterData: true, subtree: true });
    for (const text of ["T", "Ta", "Tal"]) {
      control.value = text;
      control.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  });
  assert.equal(await page.locator('[data-count="f-method-text"]').textContent(), "3");
  await spoken.getByText("Der er plads til 47 tegn mere.").waitFor({ state: "attached" });
  assert.deepEqual(await page.evaluate(() => window.spoken), ["Der er plads til 47 tegn mere."]);
  await box.fill("æ".repeat(53));
  await spoken.getByText("Der er 3 tegn for meget.").waitFor({ state: "attached" });
  await box.fill("Journalen er gennemgået.");
  await settled(page);
  assert.equal(await page.locator('[data-count="f-method-text"]').textContent(), "24");
}

/** The first section of this person's answer. */
async function open(name, options) {
  const { links } = await mailAbout(server, /./, new RegExp(addressOf(name)));
  const page = await openPage(browser, options);
  await page.goto(links.find((link) => link.includes("/l/")));
  await begin(page);
  return page;
}

const addressOf = (name) => `${name.toLowerCase()}@kommune.example.dk`;

/** Opens a collection of the small questionnaire, and lays one known figure beside it for everybody. */
async function collect(page, { title, names, signOff }) {
  const lines = names.map((name) => `${name} Kommune;;kommune;Fagkoordinator;${addressOf(name)};`);
  const campaign = await openCollection(page, server, {
    title,
    sender: "sekretariat@example.dk",
    forms: [["kommune", "lille"]],
    recipients: `organisation;afdeling;gruppe;navn;mail;telefon\n${lines.join("\n")}\n`,
    signOff,
  });
  const known = names.map((name) => `${name} Kommune;/figures/lines/wages/extra;12;Register 2019`);
  await page.goto(`${campaign}/kendte-svar`);
  await page.locator("#fil").setInputFiles({ name: "register.csv", mimeType: "text/csv", buffer: Buffer.from(`svarende;felt;værdi;kilde\n${known.join("\n")}\n`) });
  await page.getByRole("button", { name: "Læg svarene ved" }).click();
  await page.getByText("svar er lagt ved").waitFor();
}

async function form() {
  const { $defs } = await readJson("forms", "merudgifter", "form.json");
  const row = (title) => ({ title, type: "object", properties: { extra: { title: "Merudgift", $ref: "#/$defs/amount" }, less: { title: "Mindreudgift", $ref: "#/$defs/amount" } }, required: ["extra", "less"] });
  const figures = {
    title: "Tal",
    type: "object",
    properties: { lines: { title: "Udgifter i 1.000 kr.", type: "object", properties: { wages: row("Løn"), temps: row("Vikarer") }, required: ["wages", "temps"] } },
    required: ["lines"],
  };
  const method = {
    title: "Metode",
    type: "object",
    properties: {
      how: { title: "Hvordan har I talt?", oneOf: [{ const: "journal", title: "I journalen" }, { const: "other", title: "På en anden måde" }] },
      day: { title: "Opgjort den", type: "string", format: "date" },
      text: { title: "Beskriv metoden", type: "string", maxLength: 50 },
    },
    required: ["how", "day"],
    if: { properties: { how: { const: "other" } }, required: ["how"] },
    then: { properties: { how_other: { title: "Hvilken?", type: "string", minLength: 1 } }, required: ["how_other"] },
  };
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title: "Lille prøve", type: "object", $defs, properties: { figures, method }, required: ["figures", "method"] };
}

const CELL = { "ui:widget": "figure" };
const ROW = { extra: CELL, less: CELL };
const UI = {
  figures: { lines: { "ui:widget": "grid", "ui:options": { sums: "both", comments: true, corner: "Post" }, wages: ROW, temps: ROW } },
  method: { "ui:order": ["how", "how_other", "day", "text"], how: { "ui:widget": "radio" }, text: { "ui:widget": "textarea" } },
};
