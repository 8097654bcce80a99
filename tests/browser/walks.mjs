// Steps that several walks share: reading the demonstration's mails, receipts and personal links.
import assert from "node:assert/strict";
import { Visitor, textOf } from "./visitor.mjs";

/** The letters of the demonstration's mail page, newest first: `{ text, links }`. */
export async function mails(server) {
  const { status, text } = await new Visitor(server).go(server.links.Mails);
  assert.equal(status, 200);
  return text.split(/<article\b/).slice(1).map((html) => ({
    text: textOf(html),
    links: [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href),
  }));
}

export async function mailsTo(server, pattern) {
  return (await mails(server)).filter(({ text }) => pattern.test(text));
}

/** Municipalities of the first campaign that were invited and have not answered, apart from the one with a printed link. */
export async function invitations(server) {
  const printed = Object.values(server.links).map((href) => new URL(href).pathname);
  const found = new Map();
  for (const { text, links } of await mails(server)) {
    const link = links.map((href) => new URL(href, server.url)).find(({ pathname }) => pathname.startsWith("/l/"));
    if (!link || printed.includes(link.pathname)) continue;
    server.remember(link.pathname.split("/").at(-1));
    found.set(link.pathname, { href: link.href, text });
  }
  return [...found.values()];
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

/** From the review page to the receipt; returns the receipt's number. */
export async function submit(page) {
  await page.getByRole("button", { name: /^indsend/i }).click();
  await page.waitForURL(/\/kvittering\//);
  return receiptNumber(page);
}
