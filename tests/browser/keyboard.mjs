// A person who uses the keyboard only: moves with Tab, sees the focus, types, and presses keys.
import assert from "node:assert/strict";

const MOST_STEPS = 400;

/** Tabs on until the focused element matches `{ name, role? }`; each stop on the way must show its focus. */
export async function tabTo(page, wanted) {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    await page.keyboard.press("Tab");
    const focused = await focusedElement(page);
    if (!focused) continue;
    assert.ok(focused.visible, `the focus can't be seen on »${focused.name}«`);
    if (matches(focused, wanted)) return focused;
  }
  assert.fail(`no Tab reached ${wanted.role ?? ""} ${wanted.name} on ${new URL(page.url()).pathname.split("/").at(-1)}`);
}

/** Writes into the field with this label. */
export async function write(page, name, text) {
  await tabTo(page, { name });
  await page.keyboard.press("Control+A");
  await page.keyboard.type(text);
}

/** Ticks the box with this label. */
export async function tick(page, name) {
  const { checked } = await tabTo(page, { name, type: "checkbox" });
  if (!checked) await page.keyboard.press("Space");
}

/** Chooses among radio buttons: Tab reaches the group, arrows move in it. */
export async function choose(page, name) {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    await page.keyboard.press("Tab");
    let focused = await focusedElement(page);
    if (focused?.type !== "radio") continue;
    for (let arrow = 0; arrow < 12 && focused.type === "radio"; arrow += 1) {
      if (matches(focused, { name })) {
        if (!focused.checked) await page.keyboard.press("Space");
        return;
      }
      await page.keyboard.press("ArrowDown");
      focused = await focusedElement(page);
    }
  }
  assert.fail(`no radio button ${name}`);
}

/** Presses the button, or follows the link, with this text; waits for the page it leads to. */
export async function press(page, name) {
  await tabTo(page, { name });
  await Promise.all([page.waitForEvent("framenavigated"), page.keyboard.press("Enter")]);
  await page.waitForLoadState();
}

function matches(focused, { name, type }) {
  return name.test(focused.name) && (!type || focused.type === type);
}

function focusedElement(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const labels = [...(element.labels ?? [])].map((label) => label.innerText).join(" ");
    const named = (element.getAttribute("aria-labelledby") ?? "")
      .split(" ")
      .map((id) => document.getElementById(id)?.innerText ?? "")
      .join(" ")
      .trim();
    const spoken = element.cloneNode(true);
    spoken.querySelectorAll('[aria-hidden="true"]').forEach((part) => part.remove());
    const name = element.getAttribute("aria-label") || named || labels || spoken.textContent || element.value || "";
    // Drawn boxes and radio buttons show the focus on their label's own picture.
    const shown = [getComputedStyle(element)];
    for (const label of element.labels ?? []) {
      shown.push(getComputedStyle(label), getComputedStyle(label, "::before"), getComputedStyle(label, "::after"));
    }
    const visible = shown.some(
      ({ outlineStyle, outlineWidth, boxShadow }) =>
        (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none",
    );
    return { name: name.trim(), type: element.type ?? "", checked: element.checked === true, visible };
  });
}
