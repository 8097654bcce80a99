// From a sign-up to those selected: three ways through the selection, the letters, and the status half-way.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { asFocus, asSecretariat, openBrowser, openPage, readJson, startDemo } from "./harness.mjs";
import { fits as accessible } from "./looks.mjs";
import { fillAll } from "./filling.mjs";
import { press, tabTo, write } from "./keyboard.mjs";
import { begin, mailAbout, mails, submit } from "./walks.mjs";

const SELECTED = ["Brønderslev", "Hjørring", "Mariagerfjord", "Rebild", "Thisted"];
let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
});
afterEach(async () => {
  await server.reset();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a late sign-up is selected, written to, and answers half-way", async () => {
  await signsUp();
  const page = await asSecretariat(server, browser);
  await page.goto(selection());
  await accessible(page, "selection");
  assert.match(await one(page, "Thisted").innerText(), /Ja .*Efter svarfristen/);
  assert.match(await one(page, "Rebild").innerText(), /Modtaget mundtligt/);

  await choose(page, SELECTED, "valgt");
  await choose(page, ["Jammerbugt", "Region Nordjylland"], "venteliste");
  await one(page, "Region Nordjylland").getByLabel("Nummer på ventelisten").fill("1");
  await save(page);
  await page.getByRole("heading", { name: "Der er ikke gemt noget endnu" }).waitFor();
  await accessible(page, "selection-faults");
  await page.getByLabel("Fælles grund").fill("Styregruppens møde 5. maj");
  await save(page);
  await page.getByText("Udvælgelsen er gemt.").waitFor();
  assert.match(await one(page, "Region Nordjylland").innerText(), /Venteliste nr\. 1/);
  assert.match(await one(page, "Jammerbugt").innerText(), /Venteliste nr\. 2/);

  await page.getByRole("link", { name: "Ret brevenes tekster" }).click();
  await accessible(page, "selection-texts");
  await page.locator("#valgt-brev").fill("Kære {modtager}, {ukendt}");
  await page.getByRole("button", { name: "Gem teksterne" }).click();
  await page.getByText("Feltet »{ukendt}« findes ikke.").first().waitFor();
  await accessible(page, "selection-texts-faults");
  await page.locator("#valgt-brev").fill("Kære {modtager}\n\nTillykke til {organisation}. De valgte er {valgte}.\n\n{afsender}");
  await page.getByRole("button", { name: "Gem teksterne" }).click();
  await page.getByRole("heading", { name: "Brevet »Valgt« (5)" }).waitFor();
  const letter = page.locator("details", { hasText: "Tillykke til Thisted Kommune" });
  await letter.locator("summary").click();
  await accessible(page, "selection-letters");
  await page.getByRole("button", { name: "Send de valgte breve" }).dblclick();
  await page.getByText("Brevene er lagt i udbakken").waitFor();
  await accessible(page, "selection-letters-sent");
  const told = await mailAbout(server, /I er valgt/, /social@thisted/);
  assert.match(told.text, /Tillykke til Thisted Kommune, Social og Sundhed\. De valgte er Brønderslev Kommune, .* og Thisted Kommune\./);
  await mailAbout(server, /I er på venteliste/, /region-nordjylland/);
  const all = (await mails(server)).filter(({ subject, to }) => /I er valgt/.test(subject) && /social@thisted/.test(to));
  assert.equal(all.length, 1, "a double click sends one letter");

  await page.goto(`${selection()}/liste`);
  await accessible(page, "selection-list");
  await page.goto(selection());
  await page.getByRole("button", { name: "Lav »Midtvejsstatus for fokuskommuner« til 5 valgte" }).click();
  await page.getByText("Alt er på plads. Indsamlingen kan åbnes.").waitFor();
  await page.getByRole("button", { name: "Åbn indsamlingen" }).click();
  await page.getByText("0 af 5").first().waitFor();
  const status = page.url();
  await answersHalfWay();
  await page.goto(status);
  assert.match(await page.locator("tr", { hasText: "Thisted" }).innerText(), /Indsendt/);
  await page.settle();
});

test("the keyboard alone selects, and writes to those selected", async () => {
  const page = await asSecretariat(server, browser);
  await page.goto(selection());
  for (let n = 0; n < 3; n += 1) {
    await tabTo(page, { name: /^Plads/ });
    await page.keyboard.press("ArrowDown");
  }
  await write(page, /^Fælles grund/, "Styregruppens møde 5. maj");
  await press(page, /^Gem udvælgelsen/);
  await page.getByText("Udvælgelsen er gemt.").waitFor();
  assert.match(await page.locator("main").innerText(), /3\s+er valgt/);
  await press(page, /^Se og send breve/);
  await press(page, /^Send de valgte breve/);
  await page.getByText("Brevene er lagt i udbakken").waitFor();
  await mailAbout(server, /I er valgt/, /broenderslev/);
  await page.settle();
});

