// Several hands on one answer, and nothing typed lost: colleagues, live questions, an offline browser, a server that restarts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { press, settled } from "./filling.mjs";
import { asMunicipality, asSecretariat, openBrowser, openPage, startDemo } from "./harness.mjs";
import { fits as accessible } from "./looks.mjs";
import { begin, mailAbout } from "./walks.mjs";

const VISITED = (year) => `[name="f/children/visited/${year}"]`;
let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
  server.remember("Mette Holm", "Kan du tage børnene?");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("two colleagues edit at once: different answers merge, the same one is chosen", async () => {
  const [holder, start] = await atTheAnswer();
  await holder.goto(`${start}/hjaelp`);
  await accessible(holder, "hands-empty");
  await holder.getByRole("button", { name: "Send link til kollegaen" }).click();
  await holder.getByText("Kollegaen er ikke spurgt endnu").waitFor();
  await accessible(holder, "hands-faults");
  await holder.getByLabel("Kollegaens navn").fill("Mette Holm");
  await holder.getByLabel("Kollegaens mailadresse").fill("mette@skive.example.dk");
  await holder.getByLabel(/Børn og unge/).check();
  await holder.getByLabel(/Besked/).fill("Kan du tage børnene?");
  await holder.getByRole("button", { name: "Send link til kollegaen" }).click();
  await holder.getByRole("cell", { name: "Ikke åbnet endnu" }).waitFor();
  await accessible(holder, "hands-list");
  const letter = await mailAbout(server, /din hjælp/i, /mette/);
  const colleague = await openPage(browser);
  await colleague.goto(letter.links.find((link) => link.includes("/l/")));
  await accessible(colleague, "colleague-start");
  await begin(colleague);
  await holder.goto(`${start}/afsnit/children`);
  await holder.locator(VISITED(2018)).fill("1");
  await settled(holder);
  await colleague.locator(VISITED(2019)).fill("2");
  await settled(colleague);
  assert.equal(await colleague.locator(VISITED(2018)).inputValue(), "1", "the page follows what the holder wrote");
  // Both write into the same field before either has left it.
  await colleague.locator(VISITED(2017)).fill("5");
  await holder.locator(VISITED(2017)).fill("8");
  await settled(holder);
  await colleague.locator(VISITED(2019)).focus();
  await colleague.locator(".sv-conflict").waitFor();
  assert.match(await colleague.locator("#gem-status").innerText(), /ændret et andet sted/);
  await accessible(colleague, "colleague-conflict");
  await colleague.getByLabel(/^Det, I skrev/).click();
  await colleague.locator(".sv-conflict").waitFor({ state: "detached" });
  await settled(colleague);
  await holder.goto(`${start}/afsnit/children`);
  const figures = await Promise.all([2017, 2018, 2019].map((year) => holder.locator(VISITED(year)).inputValue()));
  assert.deepEqual(figures, ["5", "1", "2"]);
  await holder.getByText("Hvem har ændret hvad?").click();
  assert.match(await holder.locator(".sv-touched").innerText(), /2019: ændret af Mette Holm \(mette@skive\.example\.dk\)/);
  await accessible(holder, "section-touched");
  await holder.goto(`${start}/historik`);
  await accessible(holder, "history");
  await holder.goto(`${start}/hjaelp`);
  await holder.getByRole("button", { name: /træk tilbage/i }).click();
  await holder.getByRole("cell", { name: "Trukket tilbage" }).waitFor();
  await colleague.reload();
  await colleague.getByRole("heading", { name: "Linket er trukket tilbage" }).waitFor();
  await accessible(colleague, "colleague-withdrawn");
  await holder.settle();
  await colleague.settle();
});

test("a page whose focus stands in a field takes what a colleague wrote there, and never undoes it", async () => {
  const [one, start] = await atTheAnswer();
  const [other] = await atTheAnswer();
  for (const page of [one, other]) await page.goto(`${start}/afsnit/adults`);
  const [first, second] = [2017, 2018].map((year) => `[name="f/adults/visited/${year}"]`);
  await one.locator(second).fill("14");
  await settled(one);
  await other.locator(first).fill("31");
  await other.locator(second).focus();
  await settled(other, { leave: false });
  assert.equal(await other.locator(second).inputValue(), "14");
  await other.locator(first).fill("32");
  await settled(other);
  // Typed into while the answer to a save is under way: a choice, and no loss.
  await other.locator(first).fill("33");
  await one.locator(second).fill("15");
  await settled(one);
  await other.route("**/afsnit/adults", async (route) => {
    const reply = await route.fetch();
    await other.locator(second).fill("16");
    await route.fulfill({ response: reply });
    await other.unroute("**/afsnit/adults");
  });
  await other.evaluate(() => document.activeElement.blur());
  await other.locator(".sv-conflict").waitFor();
  assert.match(await other.locator(".sv-conflict").innerText(), /»16«.*»15«/s);
  await one.goto(`${start}/afsnit/adults`);
  assert.deepEqual(await Promise.all([first, second].map((box) => one.locator(box).inputValue())), ["33", "15"]);
  await one.settle();
  await other.context().close();
});

