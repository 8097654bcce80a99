// After the deadline, told by a clock that is moved for the whole program: closed first, and later the link is no more.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startDemo } from "./harness.mjs";
import { assertRefusal } from "./refusal.mjs";
import { Visitor, fieldsOf, textOf } from "./visitor.mjs";
import { invitations } from "./walks.mjs";

let server;
let link;
let visitor;
let start;

before(async () => {
  server = await startDemo();
  [{ href: link }] = await invitations(server, 1);
  visitor = new Visitor(server);
  start = (await visitor.go(link)).path;
});
after(() => server?.stop());

test("a closed campaign takes no answers, and says so", async () => {
  const section = `${start}/afsnit/children`;
  await visitor.post(`${start}/genaabn`, { grund: "Et tal var forkert." });
  const page = await visitor.ask(section);
  assert.equal(page.status, 200);
  const fields = [...fieldsOf(page.text, section), ["do", "save"]];
  await server.restart({ clock: "+20d" });

  const late = await visitor.go(link);
  assert.equal(late.status, 200, "the answer can still be read");
  assert.match(textOf(late.text), /indsamlingen lukkede/i);
  assertRefusal(await visitor.post(section, fields), [403]);
  assertRefusal(await visitor.post(`${start}/indsend`, { set: "1" }), [403]);
  assertRefusal(await visitor.ask(section), [403]);
});

test("an expired link opens nothing", async () => {
  await server.restart({ clock: "+200d" });
  assertRefusal(await new Visitor(server).ask(link), [410]);
  assertRefusal(await visitor.ask(start), [410]);
});
