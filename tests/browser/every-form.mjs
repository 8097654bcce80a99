// Every shipped form from mail to receipt, in three ways: asked for help, two colleagues at once, a manager who returns it once.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { openCollection } from "./collection.mjs";
import { asSecretariat, fromRoot, openBrowser, openPage, startDemo } from "./harness.mjs";
import { handInWrong } from "./faults.mjs";
import { leavesOf, settled } from "./filling.mjs";
import { accessible, assertFaulty } from "./looks.mjs";
import { MANNERS } from "./manners.mjs";
import { eventually } from "./visitor.mjs";
import { mailAbout, receiptNumber } from "./walks.mjs";

const FORMS = (await readdir(fromRoot("forms"))).sort();
/** As many questionnaires as one collection takes. */
const GROUPS = 3;
let server;
let browser;

/** Walks each form in one of the ways, as tests of a file of its own; `walked` is what a walk does. */
export function walkEach(manner, walked = (walk) => walk.go()) {
  before(async () => {
    [server, browser] = await Promise.all([startDemo(), openBrowser()]);
    const page = await asSecretariat(server, browser);
    for (let first = 0; first < FORMS.length; first += GROUPS) await collect(page, manner, FORMS.slice(first, first + GROUPS));
    await page.settle();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  // Two at a time: a form's pages wait for each other more than for the machine.
  test(`each form, ${manner}`, { concurrency: 2 }, (t) =>
    Promise.all(FORMS.map((form) => t.test(form, async () => walked(await Walk.of(form, manner))))),
  );
}

const mailOf = (form, manner) => `${form}.${manner.replace(" ", "-")}@example.dk`;

/** One collection of these forms, with a respondent for each. */
async function collect(page, manner, forms) {
  const lines = forms.map((form) => `Prøve af ${form};;${form};Fagkoordinator;${mailOf(form, manner)};`);
  await openCollection(page, server, {
    title: `Prøve af ${forms.join(", ")}`,
    sender: "sekretariat@example.dk",
    forms: forms.map((form) => [form, form]),
    recipients: `organisation;afdeling;gruppe;navn;mail;telefon\n${lines.join("\n")}\n`,
    signOff: "leder",
  });
}

/** Pages on which nothing but their title depends on the form: looked at in one walk. */
const SAME = ["hand-over", "conflict", "manager-missing", "comment-missing", "returned", "sent-back", "reopen"];

/** The answer that walks through a form: of its passing examples the one that says most. */
async function exampleOf(form) {
  const folder = fromRoot("forms", form, "examples");
  const names = (await readdir(folder)).filter((name) => name.startsWith("valid-"));
  const texts = await Promise.all(names.map((name) => readFile(`${folder}/${name}`, "utf8")));
  return JSON.parse(texts.sort((a, b) => b.length - a.length)[0]);
}

/** One answer on its way, and everybody who has a hand in it. */
class Walk {
  static async of(form, manner) {
    const walk = new Walk();
    walk.way = MANNERS[manner];
    walk.form = form;
    walk.name = `${form}-${manner.replace(" ", "-")}`;
    walk.answers = await exampleOf(form);
    walk.mail = mailOf(form, manner);
    walk.looked = manner === "mouse";
    return walk;
  }

  /** The address of somebody else in this town hall. */
  of(who) {
    return `${who}.${this.mail}`;
  }

  /** Opens the link of the newest letter about it, in a browser of their own; not the link `than` again. */
  async open(address, subject, than) {
    const newer = async () => {
      const letter = await mailAbout(server, subject, sentTo(address));
      const href = letter.links.find((link) => link.includes("/l/"));
      return href !== than && href;
    };
    const href = await eventually(newer, `a new letter to ${address}`);
    const page = await openPage(browser, { script: this.way.script });
    await page.goto(href);
    page.came = href;
    return page;
  }

  async go() {
    const { way } = this;
    const holder = await this.open(this.mail, /./);
    await way.press(holder, /^Begynd/);
    const section = await this.fillIn(holder);
    await this.look(holder, "review");
    await this.inEnglish(holder, "review");
    await this.colleagues(holder, section);
    await this.toReview(holder);
    const touched = await holder.locator(".sv-touched").textContent();
    for (const name of ["Mette Holm", "Jens Dahl"]) assert.ok(touched.includes(name), `${name} changed something: ${touched}`);
    const first = await this.returned(holder, section);
    await this.toReview(holder);
    await this.ask(holder);
    await this.approved(first);
    await this.received(holder);
    await holder.settle();
  }

  /** Hands in every page wrong before it is put right, up to the review. */
  async goWrong() {
    const holder = await this.open(this.mail, /./);
    await this.way.press(holder, /^Begynd/);
    const faulty = await handInWrong(holder, this.answers, this.name);
    assert.ok(faulty.size > 0, "no page of the form came back with faults");
    await holder.settle();
  }

  /** Fills in everything; returns the section with the most boxes that take any words: `{ title, boxes, alone }`. */
  async fillIn(holder) {
    const texts = new Map();
    await this.way.fillAll(holder, this.answers, async (page) => texts.set(await page.locator("main h1").textContent(), await freeTexts(page)));
    const [title, boxes] = [...texts].sort(([, a], [, b]) => b.length - a.length)[0];
    assert.ok(boxes.length >= 2, "no section of the form has two boxes for text");
    return { title, boxes: boxes.slice(0, 2), alone: texts.size === 1 };
  }

  /** Two colleagues change the same section at once: different answers merge, the same one is chosen. */
  async colleagues(holder, section) {
    const { way } = this;
    const [one, other] = section.boxes;
    await way.press(holder, /^Bed en kollega om hjælp/);
    await this.handOver(holder, "Mette Holm", (page) => way.choose(page, /^Hele skemaet/));
    await this.look(holder, "hand-over");
    await this.handOver(holder, "Jens Dahl", (page) => (section.alone ? way.choose(page, /^Hele skemaet/) : way.tick(page, exactly(section.title))));
    const mette = await this.open(this.of("mette"), /^Din hjælp/);
    const jens = await this.open(this.of("jens"), /^Din hjælp/);
    for (const page of [mette, jens]) await this.toSection(page, section);
    await way.writeIn(mette, one, "Skrevet af Mette");
    await this.save(mette);
    await way.writeIn(jens, other, "Skrevet af Jens");
    if (way.script) {
      await this.save(jens);
      assert.equal(await jens.locator(`[name="${one}"]`).inputValue(), "Skrevet af Mette", "the page follows");
      await way.writeIn(jens, one, "Jens om det samme");
      await way.writeIn(mette, one, "Mette igen");
      await this.save(mette);
      await way.leave(jens);
    } else {
      await way.writeIn(jens, one, "Jens om det samme");
      await way.press(jens, /^Gem$/);
    }
    await jens.locator(".sv-conflict").waitFor();
    assert.match(await jens.locator(".sv-conflict").innerText(), /Jens om det samme.*Gemt af Mette Holm/s);
    await this.look(jens, "conflict");
    await way.choose(jens, /^Gemt af Mette Holm/);
    if (way.script) await jens.locator(".sv-conflict").waitFor({ state: "detached" });
    else await way.press(jens, /^Gem$/);
    this.expected = new Map([[one, way.script ? "Mette igen" : "Skrevet af Mette"], [other, "Skrevet af Jens"]]);
    for (const page of [mette, jens]) {
      await way.press(page, /^Om skemaet og hjælp/);
      await way.press(page, /^Min del er færdig/);
      await page.getByText(/^Du meldte din del færdig/).waitFor();
      await page.settle();
    }
    await way.press(holder, /^Om skemaet og hjælp/);
  }

  async handOver(holder, name, share) {
    await this.way.write(holder, /^Kollegaens navn/, name);
    await this.way.write(holder, /^Kollegaens mailadresse/, this.of(name.split(" ")[0].toLowerCase()));
    await share(holder);
    await this.way.press(holder, /^Send link til kollegaen/);
    await holder.getByRole("rowheader", { name }).waitFor();
  }

  /** From a start page to the section. */
  async toSection(page, { title }) {
    const listed = (await page.getByRole("link", { name: title, exact: true }).count()) > 0;
    await this.way.press(page, listed ? exactly(title) : /^(Begynd|Fortsæt)/);
    await page.waitForURL(/\/afsnit\//);
  }

  /** From a start page to the review. */
  async toReview(holder) {
    await this.way.press(holder, /^(Begynd|Fortsæt)/);
    await this.way.press(holder, /^Gennemse og send/);
  }

  async save(page) {
    if (!this.way.script) return this.way.press(page, /^Gem$/);
    await this.way.leave(page);
    return settled(page, { leave: false });
  }

  /** Sends it for approval. */
  async ask(holder) {
    await this.way.write(holder, /^Lederens navn/, "Lone Leder");
    await this.way.write(holder, /^Lederens titel/, "Socialchef");
    await this.way.write(holder, /^Lederens mailadresse/, this.of("leder"));
    await this.way.press(holder, /^Send til godkendelse/);
    await holder.getByText("Det er ikke sendt til sekretariatet endnu").waitFor();
  }

  /** The manager returns it with a comment, and the holder mends it; returns the link that the manager had. */
  async returned(holder, section) {
    const { way } = this;
    if (this.looked) {
      await way.press(holder, /^Send til godkendelse/);
      await assertFaulty(holder, "manager missing");
      await this.look(holder, "manager-missing");
    }
    await this.ask(holder);
    const manager = await this.open(this.of("leder"), /^Godkend svaret/);
    await this.look(manager, "manager");
    if (this.looked) {
      await way.press(manager, /^Send tilbage med kommentar/);
      await assertFaulty(manager, "comment missing");
      await this.look(manager, "comment-missing");
    }
    await way.write(manager, /^Hvad skal rettes/, "Skriv det tydeligere.");
    await way.press(manager, /^Send tilbage med kommentar/);
    await manager.getByRole("heading", { name: "Svaret er sendt tilbage" }).waitFor();
    await this.look(manager, "returned");
    await manager.settle();
    const back = await this.open(this.mail, /^Sendt tilbage/);
    assert.match(await back.locator("main").innerText(), /Lone Leder har sendt svaret tilbage\s+Skriv det tydeligere\./);
    await this.look(back, "sent-back");
    await this.toSection(back, section);
    await way.writeIn(back, section.boxes[0], "Skrevet tydeligere");
    this.expected.set(section.boxes[0], "Skrevet tydeligere");
    await this.save(back);
    await back.settle();
    await holder.reload();
    await way.press(holder, /^Om skemaet og hjælp/);
    return manager.came;
  }

  /** The manager's second link approves; the receipt is mailed to both. */
  async approved(first) {
    const manager = await this.open(this.of("leder"), /^Godkend svaret/, first);
    assert.match(await manager.locator("main").innerText(), /Skrevet tydeligere/);
    await this.way.press(manager, /^Godkend og send svaret/);
    await manager.getByRole("heading", { name: "Svaret er godkendt og sendt" }).waitFor();
    await this.look(manager, "approved");
    this.number = await receiptNumber(manager);
    await manager.settle();
    for (const address of [this.of("leder"), this.mail]) {
      const receipt = await mailAbout(server, /kvittering/i, sentTo(address));
      assert.ok(receipt.text.includes(this.number), `${address} gets the receipt`);
    }
  }

  /** The holder's receipt, and a copy with every answer on it. */
  async received(holder) {
    await holder.reload();
    await this.way.press(holder, /^Se kvittering/);
    assert.equal(await receiptNumber(holder), this.number);
    await this.look(holder, "receipt");
    await this.inEnglish(holder, "receipt");
    const copy = await (await holder.context().request.get(`${holder.url()}/kopi.json`)).json();
    assert.equal(copy.receipt, this.number);
    assert.deepEqual(missing(this.answers, this.expected, copy.answers), [], "answers that were not sent as they were given");
    if (!this.looked) return;
    await this.way.press(holder, /^Ret svaret/);
    await this.way.press(holder, /^Åbn svaret igen/);
    await assertFaulty(holder, "reason missing");
    await this.look(holder, "reopen");
  }

  /** The page in English, and back. */
  async inEnglish(page, state) {
    if (!this.looked) return;
    await this.way.press(page, /^English$/);
    await page.locator("html[lang=en]").waitFor();
    await this.look(page, `${state}-english`);
    await this.way.press(page, /^Dansk$/);
    await page.locator("html[lang=da]").waitFor();
  }

  /** How the page looks to everybody. */
  async look(page, state) {
    if (this.looked && (this.form === FORMS[0] || !SAME.includes(state))) await accessible(page, `${this.form}-${state}`);
  }
}

const sentTo = (address) => new RegExp(`(^|[\\s<])${address.replaceAll(".", "\\.")}`);

const exactly = (text) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);

/** Names of the filled boxes on a section's page that take any words. */
function freeTexts(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('form#svar textarea, form#svar input[type="text"].input-width-l:not([inputmode]):not([list])')]
      .filter((box) => box.name.startsWith("f/") && box.value && box.checkVisibility())
      .map((box) => box.name),
  );
}

/** Pointers at which the copy holds something else than was written; a file only has to be there. */
function missing(answers, changed, copy) {
  const wanted = new Map([...leavesOf(answers), ...[...changed].map(([name, text]) => [name.slice(1), text])]);
  return [...wanted].filter(([pointer, value]) => {
    const there = at(copy, pointer);
    return value?.sha256 ? there?.mediaType !== "application/pdf" : JSON.stringify(there) !== JSON.stringify(value);
  });
}

function at(value, pointer) {
  const names = pointer.split("/").slice(1).map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce((inner, name) => inner?.[name], value);
}