test("questions open and close while the focus and what is typed stay", async () => {
  const [page, start] = await atTheAnswer();
  await page.goto(`${start}/afsnit/offsite`);
  await page.locator('[name="f/offsite/used_children"][value="true"]').check();
  await page.locator('[name="f/offsite/example/situation"]').waitFor();
  assert.match(await page.locator("#gem-nyt").textContent(), /nye? spørgsmål/i);
  const focused = await page.evaluate(() => document.activeElement.name);
  assert.equal(focused, "f/offsite/used_children");
  await accessible(page, "offsite-open");
  await page.locator('[name="f/offsite/used_children"][value="false"]').check();
  await page.locator('[name="f/offsite/example/situation"]').waitFor({ state: "detached" });
  await page.settle();
});

test("a question that opens takes one request, and so does a page turn", async () => {
  const [page, start] = await atTheAnswer();
  await page.goto(`${start}/afsnit/offsite`);
  const asked = [];
  page.on("request", (request) => ["fetch", "document"].includes(request.resourceType()) && asked.push(request.method()));
  await page.locator('[name="f/offsite/used_adults"][value="true"]').check();
  await settled(page);
  assert.deepEqual(asked, ["POST"]);
  await page.locator('[name="f/offsite/used_adults"][value="false"]').check();
  await settled(page);
  assert.deepEqual(asked, ["POST", "POST"]);
  // What is saved already is not saved again before the page turns.
  await press(page, "next");
  assert.deepEqual(asked, ["POST", "POST", "POST"]);
  await page.settle();
});

test("in English the page's script speaks English, and a page that says no does", async () => {
  const [page, start] = await atTheAnswer();
  await page.goto(`${start}/afsnit/adults`);
  await page.getByRole("link", { name: "English" }).click();
  await page.locator("html[lang=en]").waitFor();
  const box = page.locator('[name="f/adults/visited/2019"]');
  await box.fill("9");
  assert.equal(await page.locator("#gem-status").textContent(), "Not saved yet");
  await settled(page);
  assert.match(await page.locator("#gem-status").textContent(), /^Saved at \d\d\.\d\d$/);
  await box.fill("10");
  await box.fill("9");
  assert.match(await page.locator("#gem-status").textContent(), /^Saved at/, "what was taken back is not unsaved");
  const cookies = await page.context().cookies();
  await page.context().clearCookies({ name: "samsvar_svar" });
  await box.fill("8");
  await page.locator('[name="f/adults/visited/2018"]').focus();
  await page.getByText("Not saved: Open your personal link").waitFor();
  await page.locator('button[name="do"][value="next"]').click();
  await page.getByRole("heading", { name: "Open your personal link" }).waitFor();
  await accessible(page, "kept-page-english");
  await page.context().addCookies(cookies);
  await page.getByRole("button", { name: "Save what I wrote" }).click();
  await page.getByText(/^Saved at/).first().waitFor();
  await page.settle();
});

test("what is typed offline is kept, shown as unsaved, and sent when the server is back", async () => {
  const [page, start] = await atTheAnswer();
  await page.goto(`${start}/afsnit/adults`);
  await page.context().setOffline(true);
  await page.locator('[name="f/adults/visited/2017"]').fill("11");
  await page.locator('[name="f/adults/visited/2018"]').focus();
  await page.getByText(/Ikke gemt endnu – vi prøver igen/).waitFor();
  await page.locator('button[name="do"][value="next"]').click();
  assert.match(page.url(), /\/adults$/, "the page stays while nothing can be saved");
  await accessible(page, "section-offline");
  await page.context().setOffline(false);
  await page.getByText(/^Gemt kl\./).waitFor();
  assert.deepEqual(await keptIn(page), []);
  await server.kill9();
  await page.locator('[name="f/adults/visited/2018"]').fill("12");
  await page.locator('[name="f/adults/visited/2019"]').focus();
  await page.getByText(/Ikke gemt endnu – vi prøver igen/).waitFor();
  await server.restart();
  await page.getByText(/^Gemt kl\./).waitFor();
  const other = await page.context().newPage();
  await other.goto(`${start}/afsnit/adults`);
  assert.equal(await other.locator('[name="f/adults/visited/2018"]').inputValue(), "12");
});

