// The program without its server: settings are checked, and a form becomes a page that stands alone.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { axe, fromRoot, openBrowser, openPage, overflow, run, shot, temporaryDirectory } from "./harness.mjs";

let directory;
let browser;

before(async () => {
  [directory, browser] = await Promise.all([temporaryDirectory(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await rm(directory, { recursive: true, force: true });
});

test("the example configuration is accepted", async () => {
  const secret = path.join(directory, "smtp-password");
  await writeFile(secret, "kun-til-proeven\n");
  const { code, stderr } = await run(["check-config", "--config", fromRoot("deploy/samsvar.toml")], {
    SAMSVAR_MAIL_PASSWORD_FILE: secret,
  });
  assert.equal(code, 0, stderr);
});

test("faulty settings are all named at once, and no secret is repeated", async () => {
  const file = path.join(directory, "faulty.toml");
  await writeFile(file, 'listen = "nowhere"\n[mail]\ntransport = "smtp"\npassword = "kun-til-proeven"\ntls = "perhaps"\n');
  const { code, stdout, stderr } = await run(["check-config", "--config", file]);
  assert.equal(code, 1);
  for (const key of ["listen", "mail.host", "mail.tls"]) assert.match(stdout + stderr, new RegExp(key.replace(".", "\\.")));
  assert.doesNotMatch(stdout + stderr, /kun-til-proeven/);
});

for (const [language, greeting] of [["da", "Børn og unge under 18 år"], ["en", "Children"]]) {
  test(`a rendered form is an accessible page that stands alone (${language})`, async () => {
    const folder = fromRoot("forms/spiseforstyrrelser-kommune");
    const args = ["form", "render", path.join(folder, "form.json"), "--ui", path.join(folder, "ui.json"), "--lang", language];
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 0, stderr);
    const file = path.join(directory, `${language}.html`);
    await writeFile(file, stdout);
    const page = await openPage(browser);
    await page.goto(pathToFileURL(file).href);
    await page.getByText(greeting).first().waitFor();
    assert.equal(await page.locator("html").getAttribute("lang"), language);
    assert.deepEqual(await axe(page), []);
    await shot(page, `rendered-${language}`);
    await page.setViewportSize({ width: 320, height: 256 });
    assert.equal(await overflow(page), 0, "it fits at 400 % zoom");
    await page.settle();
  });
}
