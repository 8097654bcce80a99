// Starts the real program and a real browser for one test file, and clears both away afterwards.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const PROGRAM = process.env.SAMSVAR_BIN ?? path.join(ROOT, "target/debug/samsvar");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const READY_WITHIN_MS = 60_000;
const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** A file of the repository. */
export function fromRoot(...parts) {
  return path.join(ROOT, ...parts);
}

export async function readJson(...parts) {
  return JSON.parse(await readFile(fromRoot(...parts), "utf8"));
}

/** A new directory below the system's temporary one; whoever asks removes it. */
export function temporaryDirectory() {
  return mkdtemp(path.join(tmpdir(), "samsvar-test-"));
}

export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Runs the program to its end, with variables of its own: `{ code, stdout, stderr }`. */
export async function run(args, variables = {}) {
  const child = spawn(PROGRAM, args, { env: environment(variables) });
  children.add(child);
  const said = capture(child);
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  children.delete(child);
  return { code, ...said };
}

/** The demonstration on a port of its own, with its printed links under `links`; `variables` are settings of its own. */
export async function startDemo(options = {}) {
  const server = await Server.create(options);
  await options.before?.(server);
  await server.start((port, directory) => ["demo", "--listen", `127.0.0.1:${port}`, "--data", directory]);
  await server.until(() => Object.keys(server.links).length >= 5, "the demonstration's five links");
  return server;
}

/** `samsvar serve` with the settings that `configuration(port, directory)` writes; returns the server. */
export async function startServe(configuration, options = {}) {
  const server = await Server.create(options);
  const file = path.join(server.directory, "samsvar.toml");
  server.config = file;
  await writeFile(file, configuration(server.port, path.join(server.directory, "data")));
  await options.before?.(server);
  await server.start(() => ["serve", "--config", file]);
  return server;
}

/** One running program with its data; survives `kill9()` and `restart()` with the same data and port. */
class Server {
  static async create({ log = "info", variables = {} }) {
    const server = new Server();
    server.variables = variables;
    server.directory = await temporaryDirectory();
    server.port = await freePort();
    server.url = `http://127.0.0.1:${server.port}`;
    server.level = log;
    server.said = [];
    server.secrets = new Set();
    return server;
  }

  async start(args) {
    this.args ??= args(this.port, path.join(this.directory, "data"));
    const env = environment({ SAMSVAR_LOG: this.level, ...this.variables, ...(this.clock && (await movedClock(this.clock))) });
    this.child = spawn(PROGRAM, this.args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.child.once("error", (error) => (this.broken = error));
    children.add(this.child);
    this.said.push(capture(this.child));
    await this.until(() => this.answers(), "an answer from the server");
  }

  async answers() {
    return fetch(this.url, { redirect: "manual" }).then(
      (response) => response.status < 500,
      () => false,
    );
  }

  async until(holds, what) {
    const end = Date.now() + READY_WITHIN_MS;
    while (!(await holds())) {
      if (this.broken) throw new Error(`${this.broken.message}; build it with cargo, or name it in SAMSVAR_BIN`);
      const alive = this.child.exitCode === null && this.child.signalCode === null;
      if (!alive || Date.now() > end) {
        throw new Error(`waited in vain for ${what}; the program said:\n${this.output()}`);
      }
      await pause(50);
    }
  }

  /** `{ Kommune, Tilbud, Fokuskommune, Sekretariat, Mails }` as printed by the demonstration, or as it gave them after a reset. */
  get links() {
    if (this.fresh) return this.fresh;
    const printed = this.said.at(-1)?.stdout.matchAll(/^\s*(\p{L}+):\s+(http\S+)$/gmu) ?? [];
    return Object.fromEntries([...printed].map(([, role, href]) => [role, href]));
  }

  /** Something that must never be in the log: checked when the server stops. */
  remember(...texts) {
    texts.forEach((text) => this.secrets.add(text));
  }

  /** Everything the program printed, over all restarts. */
  output() {
    return this.said.map(({ stdout, stderr }) => stdout + stderr).join("");
  }

  async signal(name) {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once("exit", resolve));
      this.child.kill(name);
      await ended;
    }
    children.delete(this.child);
  }

  async kill9() {
    await this.signal("SIGKILL");
  }

  /** The same data and port; with `clock`, such as `+20d`, that much later. */
  async restart({ clock } = {}) {
    this.clock = clock;
    await this.signal("SIGTERM");
    await this.start();
  }

  /** The demonstration anew, with new personal links. */
  async reset() {
    const old = this.links;
    const form = { method: "POST", body: new URLSearchParams(), redirect: "manual" };
    const { status } = await fetch(`${this.url}/demo/nulstil`, form);
    assert.equal(status, 303);
    await this.until(async () => {
      const page = await (await fetch(`${this.url}/demo`)).text();
      this.fresh = Object.fromEntries([...page.matchAll(/<a href="(http[^"]+)">(\p{L}+)<\/a>/gu)].map(([, href, role]) => [role, href]));
      return Object.keys(old).every((role) => this.fresh[role]) && this.fresh.Kommune !== old.Kommune;
    }, "the demonstration's new links");
  }

  /** Ends the program, removes its data, and checks that its log gave nobody away. */
  async stop() {
    await this.signal("SIGTERM");
    await rm(this.directory, { recursive: true, force: true });
    const log = this.said.map(({ stdout, stderr }) => withoutPrintedLinks(stdout) + stderr).join("");
    const shown = [...this.secrets].filter((secret) => log.includes(secret));
    assert.deepEqual(shown, [], `the log holds what must stay secret:\n${log}`);
    assert.doesNotMatch(log, /\/(l|log-ind)\/[\w-]{16,}/, "the log holds a personal link");
    assert.doesNotMatch(log, /[\w.+-]+@[\w-]+\.[\w.]+/, "the log holds a mail address");
    assert.doesNotMatch(log, /panicked at/, "the program panicked");
  }
}

