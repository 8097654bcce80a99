// Real mail: letters leave over required STARTTLS, come again after a refusal, and never leave without TLS.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fillAll } from "./filling.mjs";
import { axe, freePort, fromRoot, openBrowser, openPage, overflow, readJson, run, shot, startServe } from "./harness.mjs";
import { openCollection } from "./collection.mjs";
import { LOGIN, deliver, linkIn, startMailServer } from "./mailserver.mjs";
import { eventually } from "./visitor.mjs";
import { begin, submit } from "./walks.mjs";

const STAFF = "sekretariat@example.dk";
const CONTACT = "myndighed.skive@example.dk";
let browser;

before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

test("invitation, answer and receipt go through a mail server with STARTTLS", async () => {
  const post = await startMailServer();
  const server = await startServe(configuration(post), { before: addStaff, log: "trace,sled=info" });
  try {
    const page = await signedIn(server, post);
    post.refuseFor(1);
    await newCampaign(page, server);
    await eventually(() => post.refused() === 1, "the mail server's refusal");
    await server.restart({ clock: "+3m" });
    const invitation = await post.letterTo(CONTACT, /\/l\//);
    assert.ok(invitation.secure, "the letter came over TLS");
    assert.ok(post.sessions.every(({ secure }) => secure), "no password without TLS");
    const link = linkIn(invitation, "/l/");
    server.remember(new URL(link).pathname.split("/").at(-1), CONTACT, STAFF);

    const respondent = await openPage(browser);
    await respondent.goto(link);
    await begin(respondent);
    await fillAll(respondent, await readJson("forms/spiseforstyrrelser-kommune/examples/valid-nothing-to-report.json"));
    await submit(respondent);
    const receipt = await post.letterTo(CONTACT, /kvittering/i);
    assert.ok(receipt.attachments.length > 0, "the answer is attached");
    assert.doesNotMatch(receipt.raw, /\/log-ind\//);
    await respondent.settle();
    await page.settle();
  } finally {
    await server.stop();
    await post.close();
  }
});

test("a mail server without STARTTLS gets neither the password nor a letter", async () => {
  const post = await startMailServer({ secured: false });
  const server = await startServe(configuration(post), { before: addStaff });
  try {
    const page = await openPage(browser);
    await askToSignIn(page, server);
    await pause(3000);
    assert.deepEqual(post.letters, []);
    assert.deepEqual(post.sessions, [], "no login was tried");
    await page.settle();
  } finally {
    await server.stop();
    await post.close();
  }
});

test("a letter that comes back is read, its address corrected, and it is sent again", async () => {
  const post = await startMailServer();
  const receive = await freePort();
  const server = await startServe((port, data) => `${configuration(post)(port, data)}return_path = "samsvar+*@region.example.dk"
receive = "smtp:127.0.0.1:${receive}"
`, { before: addStaff });
  try {
    const page = await signedIn(server, post);
    await newCampaign(page, server);
    const { returnPath } = await post.letterTo(CONTACT, /\/l\//);
    assert.match(returnPath, /^samsvar\+[0-9a-f]{32}@region\.example\.dk$/);
    const sample = async (name) => {
      const mail = await readFile(fromRoot("tests/data/mail", name), "utf8");
      const ours = mail.replaceAll("0123456789abcdef0123456789abcdef", returnPath.slice(8, 40));
      await deliver(receive, returnPath, ours.replaceAll("fagkoordinator@skive.example.dk", CONTACT));
    };
    await sample("answer.eml");
    await sample("exchange-bounce.eml");
    await page.getByRole("link", { name: "Alle breve, og hvad der blev af dem" }).click();
    await page.getByRole("link", { name: /Skive/ }).first().click();
    await page.getByText("Kom retur").first().waitFor();
    await page.getByRole("link", { name: /^Læs mailen/ }).click();
    await page.locator(".sv-mail").waitFor();
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await axe(page), []);
      assert.equal(await overflow(page), 0);
      await shot(page, `mail-came-back-${width}`);
    }
    await page.goBack();
    const corrected = "ny.sagsbehandler@skive.example.dk";
    await page.getByLabel("Adresse").first().fill(corrected);
    await page.getByRole("button", { name: "Ret adresse, og send igen" }).click();
    const again = await post.letterTo(corrected, /\/l\//);
    server.remember(CONTACT, corrected, STAFF, linkIn(again, "/l/").split("/").at(-1));
    await page.settle();
  } finally {
    await server.stop();
    await post.close();
  }
});

function configuration(post) {
  return (port, data) => `listen = "127.0.0.1:${port}"
data = ${JSON.stringify(data)}
base_url = "http://127.0.0.1:${port}"
[mail]
transport = "smtp"
host = "localhost"
port = ${post.port}
tls = "starttls"
user = "${LOGIN.user}"
password = "${LOGIN.pass}"
ca_file = ${JSON.stringify(post.caFile)}
timeout = 5
`;
}

async function addStaff(server) {
  const added = await run(["staff", "add", "Sekretariatet", STAFF, "--config", server.config]);
  assert.equal(added.code, 0, added.stderr);
}

async function askToSignIn(page, server) {
  await page.goto(`${server.url}/log-ind`);
  await page.getByRole("textbox", { name: "Din mailadresse" }).fill(STAFF);
  await page.getByRole("button", { name: "Send mig et link" }).click();
  await page.getByRole("heading", { name: "Se i din mail" }).waitFor();
}

async function signedIn(server, post) {
  const page = await openPage(browser);
  await askToSignIn(page, server);
  await page.goto(linkIn(await post.letterTo(STAFF, /\/log-ind\//), "/log-ind/"));
  await page.getByRole("button", { name: "Log ind" }).click();
  await page.waitForURL(/\/sekretariat/);
  return page;
}

/** One recipient from a CSV file, and the eating-disorder questionnaire, open until next week. */
async function newCampaign(page, server) {
  const recipients = path.join(server.directory, "modtagere.csv");
  await writeFile(recipients, `organisation;afdeling;gruppe;navn;mail;telefon\nSkive Kommune;Social;kommune;Fagkoordinator;${CONTACT};\n`);
  await openCollection(page, server, {
    title: "Prøveindsamling",
    sender: STAFF,
    forms: [["kommune", "spiseforstyrrelser-kommune"]],
    recipients,
  });
}
