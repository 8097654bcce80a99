// A collection set up in the browser, page by page, as the secretariat does it.
import assert from "node:assert/strict";

/** A date so many days from now, as people write it. */
export function dayFromNow(days) {
  const day = new Date(Date.now() + days * 24 * 3600 * 1000);
  return `${day.getDate()}.${day.getMonth() + 1}.${day.getFullYear()}`;
}

/**
 * Fills in every step and opens the collection; returns its address.
 * `forms` are `[group, form id]`; `signOff` is a code of the rule for approval, such as `leder`; `recipients` is a file, or lines; `seen(page, name)` is told of every step's page.
 */
export async function openCollection(page, server, { title, sender, forms, recipients, deadline = dayFromNow(7), signOff, seen = () => {} }) {
  await page.goto(`${server.url}/sekretariat/indsamlinger/ny`);
  await seen(page, "new");
  await page.getByLabel("Titel", { exact: true }).fill(title);
  await page.getByLabel("Område").fill("Region Midtjylland");
  if (signOff) await page.getByLabel("Skal en leder godkende svaret?").selectOption(signOff);
  await page.getByLabel("Afsenderens navn").fill("Sekretariatet");
  await page.getByLabel("Afsenderens mailadresse").fill(sender);
  await goOn(page);
  await seen(page, "forms");
  for (const [place, [group, form]] of forms.entries()) {
    await page.locator(`#gruppe-${place + 1}`).fill(group);
    await page.locator(`#skema-${place + 1}`).selectOption(form);
  }
  await goOn(page);
  await page.getByText("Læs en liste fra Excel").click();
  await seen(page, "recipients");
  if (recipients.includes("\n")) await page.locator("#liste").fill(recipients);
  else await page.locator("#fil").setInputFiles(recipients);
  await page.getByRole("button", { name: "Læs listen" }).click();
  await page.getByRole("heading", { name: "Listen er læst. Er den rigtig?" }).waitFor();
  await seen(page, "list");
  await page.getByRole("button", { name: "Tag listen i brug" }).click();
  await page.getByRole("link", { name: "Gå videre" }).waitFor();
  await seen(page, "recipients-taken");
  await page.getByRole("link", { name: "Gå videre" }).click();
  await page.getByLabel("Svarfrist").fill(deadline);
  await seen(page, "period");
  await goOn(page);
  await seen(page, "letters");
  await goOn(page);
  await seen(page, "privacy");
  await goOn(page);
  await page.getByText("Alt er på plads. Indsamlingen kan åbnes.").waitFor();
  await seen(page, "check");
  await page.getByRole("button", { name: "Åbn indsamlingen" }).click();
  await page.waitForURL(/\/indsamlinger\/[^/]+$/);
  assert.doesNotMatch(page.url(), /\/ny$/);
  return page.url();
}

async function goOn(page) {
  const before = page.url();
  await page.getByRole("button", { name: "Gem og gå videre" }).click();
  await page.waitForURL((url) => url.href !== before);
}
