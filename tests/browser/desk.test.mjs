// The secretariat's whole desk: a collection from scratch, reminders, agreements, and the report at the end.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { asSecretariat, openBrowser, openPage, readJson, startDemo } from "./harness.mjs";
import { fits as accessible } from "./looks.mjs";
import { dayFromNow, openCollection } from "./collection.mjs";
import { fillAll } from "./filling.mjs";
import { press, tabTo, write } from "./keyboard.mjs";
import { begin, mailAbout, mails, submit } from "./walks.mjs";

const TITLE = "Central udmelding 2027";
const NAMES = ["Favrskov", "Hedensted", "Herning", "Holstebro", "Horsens", "Ikast-Brande", "Lemvig", "Norddjurs", "Odder", "Randers", "Ringkøbing-Skjern", "Samsø", "Silkeborg", "Skanderborg", "Skive", "Struer", "Syddjurs", "Viborg", "Aarhus"];
const ANSWERING = ["Favrskov", "Odder"];
let server;
let browser;
let collection;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const addressOf = (name) => `fag@${name.toLowerCase().replaceAll("ø", "oe").replaceAll("å", "aa")}.example.dk`;

test("a collection is made from scratch and invites nineteen", async () => {
  const page = await asSecretariat(server, browser);
  const lines = NAMES.map((name) => `${name} Kommune;;kommune;Fagkoordinator;${addressOf(name)};`);
  const recipients = `organisation;afdeling;gruppe;navn;mail;telefon\n${lines.join("\n")}\n`;
  collection = await openCollection(page, server, {
    title: TITLE,
    sender: "sekretariat@example.dk",
    forms: [["kommune", "spiseforstyrrelser-kommune"]],
    recipients,
    deadline: dayFromNow(14),
    seen: (seen, name) => accessible(seen, `desk-${name}`),
  });
  assert.match(await page.locator("main").innerText(), /19 af 19\s+er inviteret/);
  await accessible(page, "desk-overview");
  await page.settle();
});

test("some answer, and the overview follows without a reload", async () => {
  const desk = await asSecretariat(server, browser);
  await desk.goto(collection);
  const answers = await readJson("forms/spiseforstyrrelser-kommune/examples/valid-nothing-to-report.json");
  for (const name of ANSWERING) {
    const { links } = await mailAbout(server, new RegExp(TITLE), new RegExp(addressOf(name)));
    const page = await openPage(browser);
    await page.goto(links.find((link) => link.includes("/l/")));
    await begin(page);
    await fillAll(page, answers);
    await submit(page);
    await page.settle();
  }
  await desk.getByText("Besvaret af 2 ud af 19.").waitFor({ timeout: 40_000 });
  assert.match(await desk.locator("#oversigt-nyt").textContent(), /2 af 19/);
  await desk.settle();
});

test("one gets more time, one is exempt, and only the rest are reminded", async () => {
  await restart("+4d");
  const page = await asSecretariat(server, browser);
  await page.goto(collection);
  await page.getByRole("link", { name: "Herning Kommune", exact: true }).click();
  await page.getByLabel("Udsæt fristen til").fill(dayFromNow(30));
  await page.getByRole("button", { name: "Udsæt fristen" }).click();
  await page.getByText("(udsat)").waitFor();
  await accessible(page, "desk-respondent");
  await page.goto(`${collection}/svarende/lemvig-kommune`);
  await page.getByLabel("Grund til, at der ikke svares").fill("Har ingen borgere, aftalt på telefon");
  await page.getByRole("button", { name: "Fritag" }).click();
  await page.getByText("Det er gemt.").waitFor();

  await page.goto(`${collection}/paamindelse`);
  await page.getByRole("heading", { name: "Disse 16 påmindes" }).waitFor();
  await page.getByRole("heading", { name: "Ikke disse 3, fordi …" }).waitFor();
  await accessible(page, "desk-remind");
  const before = (await mails(server)).length;
  await page.getByRole("button", { name: "Send påmindelsen nu" }).click();
  await page.waitForURL(collection);
  await server.until(async () => (await mails(server)).length === before + 16, "sixteen reminders");
  const reminded = (await mails(server)).filter(({ subject }) => subject.startsWith("Påmindelse"));
  for (const name of [...ANSWERING, "Lemvig"]) assert.ok(reminded.every(({ to }) => !to.includes(addressOf(name))), name);
  await page.settle();
});