test("what an expired session could not save is offered after the link is opened again", async () => {
  const [page, start] = await atTheAnswer();
  const section = `${start}/afsnit/adults`;
  await page.goto(section);
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await page.locator('[name="f/adults/visited/2019"]').fill("21");
  await page.locator('[name="f/adults/visited/2018"]').focus();
  await page.getByText(/Ikke gemt: Åbn dit personlige link/).waitFor();
  await page.locator('button[name="do"][value="next"]').click();
  await page.getByRole("button", { name: "Gem det, jeg skrev" }).waitFor();
  await accessible(page, "kept-page");
  await page.context().addCookies(cookies);
  await page.goto(section);
  await page.getByText("Her er noget, I skrev, som ikke blev gemt").waitFor();
  await accessible(page, "section-offer");
  await page.getByRole("button", { name: "Brug det" }).click();
  await page.getByText(/^Gemt kl\./).waitFor();
  assert.deepEqual(await keptIn(page), []);
  await page.reload();
  assert.equal(await page.locator('[name="f/adults/visited/2019"]').inputValue(), "21");
  await page.settle();
});

test("without script an expired session gives back what was typed", async () => {
  const page = await asMunicipality(server, browser, { script: false });
  const start = page.url();
  await page.goto(`${start}/afsnit/adults`);
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await page.locator('[name="f/adults/offsite_period"]').fill("3");
  await press(page, "save");
  await page.context().addCookies(cookies);
  await page.getByRole("button", { name: "Gem det, jeg skrev" }).click();
  await page.waitForURL(/gemt=1/);
  assert.equal(await page.locator('[name="f/adults/offsite_period"]').inputValue(), "3");
  await page.settle();
});

test("the secretariat writes down an answer that came by telephone", async () => {
  const page = await asSecretariat(server, browser);
  await page.goto(`${server.url}/sekretariat/indsamlinger/tilmelding-som-fokuskommune/svar/thisted-kommune-social-og-sundhed`);
  await page.getByRole("link", { name: /^Indtast svar for/ }).click();
  await accessible(page, "on-behalf");
  await page.getByRole("button", { name: "Åbn skemaet" }).click();
  await accessible(page, "on-behalf-faults");
  await page.getByLabel(/telefon/).check();
  await Promise.all([page.waitForURL(/\/svar\/[^/]+$/), page.getByRole("button", { name: "Åbn skemaet" }).click()]);
  await accessible(page, "on-behalf-start");
  await begin(page);
  await page.locator('[name="f/participation/takes_part"][value="false"]').check();
  await settled(page);
  await press(page, "next");
  await page.getByRole("button", { name: "Indsend svar" }).click();
  await page.waitForURL(/kvittering/);
  await page.goto(`${server.url}/sekretariat/indsamlinger/tilmelding-som-fokuskommune/svar/thisted-kommune-social-og-sundhed`);
  assert.match(await page.locator("main").innerText(), /sekretariatet\), modtaget på telefon/);
  await page.settle();
});

test("a first view weighs less than 60 kB with the fonts cached, and holds no inline script or style", async () => {
  for (const path of ["", "/afsnit/children", "/afsnit/offers", "/hjaelp"]) {
    const [page, start] = await atTheAnswer();
    const client = await page.context().newCDPSession(page);
    await client.send("Network.enable");
    await client.send("Network.clearBrowserCache");
    const fonts = new Set();
    let bytes = 0;
    client.on("Network.responseReceived", ({ requestId, type }) => type === "Font" && fonts.add(requestId));
    client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (!fonts.has(requestId)) bytes += encodedDataLength;
    });
    await page.goto(start + path, { waitUntil: "networkidle" });
    assert.ok(bytes > 5_000 && bytes < 60_000, `${path || "/"} weighs ${bytes} bytes`);
    const inline = await page.locator("script:not([src]), style, [style], [onclick], [onload]").count();
    assert.equal(inline, 0);
    await page.settle();
  }
});

async function atTheAnswer() {
  const page = await asMunicipality(server, browser);
  await page.waitForURL(/\/svar\//);
  return [page, page.url()];
}

/** What the browser holds of answers. */
function keptIn(page) {
  return page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("samsvar:")));
}
