// Pages that are turned in place: back and forward, faults, a network that meddles, two who write, what is typed meanwhile.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { settled } from "./filling.mjs";
import { asMunicipality, openBrowser, startDemo } from "./harness.mjs";
import { accessible, assertFaulty } from "./looks.mjs";

let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a turned page is read from its heading, says its title, and goes back and forward like any other", async () => {
  const page = await atSection("children");
  const loads = countLoads(page);
  await page.locator(visited("children", 2017)).fill("4");
  await next(page).click();
  await there(page, "adults");
  assert.deepEqual(await reading(page), { focus: "H1", top: 0 });
  assert.match(await page.title(), /^Voksne.* – Central/);
  const spoken = page.locator("body > [role=status]");
  await spoken.filter({ hasText: "Voksne" }).waitFor();
  await spoken.filter({ hasText: /^$/ }).waitFor({ state: "attached" });
  await page.locator("#gem-status", { hasText: /^Gemt kl\./ }).waitFor();
  await accessible(page, "turned");
  // What is typed when somebody goes back is saved first.
  await page.locator(visited("adults", 2018)).fill("17");
  await page.goBack();
  await there(page, "children");
  assert.equal((await reading(page)).focus, "H1");
  assert.equal(await page.locator(visited("children", 2017)).inputValue(), "4");
  await page.goForward();
  await there(page, "adults");
  assert.equal(await page.locator(visited("adults", 2018)).inputValue(), "17");
  assert.equal(loads(), 0, "no page was loaded anew");
  await page.reload();
  await page.goBack();
  await there(page, "children");
  await page.goBack();
  await page.waitForURL((url) => !url.pathname.includes("/afsnit/"));
  await page.getByRole("link", { name: /^(Begynd|Fortsæt)/ }).waitFor();
  await page.settle();
});

test("every button of a page leads where it says, in place", async () => {
  const page = await atSection("children");
  const loads = countLoads(page);
  for (const [button, heading] of [["Historik", "Historik"], ["Bed en kollega om hjælp", /kollega/], ["Om skemaet og hjælp", /Central/], ["Gennemse og send", "Gennemse og send"]]) {
    await page.getByRole("button", { name: button }).click();
    await page.waitForURL((url) => !url.pathname.includes("/afsnit/"));
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await page.goBack();
    await there(page, "children");
  }
  assert.equal(loads(), 0);
  await page.settle();
});

test("a fault keeps the page, with the focus on the summary", async () => {
  const page = await atSection("adults");
  await page.locator(visited("adults", 2017)).fill("mange");
  await next(page).click();
  await page.waitForURL(/vis=fejl/);
  await assertFaulty(page, "turned");
  assert.equal(await page.locator(visited("adults", 2017)).inputValue(), "mange");
  await page.locator(visited("adults", 2017)).fill("7");
  await next(page).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/adults"));
  await page.settle();
});

test("a fault that goes while somebody is back in the field takes nothing from it, nor the focus", async () => {
  const page = await atSection("themes");
  const box = page.locator("form#svar textarea").last();
  const name = await box.getAttribute("name");
  await box.fill("for langt ".repeat(1_000));
  await next(page).click();
  await page.waitForURL(/vis=fejl/);
  assert.equal(await box.getAttribute("aria-invalid"), "true");
  await page.route("**/afsnit/themes", async (route) => {
    const reply = await route.fetch();
    await box.focus();
    await box.fill("Kortere, og rettet imens");
    await route.fulfill({ response: reply });
  }, { times: 1 });
  await box.fill("Kortere");
  await box.blur();
  await page.waitForFunction((name) => !document.querySelector(`[name="${name}"]`).hasAttribute("aria-invalid"), name);
  assert.deepEqual(await page.evaluate(() => [document.activeElement.name, document.activeElement.value]), [name, "Kortere, og rettet imens"]);
  await settled(page);
  await page.reload();
  assert.equal(await box.inputValue(), "Kortere, og rettet imens");
  await page.settle();
});

test("a double click turns one page", async () => {
  const page = await atSection("children");
  const asked = [];
  page.on("request", (request) => request.method() === "POST" && asked.push(request.url()));
  await next(page).dblclick();
  await there(page, "adults");
  await page.locator("#gem-status", { hasText: /^Gemt kl\./ }).waitFor();
  assert.equal(asked.length, 1);
  assert.match(page.url(), /\/adults$/);
  await page.settle();
});

test("a network that takes the header away costs an exchange, and one that answers itself does not stop the button", async () => {
  const page = await atSection("children");
  await page.route("**/afsnit/children", async (route) => {
    const { "samsvar-side": _, ...headers } = route.request().headers();
    await route.continue({ headers });
  });
  await next(page).click();
  await there(page, "adults");
  await page.unroute("**/afsnit/children");
  const asked = [];
  await page.route("**/afsnit/adults", async (route) => {
    const byScript = "samsvar-side" in route.request().headers();
    asked.push(byScript);
    if (byScript) await route.fulfill({ status: 200, contentType: "text/html", body: "<title>Netværk</title><h1>Log på netværket</h1>" });
    else await route.continue();
  });
  await page.locator(visited("adults", 2019)).fill("23");
  await next(page).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/adults"));
  assert.deepEqual(asked.slice(0, 2), [true, false]);
  await page.unroute("**/afsnit/adults");
  await page.getByRole("button", { name: "Tilbage" }).click();
  await there(page, "adults");
  assert.equal(await page.locator(visited("adults", 2019)).inputValue(), "23");
  await page.settle();
});

