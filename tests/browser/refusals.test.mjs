// Bad input over real HTTP: the right status, a Danish sentence, nothing of the inside, and no change.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { startDemo } from "./harness.mjs";
import { assertNothingInside, assertRefusal } from "./refusal.mjs";
import { Visitor, fieldsOf } from "./visitor.mjs";
import { invitations } from "./walks.mjs";

const FIELD = "f/children/visited/2017";
let server;
let visitor;
let section;
let saved;

before(async () => {
  server = await startDemo();
  const [invitation] = await invitations(server, 1);
  visitor = new Visitor(server);
  const start = await visitor.go(invitation.href);
  section = `${start.path.replace(/\/$/, "")}/afsnit/children`;
  await visitor.post(section.replace("/afsnit/children", "/genaabn"), { grund: "Et tal var forkert." });
  const page = await visitor.ask(section);
  assert.equal(page.status, 200, "the first section is called children");
  await visitor.post(section, [...fieldsOf(page.text, section).filter(([name]) => name !== FIELD), [FIELD, "7"], ["do", "save"]]);
  saved = await savedValue();
  assert.equal(saved, "7");
});
after(() => server?.stop());

test("a field of 5 MB is too large", async () => {
  const answer = await visitor.post(section, [...(await hidden()), [FIELD, "9".repeat(5_000_000)], ["do", "save"]]);
  await assertRefused(answer, [413]);
});

test("10,000 array items are too many", async () => {
  const items = Array.from({ length: 10_000 }, (_, index) => [`f/offers/used/${index}/name`, `Tilbud ${index}`]);
  const offers = section.replace(/children$/, "offers");
  const answer = await visitor.post(offers, [...(await hidden()), ...items, ["do", "save"]]);
  await assertRefused(answer, [413, 400, 422]);
});

test("an item far out makes no long list", async () => {
  const offers = section.replace(/children$/, "offers");
  const answer = await visitor.post(offers, [...(await hidden(offers)), ["f/offers/used/4000000000/name", "Tilbud"], ["do", "save"]]);
  assert.ok(answer.status < 500, `status ${answer.status}`);
  assert.ok((await visitor.ask(offers)).text.length < 500_000);
});

test("broken UTF-8 is a bad request", async () => {
  const body = Buffer.concat([Buffer.from(`do=save&${encodeURIComponent(FIELD)}=`), Buffer.from([0xff, 0xfe, 0x80])]);
  const answer = await visitor.ask(section, { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } });
  await assertRefused(answer, [400]);
});

test("a wrong content type is refused", async () => {
  for (const type of ["application/json", "text/plain", "image/png", "nonsense"]) {
    const answer = await visitor.ask(section, { method: "POST", body: '{"children":{}}', headers: { "content-type": type } });
    await assertRefused(answer, [415]);
  }
});

test("a forged token opens nothing", async () => {
  for (const token of ["0".repeat(32), "abc", "x".repeat(500), "%2e%2e%2fetc%2fpasswd", "'%20or%20'1'='1"]) {
    const answer = await new Visitor(server).ask(`/l/${token}`);
    await assertRefused(answer, [404]);
  }
});

test("a forged sign-in link opens nothing", async () => {
  const stranger = new Visitor(server);
  const answer = await stranger.post(`/log-ind/${"0".repeat(32)}`, {});
  await assertRefused(answer, [400, 403, 404, 410]);
  assert.equal((await stranger.ask("/sekretariat")).status === 200, false);
});

test("an answer is open to nobody without its link", async () => {
  const stranger = new Visitor(server);
  await assertRefused(await stranger.ask(section), [401, 403]);
  await assertRefused(await stranger.post(section, [[FIELD, "1"], ["do", "save"]]), [401, 403]);
});

test("a page sent from another site changes nothing", async () => {
  const headers = { origin: "https://ondsindet.example.dk", "sec-fetch-site": "cross-site" };
  await assertRefused(await visitor.post(section, [...(await hidden()), [FIELD, "1"], ["do", "save"]], headers), [403]);
});

test("an unknown address is not found, in Danish", async () => {
  for (const address of ["/findes-ikke", "/svar/0", "/svar/../../etc/passwd", "/statisk/0000000000000000/css/dkfds.css", "/sekretariat/indsamlinger/findes-ikke"]) {
    const answer = await visitor.ask(address);
    assert.ok([401, 403, 404, 303].includes(answer.status), `${address} answers ${answer.status}`);
    assertNothingInside(answer.text);
  }
});

test("an unknown button or section changes nothing", async () => {
  for (const action of ["add:/nowhere", "remove:/children/9", "explode", "add:/offers/used/0/name", "remove:"]) {
    const answer = await visitor.post(section, [...(await hidden()), ["do", action]]);
    assert.ok(answer.status < 500, `${action} answers ${answer.status}`);
    assertNothingInside(answer.text);
  }
  const nowhere = section.replace(/children$/, "findes-ikke");
  assert.ok((await visitor.post(nowhere, [["f/findes/ikke", "1"], ["do", "save"]])).status < 500);
  await assertRefused(await visitor.ask(nowhere), [404]);
});

test("a broken request line does not stop the server", async () => {
  for (const bytes of ["GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n"]) {
    await new Promise((resolve) => {
      const socket = connect(server.port, "127.0.0.1", () => socket.end(bytes));
      socket.on("close", resolve).on("error", resolve).resume();
    });
  }
  assert.equal((await visitor.ask("/")).status, 200);
});

test("pages forbid inline script, framing and caching, and cookies are out of reach of scripts", async () => {
  const [, invitation] = await invitations(server, 2);
  const opened = await new Visitor(server).ask(invitation.href);
  for (const cookie of opened.headers.getSetCookie()) {
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=(Lax|Strict)/i);
  }
  const page = await visitor.ask(section);
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src '(none|self)'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|\*/);
  assert.match(page.headers.get("cache-control") ?? "", /no-store/);
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.match(page.headers.get("referrer-policy") ?? "", /no-referrer|same-origin/);
});

test("styles are kept by browsers for ever, and asked for again cost nothing", async () => {
  const { text } = await visitor.ask("/");
  const href = /<link rel="stylesheet" href="([^"]+)"/.exec(text)[1];
  const first = await visitor.ask(href);
  assert.equal(first.status, 200);
  assert.match(first.headers.get("content-type"), /^text\/css/);
  assert.match(first.headers.get("cache-control"), /immutable/);
  const again = await visitor.ask(href, { headers: { "if-none-match": first.headers.get("etag") } });
  assert.equal(again.status, 304);
});

/** Hidden fields as a browser would send them. */
async function hidden(address = section) {
  const page = await visitor.ask(address);
  return fieldsOf(page.text, address).filter(([name]) => !name.startsWith("f/"));
}

async function savedValue() {
  const page = await visitor.ask(section);
  return fieldsOf(page.text, section).find(([name]) => name === FIELD)?.[1];
}

async function assertRefused(answer, statuses) {
  assertRefusal(answer, statuses);
  assert.equal(await savedValue(), saved, "nothing was changed");
}