test("without script the same is done, and of two at once the second is told", async () => {
  const page = await asSecretariat(server, browser, { script: false });
  const other = await asSecretariat(server, browser, { script: false });
  await page.goto(selection());
  await other.goto(selection());
  await choose(page, ["Brønderslev", "Hjørring", "Mariagerfjord", "Rebild", "Jammerbugt"], "valgt");
  await choose(page, ["Region Nordjylland"], "venteliste");
  await page.getByLabel("Fælles grund").fill("Styregruppens møde 5. maj");
  await save(page);
  await page.getByText("Udvælgelsen er gemt.").waitFor();

  await choose(other, ["Region Nordjylland"], "ikke-nu");
  await other.getByLabel("Fælles grund").fill("Kun kommuner");
  await save(other);
  await other.getByRole("heading", { name: "Udvælgelsen er ændret, siden du åbnede siden" }).waitFor();
  await looks(other, "selection-conflict");
  assert.equal(await one(other, "Region Nordjylland").locator("select").inputValue(), "ikke-nu");
  assert.equal(await one(other, "Brønderslev").locator("select").inputValue(), "valgt");
  assert.equal(await other.getByLabel("Fælles grund").inputValue(), "Kun kommuner");

  await page.goto(selection());
  await choose(page, ["Rebild"], "trukket");
  await one(page, "Rebild").getByLabel("Grund til ændringen").fill("Ringede i dag");
  await save(page);
  await page.getByText("Der er en ledig plads").waitFor();
  await looks(page, "selection-free-place");
  await page.getByRole("button", { name: "Ryk Region Nordjylland op som valgt" }).click();
  await page.getByText("Udvælgelsen er gemt.").waitFor();
  assert.match(await one(page, "Region Nordjylland").innerText(), /Nu:\s+Valgt/);
  await page.getByRole("link", { name: "Se og send breve" }).click();
  await page.getByRole("button", { name: "Send de valgte breve" }).click();
  await page.getByText("Brevene er lagt i udbakken").waitFor();
  const told = await mailAbout(server, /I er valgt/, /region-nordjylland/);
  assert.doesNotMatch(told.text, /Rebild/);

  await page.goto(selection());
  await page.getByRole("button", { name: "Lav næste runde til dem, der vil høre igen" }).click();
  await page.goto(page.url().replace(/[^/]+$/, "modtagere"));
  assert.match(await page.locator("main").innerText(), /1 modtager[\s\S]*Læsø Kommune/);
  await page.settle();
  await other.settle();
});

function selection() {
  return `${server.url}/sekretariat/indsamlinger/tilmelding-som-fokuskommune/udvaelgelse`;
}

/** The part of the page about one who said yes. */
function one(page, name) {
  return page.locator("fieldset", { has: page.locator("legend", { hasText: name }) });
}

async function choose(page, names, place) {
  for (const name of names) await one(page, name).locator("select").selectOption(place);
}

async function save(page) {
  const button = page.getByRole("button", { name: "Gem udvælgelsen" });
  await Promise.all([page.waitForEvent("framenavigated"), button.click()]);
  await page.waitForLoadState();
}

/** Thisted says yes, after the deadline, by its own link. */
async function signsUp() {
  const page = await asFocus(server, browser);
  await begin(page);
  await fillAll(page, await readJson("forms/fokuskommune-tilmelding/examples/valid-takes-part.json"));
  await submit(page);
  await page.settle();
}

/** The representative and the key person are taken over as they were; the rest is filled in. */
async function answersHalfWay() {
  const answers = await readJson("forms/fokuskommune-midtvejs/examples/valid-under-way.json");
  const { links } = await mailAbout(server, /^Midtvejsstatus/, /social@thisted/);
  const page = await openPage(browser);
  await page.goto(links.find((link) => link.includes("/l/")));
  await begin(page);
  assert.match(await page.locator("main").innerText(), /jeres svar i »Tilmelding som fokuskommune«/);
  await accessible(page, "midway-known");
  await fillAll(page, answers);
  await submit(page);
  assert.match(await page.locator("main").innerText(), /Midtvejsstatus for fokuskommuner/);
  await page.settle();
}

/** Like `accessible`, for a page whose own scripts are off: axe comes in a window with script and the same cookies. */
async function looks(page, name) {
  const html = await page.content();
  const seen = await openPage(browser);
  await seen.route("**/udseende", (route) => route.fulfill({ body: html, contentType: "text/html; charset=utf-8" }));
  await seen.goto(`${server.url}/udseende`);
  await accessible(seen, name);
  await seen.settle();
}