/** The demonstration prints its links for the person who started it; that is no log line. */
function withoutPrintedLinks(stdout) {
  return stdout.replace(/^.*http:\/\/127\.0\.0\.1:\d+\S*$/gm, "");
}

function capture(child) {
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (said.stderr += text));
  return said;
}

/** Variables under which a program reads a calendar that is moved by `clock`, such as `+20d`. */
async function movedClock(clock) {
  for (const folder of await readdir("/usr/lib")) {
    const library = `/usr/lib/${folder}/faketime/libfaketime.so.1`;
    const found = await access(library).then(() => true, () => false);
    if (found) return { LD_PRELOAD: library, FAKETIME: clock, DONT_FAKE_MONOTONIC: "1" };
  }
  throw new Error("these tests move the clock with Debian's libfaketime; `make test` installs it");
}

function environment(extra = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("SAMSVAR_"));
  return { ...Object.fromEntries(kept), RUST_BACKTRACE: "1", ...extra };
}

/** One browser for a test file; `close()` it in an `after` hook. */
export async function openBrowser() {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [...sandbox, "--disable-quic", "--disable-background-networking", "--disable-component-update"],
  });
}

/**
 * A page in a context of its own (its own cookies). It fails the test, at `page.settle()`, if a script failed,
 * the content security policy stopped something, or anything outside the server was asked for.
 */
export async function openPage(browser, { script = true, width = 1280, height = 900 } = {}) {
  const context = await browser.newContext({
    javaScriptEnabled: script,
    viewport: { width, height },
    locale: "da-DK",
    timezoneId: "Europe/Copenhagen",
    acceptDownloads: true,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (line) => {
    // A refused form answers 4xx, which Chromium reports as an error of its own.
    if (line.type() === "error" && !/status of 4\d\d/.test(line.text())) faults.push(`console: ${line.text()}`);
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") faults.push(`outside request: ${request.url()}`);
  });
  page.settle = async () => {
    await context.close();
    assert.deepEqual(faults, []);
  };
  return page;
}

/** Follows a link from the demonstration's list, as the person it names. */
export async function as(role, server, browser, options) {
  const page = await openPage(browser, options);
  const href = server.links[role];
  assert.ok(href, `the demonstration printed no link for ${role}`);
  if (href.includes("/l/")) server.remember(new URL(href).pathname.split("/").at(-1));
  await page.goto(href);
  return page;
}

export const asMunicipality = (...rest) => as("Kommune", ...rest);
export const asOffer = (...rest) => as("Tilbud", ...rest);
export const asFocus = (...rest) => as("Fokuskommune", ...rest);

export const asSecretariat = (...rest) => as("Sekretariat", ...rest);

/** A picture for a person to look at, when SCREENSHOTS names a directory. */
export async function shot(page, name) {
  if (!process.env.SCREENSHOTS) return;
  await mkdir(process.env.SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
}

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds against WCAG 2.2 A and AA, one readable line each; an empty list is a pass. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }),
  );
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(" ")}: ${failureSummary}`),
  );
}

/** How many pixels the page is wider than its window; text must reflow at 400 % zoom (320 px). */
export function overflow(page) {
  return page.evaluate(() => {
    const widest = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth);
    return Math.max(0, widest - document.documentElement.clientWidth);
  });
}
