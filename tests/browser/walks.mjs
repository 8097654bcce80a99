// Steps that several walks share: reading the demonstration's mails, receipts and personal links.
import assert from "node:assert/strict";
import { Visitor, eventually, textOf } from "./visitor.mjs";

/** The demonstration's letters, newest first: `{ subject, to, href }`. */
export async function mails(server) {
  const { status, text } = await new Visitor(server).go("/demo/post");
  assert.equal(status, 200);
  const rows = text.matchAll(/<a href="(\/demo\/post\/[^"]+)">([\s\S]*?)<\/a>[\s\S]*?<td>([\s\S]*?)<\/td>/g);
  return [...rows].map(([, href, subject, to]) => ({ href, subject: textOf(subject), to: textOf(to) }));
}

/** Waits for the newest letter whose subject and receiver match: `{ subject, to, text, links }`. */
export async function mailAbout(server, subject, to = /@/) {
  const found = async () => (await mails(server)).find((mail) => subject.test(mail.subject) && to.test(mail.to));
  return opened(server, await eventually(found, `a mail about ${subject}`));
}

async function opened(server, mail) {
  const { text } = await new Visitor(server).go(mail.href);
  const [article] = text.match(/<article\b[\s\S]*<\/article>/);
  const links = [...article.matchAll(/href="([^"]+)"/g)].map(([, href]) => href);
  const secret = links.map((href) => new URL(href, server.url).pathname).filter((path) => /^\/(l|log-ind)\//.test(path));
  server.remember(...secret.map((path) => path.split("/").at(-1)));
  return { ...mail, text: textOf(article), links };
}

/** Their invented answers have figures for both age groups, so that no question of those is closed. */
const WITH_CITIZENS = ["Aarhus", "Holstebro", "Horsens", "Silkeborg", "Viborg"].map((name) => `${name} Kommune`);

/** Invitations of so many municipalities to the first collection: the same ones each time, whatever the letters' order. */
export async function invitations(server, count) {
  const asked = WITH_CITIZENS.slice(0, count);
  const found = new Map();
  for (const mail of (await mails(server)).filter(({ subject }) => /spiseforstyrrelser/i.test(subject))) {
    const { text, links } = await opened(server, mail);
    const organisation = /Vi beder ([^»]*? Kommune\b)[^»]*? svare/.exec(text)?.[1];
    const href = links.find((link) => link.includes("/l/"));
    if (asked.includes(organisation) && !found.has(organisation)) found.set(organisation, { organisation, href });
    if (found.size === count) return asked.map((organisation) => found.get(organisation));
  }
  return assert.fail(`the demonstration has not invited ${count} municipalities`);
}

/** The number on a receipt page. */
export async function receiptNumber(page) {
  const text = await page.locator("main").innerText();
  const found = /kvittering(?:snummer|s-?nr\.?|\s+nr\.?)?:?\s*([\w-]*\d[\w-]*)/i.exec(text);
  assert.ok(found, `the receipt has a number: ${text}`);
  return found[1];
}

/** From the start page to the first section. */
export async function begin(page) {
  const name = /^(begynd|fortsæt|ret jeres svar)/i;
  await page.getByRole("link", { name }).or(page.getByRole("button", { name })).first().click();
  await page.waitForURL(/\/afsnit\//);
}

/** Opens an answer that was sent, for a reason, from its start page. */
export async function reopen(page) {
  await page.getByRole("link", { name: "Ret jeres svar" }).click();
  await page.getByRole("textbox", { name: /hvorfor/i }).fill("Et tal var forkert.");
  await page.getByRole("button", { name: "Åbn svaret igen" }).click();
  await page.getByRole("link", { name: "Fortsæt" }).waitFor();
}

/** From the review page to the receipt, signed off there if the form has no section for it; returns the receipt's number. */
export async function submit(page) {
  for (const [label, text] of [["Godkendt af (navn)", "Fagchef for prøven"], ["Titel", "Socialchef"]]) {
    const field = page.getByRole("textbox", { name: label, exact: true });
    if ((await field.count()) > 0) await field.fill(text);
  }
  const send = page.getByRole("button", { name: /^indsend/i });
  assert.equal(await send.count(), 1, `the answer can't be sent: ${await page.locator("main").innerText()}`);
  await Promise.all([page.waitForEvent("framenavigated"), send.click()]);
  await page.waitForLoadState();
  assert.match(page.url(), /\/kvittering\//, `the answer was not taken: ${await page.locator("main").innerText()}`);
  return receiptNumber(page);
}

/** The secretariat releases the report as it stands, and comes to the newest edition's page. */
export async function release(page, campaign) {
  await page.goto(`${campaign}/rapport`);
  const button = page.getByRole("button", { name: /^Udgiv som udgave/ });
  if (await button.count()) await button.click();
  else await page.getByRole("link", { name: /^Udgave \d/ }).first().click();
  await page.waitForURL(/\/udgaver\/\d+$/);
}
