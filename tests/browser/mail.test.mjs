// Real mail: letters leave over required STARTTLS, come again after a refusal, and never leave without TLS.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fillAll } from "./filling.mjs";
import { openBrowser, openPage, readJson, run, startServe } from "./harness.mjs";
import { openCollection } from "./collection.mjs";
import { LOGIN, linkIn, startMailServer } from "./mailserver.mjs";
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
