// A power cut at the worst moment: every answer whose receipt was shown is there after the restart.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startDemo } from "./harness.mjs";
import { Visitor, eventually, fieldsOf } from "./visitor.mjs";
import { invitations } from "./walks.mjs";

const ROUNDS = Number(process.env.SAMSVAR_KILL_ROUNDS ?? 3);
const PEOPLE = 4;
let server;

before(async () => {
  server = await startDemo();
});
after(() => server?.stop());

test("after kill -9 during submission every answer with a receipt is there", async () => {
  const people = await Promise.all((await invitations(server, PEOPLE)).map(({ href }) => person(href)));
  for (let round = 0; round < ROUNDS; round += 1) {
    const receipts = people.map(() => []);
    const refused = new Set();
    let running = true;
    const work = people.map(async (who, index) => {
      while (running) {
        const receipt = await who.amends(`Forbehold ${round}-${index}-${receipts[index].length}`).catch(() => null);
        if (receipt) receipts[index].push(receipt);
        else await pause(5);
      }
    });
    try {
      await eventually(() => receipts.every((shown) => shown.length > round), "a receipt for each before the cut", 60_000);
    } catch (error) {
      throw new Error(`${error.message}; refused: ${[...refused].join("; ")}`);
    } finally {
      await pause(40 * round);
      await server.kill9();
      running = false;
      await Promise.all(work);
    }
    await server.restart();
    for (const [index, shown] of receipts.entries()) {
      for (const { address, text } of shown) {
        const copy = await people[index].visitor.ask(`${address}/kopi.json`);
        assert.equal(copy.status, 200, `${address} is gone`);
        assert.equal(JSON.parse(copy.text).answers.reservations.text, text, `${address} holds another answer`);
      }
    }
  }
});

/** Somebody who has answered, and can send an amendment again and again. */
async function person(href) {
  const visitor = new Visitor(server);
  const { path } = await visitor.go(href);
  const start = path.replace(/\/$/, "");
  const save = async (section, changes) => {
    const address = `${start}/afsnit/${section}`;
    const page = await visitor.ask(address);
    const changed = Object.keys(changes);
    const kept = fieldsOf(page.text, address).filter(([name]) => !changed.includes(name));
    const answer = await visitor.post(address, [...kept, ...Object.entries(changes), ["do", "save"]]);
    assert.ok(answer.status < 400, `${section} was not saved: ${answer.status}`);
  };
  return {
    visitor,
    /** One more submission; its receipt's address and the text that it holds. */
    async amends(text) {
      server.remember(text);
      await visitor.post(`${start}/genaabn`, { grund: "Endnu et forbehold." });
      await save("reservations", { "f/reservations/method": "register", "f/reservations/text": text });
      const review = await visitor.ask(`${start}/gennemse`);
      const sent = await visitor.post(`${start}/indsend`, fieldsOf(review.text, `${start}/indsend`));
      assert.ok(sent.status === 303 && /\/kvittering\//.test(sent.location), `not taken: ${sent.status}`);
      const receipt = await visitor.ask(sent.location);
      assert.equal(receipt.status, 200);
      return { address: sent.location, text };
    },
  };
}