test("the filters and a message work with the keyboard alone", async () => {
  const page = await asSecretariat(server, browser);
  await page.goto(collection);
  await tabTo(page, { name: /^Status$/ });
  await page.keyboard.type("Frit");
  await press(page, /^Vis$/);
  assert.deepEqual(await page.locator("tbody th a").allInnerTexts(), ["Lemvig Kommune"]);
  await press(page, /^Lemvig Kommune$/);
  await write(page, /Skriv til den svarende/, "Tak for snakken.");
  await press(page, /^Send beskeden$/);
  await page.getByText("Beskeden er gemt").waitFor();
  await page.settle();
});

test("answers are read side by side, tagged, corrected and confirmed", async () => {
  const page = await asSecretariat(server, browser);
  const demo = `${server.url}/sekretariat/indsamlinger/central-udmelding-svaere-spiseforstyrrelser`;
  await page.goto(`${demo}/sporgsmaal`);
  await page.locator("#felt").selectOption("/themes/future");
  await page.getByRole("button", { name: "Vis svarene" }).click();
  await page.getByText("17 har svaret.").waitFor();
  await page.locator("#stikord-favrskov-kommune-social-og-sundhed").fill("unge");
  await accessible(page, "desk-question");
  await page.getByRole("button", { name: "Gem stikordene" }).click();
  await page.getByText("unge (1)").waitFor();
  await page.goto(`${demo}/naevnte`);
  await accessible(page, "desk-named");
  await page.goto(`${demo}/svar/favrskov-kommune-social-og-sundhed/ret`);
  await page.locator("#felt").selectOption("/themes/future");
  await page.getByLabel("Det rigtige svar").fill("Flere pladser");
  await page.getByLabel("Grund").fill("Oplyst på telefon");
  await accessible(page, "desk-correct");
  await page.getByRole("button", { name: "Ret svaret" }).click();
  await page.getByText("ikke bekræftet endnu").waitFor();
  await accessible(page, "desk-answer");
  const { links } = await mailAbout(server, /^Vi har rettet jeres svar/, /favrskov/);
  const municipality = await openPage(browser);
  await municipality.goto(links.find((link) => link.includes("/l/")));
  await municipality.getByRole("link", { name: /Skriv med sekretariatet/ }).click();
  await accessible(municipality, "desk-messages");
  await municipality.getByRole("button", { name: "Bekræft rettelsen" }).click();
  await municipality.getByText(/^Bekræftet/).waitFor();
  await municipality.settle();
  await page.settle();
});

test("one answers by telephone, and the secretariat writes it down", async () => {
  const page = await asSecretariat(server, browser);
  await page.goto(`${collection}/svarende/skive-kommune`);
  await page.getByRole("link", { name: "Indtast svar" }).click();
  await page.getByLabel(/telefon/).check();
  await page.getByRole("button", { name: "Åbn skemaet" }).click();
  await page.waitForURL(/\/svar\/[^/]+$/);
  await begin(page);
  await fillAll(page, await readJson("forms/spiseforstyrrelser-kommune/examples/valid-nothing-to-report.json"));
  await submit(page);
  await page.goto(collection);
  await page.getByText("Besvaret af 3 ud af 19.").waitFor();
  await page.settle();
});

test("after the deadline the collection is closed, but for the one with more time", async () => {
  await restart("+20d");
  const page = await asSecretariat(server, browser);
  await page.goto(collection);
  await page.getByText(/^Lukket\./).waitFor();
  assert.equal(await page.getByRole("link", { name: "Send påmindelse" }).count(), 0);
  const { links } = await mailAbout(server, /^Påmindelse/, new RegExp(addressOf("Herning")));
  const herning = await openPage(browser);
  await herning.goto(links.find((link) => link.includes("/l/")));
  await herning.getByRole("link", { name: "Begynd" }).waitFor();
  await herning.settle();
  await page.getByRole("link", { name: "Rapport", exact: true }).click();
  await page.waitForURL(/\/rapport$/);
  assert.match(await page.locator("main").innerText(), /3 (ud )?af 19/);
  await accessible(page, "desk-report");
  await page.settle();
});

/** The demonstration prints its links anew a moment after it answers. */
async function restart(clock) {
  await server.restart({ clock });
  await server.until(() => server.links.Sekretariat, "the secretariat's link");
}
