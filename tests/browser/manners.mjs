// Three ways to use a page: mouse and script, the keyboard alone, and script off.
import * as keyboard from "./keyboard.mjs";
import * as keys from "./keyfilling.mjs";
import * as pointer from "./filling.mjs";

const clicking = {
  /** Follows the link, or presses the button, with this text, and waits for the page it leads to. */
  async press(page, name) {
    const way = page.getByRole("button", { name }).or(page.getByRole("link", { name })).first();
    await Promise.all([page.waitForEvent("framenavigated"), way.click()]);
    await page.waitForLoadState();
  },
  write: (page, name, text) => page.getByLabel(name).first().fill(text),
  tick: (page, name) => page.getByLabel(name).first().check(),
  /** A choice may be saved, and its question gone, before anybody could look whether it is checked. */
  choose: (page, name) => page.getByLabel(name).first().click(),
  writeIn: (page, name, text) => page.locator(`[name="${name}"]`).fill(text),
  leave: (page) => page.evaluate(() => document.activeElement?.blur()),
  fillAll: pointer.fillAll,
};

export const MANNERS = {
  mouse: { ...clicking, script: true },
  keyboard: { ...keyboard, writeIn: keys.writeIn, leave: (page) => page.keyboard.press("Tab"), fillAll: keys.fillAll, script: true },
  "script off": { ...clicking, script: false },
};
