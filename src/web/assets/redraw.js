// Makes a page that is being filled in what the server drew anew, without touching what somebody is typing in.

/** What somebody would see in a control. */
export const stateOf = (control) => `${control.value}|${control.checked}`;

/** How each control stood when the focus came into it. */
export const entered = new WeakMap();

/** How the server drew each control last; at first, as the page came. */
const drawn = new WeakMap();
const drawnOf = (control) => drawn.get(control) ?? `${control.defaultValue ?? control.value}|${control.defaultChecked ?? control.checked}`;

/** How each control stands while a request is under way; `passedOver` once a newer answer could not be put in. */
export function statesOf(form) {
  return Object.assign(new Map([...form.elements].map((control) => [control, stateOf(control)])), { passedOver: false });
}

/** What a control is known by from one drawing to the next; empty where nothing tells. */
export const keyOf = (node) => node.id || (node.name && `${node.name}=${node.type === "radio" || node.type === "hidden" || node.type === "submit" ? node.value : ""}`) || "";

/** Turns `old` into `fresh` in place, so that focus, selection and scrolling stay. */
export function grow(old, fresh, shown) {
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const match = partner(at, wanted);
    if (!match) {
      old.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    while (at !== match) at = dropped(at);
    at = match.nextSibling;
    if (match.nodeType === Node.TEXT_NODE) {
      if (match.data !== wanted.data) match.data = wanted.data;
    } else if (match.nodeType === Node.ELEMENT_NODE) become(match, wanted, shown);
  }
  while (at) at = dropped(at);
}

function dropped(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

/** The node from `at` on that `wanted` is a newer state of: what closes before it takes nothing from it. */
function partner(at, wanted) {
  const identity = identityOf(wanted);
  if (!identity) return at && at.nodeType === wanted.nodeType && at.nodeName === wanted.nodeName && !identityOf(at) ? at : null;
  for (let node = at; node; node = node.nextSibling) {
    if (node.nodeName === wanted.nodeName && identityOf(node) === identity) return node;
  }
  return null;
}

/** What tells a node from its neighbours: its own key; that of the first control in it, whatever is said before that; without controls, of what has an id. */
function identityOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  const own = keyOf(node);
  if (own) return own;
  const inner = node.querySelector("[name]:not([type=hidden])") ?? node.querySelector("[id]");
  return inner ? `in ${keyOf(inner)}` : "";
}

function become(old, fresh, shown) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !["open", "value", "checked"].includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!["value", "checked"].includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const isControl = ["INPUT", "TEXTAREA", "SELECT"].includes(old.nodeName);
  if (!isControl) return grow(old, fresh, shown);
  if (old.nodeName === "SELECT" && old.options.length !== fresh.options.length) grow(old, fresh, shown);
  if (old.type === "file") return;
  const untouched = !shown.has(old) || shown.get(old) === stateOf(old);
  const chosen = ["radio", "checkbox"].includes(old.type);
  const typing = old === document.activeElement && !chosen && entered.get(old) !== stateOf(old);
  // What somebody had changed before it was sent comes back as the server wrote it down: that is no other's answer.
  const asDrawn = shown.get(old) === drawnOf(old);
  drawn.set(old, stateOf(fresh));
  if (!untouched || typing) {
    if (asDrawn && stateOf(fresh) !== shown.get(old)) shown.passedOver = true;
    return;
  }
  if (chosen) old.checked = fresh.checked;
  else if (old.value !== fresh.value) old.value = fresh.value;
  if (entered.has(old)) entered.set(old, stateOf(old));
}
