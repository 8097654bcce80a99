// Fills in a questionnaire's pages with the keyboard alone: Tab from control to control, and at each what its answer needs.
import assert from "node:assert/strict";
import { ATTACHMENT, asTyped, controlsOf, groupsOf, settled, spelled, wantedOf } from "./filling.mjs";

const MOST_STOPS = 900;
/** Longer texts are pasted from here on: as many keys as that show that the box takes them. */
const TYPED = 24;

/** Fills in section after section until the review page. */
export async function fillAll(page, answers, onSection = async () => {}) {
  const seen = new Map();
  // Listened to for as long as it takes: a chooser that opens before anybody listens would stay open.
  page.on("filechooser", (chooser) => chooser.setFiles(ATTACHMENT));
  for (;;) {
    const here = new URL(page.url()).pathname;
    if (here.endsWith("/gennemse")) return seen.size;
    const visits = (seen.get(here) ?? 0) + 1;
    assert.ok(visits <= 5, `the section was not accepted: ${await page.locator("main").innerText()}`);
    seen.set(here, visits);
    await fillSection(page, answers);
    await onSection(page, seen.size);
    await toNext(page);
    await enter(page);
  }
}

/** Answers what stands on the page; what opens meanwhile is reached by going on with Tab. */
export async function fillSection(page, answers) {
  const wanted = wantedOf(answers);
  const groups = new Map(groupsOf(answers));
  for (let stop = 0, quiet = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    if (!at) continue;
    assert.ok(at.visible, `the focus can't be seen on »${at.name || at.text}«`);
    if (at.name === "do") {
      const [, group] = /^add:(.*)$/.exec(at.value) ?? [];
      if (group !== undefined && at.items < (groups.get(group)?.length ?? 0)) await enter(page);
      // A whole round in which nothing was left to do.
      if (at.value === "next") {
        await settled(page, { leave: false });
        if ((await left(page, wanted)) === 0 || (quiet += 1) > 4) return;
      }
      continue;
    }
    if (at.folded && wanted.has(at.folded)) await page.keyboard.press("Enter");
    else if (wanted.has(at.name)) await answer(page, at, wanted.get(at.name));
  }
  assert.fail("Tab never came to the page's end");
}

/** Tabs to the button that leads on. */
async function toNext(page) {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    const at = await focused(page);
    if (at?.name === "do" && at.value === "next") return;
    await page.keyboard.press("Tab");
  }
  assert.fail("Tab never reached the button that leads on");
}

async function enter(page) {
  await Promise.all([page.waitForEvent("framenavigated"), page.keyboard.press("Enter")]);
  await page.waitForLoadState();
}

/** Writes into the box of that name. */
export async function writeIn(page, name, text) {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press("Tab");
    if ((await focused(page))?.name !== name) continue;
    await page.keyboard.press("Control+A");
    return page.keyboard.type(text);
  }
  return assert.fail(`Tab never reached ${name}`);
}

async function answer(page, at, value) {
  if (at.type === "file") {
    if (at.value) return;
    await page.keyboard.press("Space");
    await page.waitForFunction((name) => document.activeElement.name !== name || document.activeElement.value, at.name);
  } else if (at.type === "radio") {
    await chooseRadio(page, value);
  } else if (at.type === "checkbox") {
    const wanted = Array.isArray(value) ? value.some((one) => spelled(one).includes(at.value)) : value === true;
    if (wanted !== at.checked) await page.keyboard.press("Space");
  } else if (at.tag === "SELECT") {
    await chooseOption(page, value);
  } else if (at.value !== asTyped(value)) {
    const text = asTyped(value);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text.slice(0, TYPED));
    if (text.length > TYPED) await page.keyboard.insertText(text.slice(TYPED));
  }
}

async function chooseRadio(page, value) {
  for (let arrow = 0; arrow < 40; arrow += 1) {
    const at = await focused(page);
    if (spelled(value).includes(at.value)) {
      if (!at.checked) await page.keyboard.press("Space");
      return;
    }
    await page.keyboard.press("ArrowDown");
  }
  assert.fail(`no arrow reached the choice ${JSON.stringify(value)}`);
}

async function chooseOption(page, value) {
  await page.keyboard.press("Home");
  for (let arrow = 0; arrow < 200; arrow += 1) {
    if (spelled(value).includes((await focused(page)).value)) return;
    await page.keyboard.press("ArrowDown");
  }
  assert.fail(`no arrow reached the option ${JSON.stringify(value)}`);
}

/** How many of the wanted answers stand open on the page. */
async function left(page, wanted) {
  const open = (await controlsOf(page)).filter(({ name, type, value: now, values }) => {
    const value = wanted.get(name);
    if (value === undefined) return false;
    if (type === "checkbox" && !Array.isArray(value)) return (values.length > 0) !== value;
    return type === "radio" || type === "checkbox" ? values.length === 0 : now === "";
  });
  return open.length;
}

function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    // Drawn boxes and radio buttons show the focus on their label's own picture.
    const shown = [getComputedStyle(element)];
    for (const label of element.labels ?? []) {
      shown.push(getComputedStyle(label), getComputedStyle(label, "::before"), getComputedStyle(label, "::after"));
    }
    const visible = shown.some(
      ({ outlineStyle, outlineWidth, boxShadow }) =>
        (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none",
    );
    const group = element.closest(".sv-repeat");
    const folded = element.tagName === "SUMMARY" && !element.parentElement.open && element.parentElement.querySelector("[name]");
    return {
      tag: element.tagName,
      type: element.type ?? "",
      name: element.name ?? "",
      value: element.value ?? "",
      folded: folded ? folded.name : "",
      text: element.innerText ?? "",
      checked: element.checked === true,
      items: group ? group.querySelectorAll(":scope > .sv-item, :scope > fieldset.sv-item").length : 0,
      visible,
    };
  });
}
