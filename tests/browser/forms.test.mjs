// Every shipped form in every state that a page of it can be in, wide and narrow, against WCAG 2.2 AA.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { axe, openBrowser, openPage } from "./harness.mjs";

const run = promisify(execFile);
const program = process.env.SAMSVAR_BIN ?? "target/debug/samsvar";
const forms = await readdir("forms");
let browser;
let folder;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "samsvar-forms-"));
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

for (const form of forms) {
  test(`${form} is accessible in every state`, async () => {
    const page = await openPage(browser);
    for (const [state, options] of Object.entries(await states(form))) {
      const { stdout } = await run(program, ["form", "render", `forms/${form}`, ...options], { maxBuffer: 1 << 26 });
      const file = path.join(folder, `${form}-${state}.html`);
      await writeFile(file, stdout);
      await page.goto(pathToFileURL(file).href);
      // What stands folded is looked at too.
      await page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
      for (const width of [1280, 375]) {
        await page.setViewportSize({ width, height: 900 });
        assert.deepEqual(await axe(page), [], `${form}, ${state}, at ${width} px`);
      }
      if (options.includes("--check")) {
        assert.match(await page.title(), /^(Fejl|Error): /, `${form}, ${state}`);
        assert.deepEqual(await unspoken(page), [], `${form}, ${state}: faults that no control tells of`);
      }
    }
    await page.context().close();
  });
}

/** Empty, with everything missing, with faults, with hidden parts open, and in English. */
async function states(form) {
  const examples = (await readdir(`forms/${form}/examples`)).map((name) => `forms/${form}/examples/${name}`);
  const valid = examples.filter((name) => name.includes("/valid-"));
  const longest = (await Promise.all(valid.map(async (name) => [(await readFile(name)).length, name]))).sort((a, b) => b[0] - a[0])[0][1];
  const faulty = examples.find((name) => name.includes("/faulty-"));
  const answers = path.join(folder, `${form}-faulty.json`);
  await writeFile(answers, JSON.stringify(JSON.parse(await readFile(faulty, "utf8")).answers));
  return {
    empty: [],
    missing: ["--check"],
    faulty: ["--answers", answers, "--check"],
    open: ["--answers", longest],
    english: ["--answers", longest, "--lang", "en"],
  };
}

/** Controls marked as wrong that do not say why. */
function unspoken(page) {
  return page.evaluate(() => [...document.querySelectorAll("[aria-invalid=true]")]
    .filter((control) => !(control.getAttribute("aria-describedby") ?? "").split(" ").some((id) => id.endsWith("-error") && document.getElementById(id)))
    .map((control) => control.id || control.getAttribute("aria-labelledby")));
}

test("sums and character counts follow what is typed", async () => {
  const page = await openPage(browser);
  const { stdout } = await run(program, ["form", "render", "forms/merudgifter"], { maxBuffer: 1 << 26 });
  const file = path.join(folder, "live.html");
  await writeFile(file, stdout);
  await page.goto(pathToFileURL(file).href);
  await page.addScriptTag({ path: "src/web/assets/fields.js", type: "module" });
  const control = (name) => page.locator(`[name="f/expenditure/${name}"]`);
  await control("lines/wages/extra").fill("1.234,5");
  await control("lines/temps/extra").fill("ca. 10");
  await control("lines/it/extra").fill("oplyses ikke");
  const total = page.locator("#f-expenditure-extra_total");
  assert.equal(await total.textContent(), "1.244,5");
  const column = page.locator(".sv-total output").first();
  assert.equal(await column.textContent(), "1.244,5");
  assert.ok(await page.locator(".sv-total .sv-partial").first().isVisible(), "some cells hold no number");
  await control("comment").fill("æøå 🙂");
  assert.equal(await page.locator('[data-count="f-expenditure-comment"]').textContent(), "5");
  await page.context().close();
});
