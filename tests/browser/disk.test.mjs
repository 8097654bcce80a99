// A disk that is full or read-only, no file handles, a clock set back: people are told, and afterwards it goes on by itself.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, rm, statfs, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { startDemo } from "./harness.mjs";
import { Visitor, eventually, fieldsOf, textOf } from "./visitor.mjs";
import { invitations } from "./walks.mjs";

const run = promisify(execFile);
const MEGABYTE = 1 << 20;
let server;
let mounted;
let visitor;
let section;
let count = 0;

before(async () => {
  server = await startDemo({
    before: async ({ directory }) => {
      const data = path.join(directory, "data");
      await mkdir(data);
      mounted = await run("mount", ["-t", "tmpfs", "-o", "size=160m,mode=700", "tmpfs", data]).then(
        () => data,
        () => undefined,
      );
    },
  });
  const [{ href }] = await invitations(server, 1);
  visitor = new Visitor(server);
  const start = (await visitor.go(href)).path.replace(/\/$/, "");
  await visitor.post(`${start}/genaabn`, { grund: "Forbehold mangler." });
  section = `${start}/afsnit/reservations`;
});
after(async () => {
  await server?.signal("SIGTERM");
  if (mounted) await run("umount", ["-l", mounted]);
  await server?.stop();
});

/** Posts a new text; `saved()` tells whether it is there. */
async function saves() {
  const text = `Forbehold nummer ${(count += 1)}`;
  server.remember(text);
  const own = ["f/reservations/method", "f/reservations/text"];
  const page = await visitor.ask(section);
  const kept = fieldsOf(page.text, section).filter(([name]) => !own.includes(name));
  const fields = [...kept, [own[0], "register"], [own[1], text], ["do", "save"]];
  const answer = await visitor.post(section, fields);
  return { answer, saved: async () => (await visitor.ask(section)).text.includes(text) };
}

async function health() {
  const answer = await fetch(`${server.url}/sundhed`);
  return { status: answer.status, text: await answer.text() };
}

test("on a full disk nothing is saved, both sides are told, and it goes on when there is room", async (t) => {
  if (!mounted) return t.skip("mounting a small disk is not allowed here");
  const filler = path.join(mounted, "filler");
  const { bavail, bsize } = await statfs(mounted);
  await writeFile(filler, Buffer.alloc(bavail * bsize - 20 * MEGABYTE, 1));
  const { answer, saved } = await saves();
  assert.equal(answer.status, 503);
  assert.match(textOf(answer.text), /Der er ikke gemt noget/);
  assert.match(textOf(answer.text), /er ikke gemt\. Lad siden stå åben/);
  assert.equal(await saved(), false);
  const { status, text } = await health();
  assert.equal(status, 503);
  assert.match(text, /make room, no restart is needed/);
  assert.match(server.output(), /nothing saved: .*MiB are left on the disk; make room/);

  await rm(filler);
  const again = await saves();
  assert.equal(again.answer.status < 400, true, `${again.answer.status}`);
  assert.equal(await again.saved(), true);
  assert.equal((await health()).status, 200);
});

test("on a read-only disk the program says so and does not start, and starts afterwards", async (t) => {
  if (!mounted) return t.skip("mounting a small disk is not allowed here");
  const { saved } = await saves();
  await server.signal("SIGTERM");
  await run("mount", ["-o", "remount,ro", mounted]);
  await assert.rejects(server.restart(), /Read-only file system/);
  await run("mount", ["-o", "remount,rw", mounted]);
  await server.restart();
  assert.equal(await saved(), true);
  assert.equal(await (await saves()).saved(), true);
});

test("without file handles nothing acknowledged is lost, and new visitors come in again afterwards", async () => {
  const pid = String(server.child.pid);
  const before = await saves();
  assert.equal(await before.saved(), true);
  const handles = (await readdir(`/proc/${pid}/fd`)).length;
  await run("prlimit", ["--pid", pid, `--nofile=${handles}:4096`]);
  // Over the connections that are open already; a refusal is right, a false receipt is not.
  const outcomes = [];
  for (let round = 0; round < 3; round += 1) {
    outcomes.push(await Promise.race([saves().catch(() => undefined), pause(3_000)]));
  }
  await run("prlimit", ["--pid", pid, "--nofile=4096:4096"]);
  await eventually(async () => (await health()).status === 200, "the server's health", 20_000);
  const last = outcomes.filter((one) => one && one.answer.status < 400).at(-1);
  if (last) assert.equal(await last.saved(), true, "what was acknowledged is there");
  assert.equal(await (await saves()).saved(), true);
});

test("after a clock was set back saving goes on, and the operator is told", async () => {
  await server.restart({ clock: "+1d" });
  const ahead = await saves();
  assert.equal(await ahead.saved(), true);
  await server.restart();
  assert.equal(await ahead.saved(), true);
  assert.equal(await (await saves()).saved(), true);
  const { status, text } = await health();
  assert.equal(status, 200);
  assert.match(text, /clock: was set back by \d+ minutes/);
});