test("away from the server the page stays with the focus, and the button works once it is back", async () => {
  const page = await atSection("children");
  await next(page).click();
  await there(page, "adults");
  await page.context().setOffline(true);
  await page.locator(visited("adults", 2017)).fill("31");
  await next(page).click();
  await page.getByText(/^Ikke gemt endnu – vi prøver igen/).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.value), "next");
  assert.match(page.url(), /\/adults$/);
  await page.locator(visited("adults", 2018)).fill("32");
  await page.goBack();
  await page.waitForFunction(() => location.pathname.endsWith("/adults"));
  assert.equal(await page.locator(visited("adults", 2018)).inputValue(), "32", "going back leaves nothing unsaved behind");
  await page.context().setOffline(false);
  await next(page).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/adults"));
  await page.goBack();
  await there(page, "adults");
  assert.deepEqual(await Promise.all([2017, 2018].map((year) => page.locator(visited("adults", year)).inputValue())), ["31", "32"]);
  await page.context().close();
});

test("what another program writes into the page while it is turned is saved too", async () => {
  const page = await atSection("adults");
  await page.route("**/afsnit/adults", async (route) => {
    const reply = await route.fetch();
    await page.evaluate((name) => (document.querySelector(name).value = "44"), visited("adults", 2019));
    await route.fulfill({ response: reply });
  }, { times: 1 });
  await page.locator(visited("adults", 2018)).fill("43");
  await next(page).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/adults"));
  await page.goBack();
  await there(page, "adults");
  assert.deepEqual(await Promise.all([2018, 2019].map((year) => page.locator(visited("adults", year)).inputValue())), ["43", "44"]);
  await page.settle();
});

test("a stale tab that turns its page is asked which answer counts", async () => {
  const [one, other] = [await atSection("adults"), await atSection("adults")];
  await one.locator(visited("adults", 2017)).fill("51");
  await settled(one);
  await other.locator(visited("adults", 2017)).fill("52");
  await next(other).click();
  await other.locator(".sv-conflict").waitFor();
  await assertFaulty(other, "conflict");
  await accessible(other, "turned-conflict");
  assert.match(other.url(), /\/adults$/);
  await other.getByLabel(/^Det, I skrev/).click();
  await other.locator(".sv-conflict").waitFor({ state: "detached" });
  await next(other).click();
  await other.waitForURL((url) => !url.pathname.endsWith("/adults"));
  await one.reload();
  assert.equal(await one.locator(visited("adults", 2017)).inputValue(), "52");
  await one.settle();
  await other.settle();
});

test("of two tabs, one closes the section of the other: what was typed there is kept, and the page says so", async () => {
  const [one, other] = [await atSection("children"), await atSection("reservations")];
  const text = other.locator('[name="f/reservations/text"]');
  await closeBoth(one, true);
  await text.fill("Talt op ved sagsgennemgang");
  await text.blur();
  await other.getByText("Gemt, men afsnittet gælder ikke længere").waitFor();
  await accessible(other, "closed-while-open");
  await next(other).click();
  await other.getByRole("heading", { name: "Afsnittet gælder ikke længere" }).waitFor();
  await closeBoth(one, false);
  await other.goto(other.url());
  assert.equal(await text.inputValue(), "Talt op ved sagsgennemgang");
  await one.settle();
  await other.settle();
});

/** Says that there is nobody in either age group, or takes it back. */
async function closeBoth(page, closed) {
  for (const section of ["children", "adults"]) {
    await page.goto(page.url().replace(/[^/]*$/, section));
    await page.locator(`[name="f/${section}/none"][type=checkbox], [name="n/${section}/none"][type=checkbox]`).first().setChecked(closed);
    await settled(page);
  }
}

async function atSection(section) {
  const page = await asMunicipality(server, browser);
  await page.waitForURL(/\/svar\//);
  await page.goto(`${page.url()}/afsnit/${section}`);
  return page;
}

const next = (page) => page.locator('button[name="do"][value="next"]');

const visited = (section, year) => `[name="f/${section}/visited/${year}"]`;

async function there(page, section) {
  await page.waitForURL(new RegExp(`/afsnit/${section}$`));
  await page.locator(`[name^="f/${section}/"]`).first().waitFor();
}

/** Where a person reads: what has the focus, and how far down. */
const reading = (page) => page.evaluate(() => ({ focus: document.activeElement.tagName, top: scrollY }));

/** How often a page was loaded from now on, whatever was fetched. */
function countLoads(page) {
  let loads = 0;
  page.on("request", (request) => request.resourceType() === "document" && (loads += 1));
  return () => loads;
}
