// A visitor without a browser: keeps cookies, reads forms, and can send what no browser would.
import { setTimeout as pause } from "node:timers/promises";

export class Visitor {
  constructor(server) {
    this.server = server;
    this.cookies = new Map();
  }

  /** One request; redirects are not followed. The body's text is on the answer as `text`. */
  async ask(address, { method = "GET", headers = {}, body } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(new URL(address, this.server.url), {
      method,
      body,
      headers: { ...(cookie && { cookie }), ...headers },
      redirect: "manual",
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    return {
      status: response.status,
      headers: response.headers,
      location: response.headers.get("location"),
      text: Buffer.from(await response.arrayBuffer()).toString("utf8"),
    };
  }

  /** Follows redirects like a browser: the last answer, with its `path`. */
  async go(address, options) {
    let path = new URL(address, this.server.url).pathname;
    let answer = await this.ask(address, options);
    for (let hop = 0; hop < 5 && answer.status === 303; hop += 1) {
      path = new URL(answer.location, this.server.url).pathname;
      answer = await this.ask(answer.location);
    }
    return { ...answer, path };
  }

  /** Sends a form's fields, urlencoded; `fields` are pairs or an object. */
  post(address, fields, headers = {}) {
    return this.ask(address, { method: "POST", body: new URLSearchParams(fields), headers });
  }
}

/** What a page's form to `action` would send as it stands: pairs of name and value. */
export function fieldsOf(html, action) {
  const form = [...html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map(([text]) => text).find((text) => text.includes(action));
  if (!form) throw new Error(`no form to ${action} in: ${html.slice(0, 2000)}`);
  const pairs = [];
  for (const [tag] of form.matchAll(/<input\b[^>]*>/g)) {
    const [name, value, type] = ["name", "value", "type"].map((key) => attribute(tag, key));
    const sent = !/^(submit|button|file)$/.test(type ?? "text") && (!/^(radio|checkbox)$/.test(type ?? "") || /\schecked\b/.test(tag));
    if (name && sent) pairs.push([name, value ?? "on"]);
  }
  for (const [, tag, text] of form.matchAll(/(<textarea\b[^>]*>)([\s\S]*?)<\/textarea>/g)) {
    pairs.push([attribute(tag, "name"), unescaped(text).replace(/^\n/, "")]);
  }
  for (const [, tag, options] of form.matchAll(/(<select\b[^>]*>)([\s\S]*?)<\/select>/g)) {
    const chosen = /<option\b[^>]*\bselected\b[^>]*>/.exec(options) ?? /<option\b[^>]*>/.exec(options);
    pairs.push([attribute(tag, "name"), attribute(chosen?.[0] ?? "", "value") ?? ""]);
  }
  return pairs;
}

/** Readable text of a page, for sentences. */
export function textOf(html) {
  return unescaped(html.replace(/<(script|style)\b[\s\S]*?<\/\1>/g, " ").replace(/<[^>]+>/g, " ")).replace(/\s+/g, " ").trim();
}

/** Asks again until `look()` gives something, for at most `within` milliseconds. */
export async function eventually(look, what, within = 40_000) {
  const end = Date.now() + within;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(100);
  }
}

function attribute(tag, name) {
  const found = new RegExp(`\\s${name}=(?:"([^"]*)"|([^\\s>]+))`).exec(tag);
  return found ? unescaped(found[1] ?? found[2]) : null;
}

function unescaped(text) {
  const named = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal || hex) return String.fromCodePoint(decimal ? Number(decimal) : parseInt(hex, 16));
    return named[name] ?? whole;
  });
}
