// Draws the README's pictures anew: `make screenshots`. Not a test.
import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { asMunicipality, asSecretariat, fromRoot, openBrowser, run, startDemo } from "./harness.mjs";

const folder = fromRoot("docs");
await mkdir(folder, { recursive: true });
const server = await startDemo();
const browser = await openBrowser();

async function picture(page, name, height) {
  await page.setViewportSize({ width: 1280, height });
  await page.screenshot({ path: `${folder}/${name}.png` });
}

const municipality = await asMunicipality(server, browser);
await municipality.goto(`${municipality.url()}/afsnit/children`);
await municipality.locator('[name="f/children/visited/2017"]').fill("ca. 5");
await municipality.locator('[name="f/children/visited/2018"]').fill("oplyses ikke");
await municipality.locator('[name="f/children/visited/2019"]').fill("3");
await picture(municipality, "form", 1000);

const desk = await asSecretariat(server, browser);
await desk.goto(`${new URL(desk.url()).origin}/sekretariat/indsamlinger/central-udmelding-svaere-spiseforstyrrelser`);
await picture(desk, "secretariat", 900);

const faults = await run(["check-config"], {
  SAMSVAR_LISTEN: "8080", SAMSVAR_MAIL_TRANSPORT: "smtp", SAMSVAR_MAIL_TLS: "none", SAMSVAR_BASE_URL: "samsvar.example.dk",
});
const terminal = await browser.newPage();
const escaped = faults.stderr.replace(/[&<]/g, (sign) => ({ "&": "&amp;", "<": "&lt;" })[sign]);
await terminal.setContent(
  `<body style="margin:0;background:#1a1a1a;color:#f5f5f5"><pre style="font:16px/1.6 monospace;padding:24px;white-space:pre-wrap">$ samsvar check-config\n${escaped}</pre>`,
);
await picture(terminal, "operator", 190);

await browser.close();
await server.stop();
// Smaller files where the tool is there; the pictures are right without it.
spawnSync("pngquant", ["--force", "--ext", ".png", ...["form", "secretariat", "operator"].map((n) => `${folder}/${n}.png`)]);
process.exit(0);
