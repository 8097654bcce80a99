// What every refusal owes the person who gets it: a fitting status and a Danish sentence, and nothing of the inside.
import assert from "node:assert/strict";
import { textOf } from "./visitor.mjs";

export function assertRefusal(answer, statuses) {
  const said = textOf(answer.text);
  assert.ok(statuses.includes(answer.status), `status ${answer.status}, not ${statuses.join(" or ")}: ${said.slice(0, 300)}`);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(said, /\b(ikke|kun|skal|skriv)\b/i, "the page speaks Danish");
  assert.match(said, /[a-zæøå]+ [a-zæøå]+[^.]*\./i, "and in a sentence");
  assertNothingInside(answer.text);
}

export function assertNothingInside(text) {
  assert.doesNotMatch(text, /panicked|stack backtrace|src\/[\w/]+\.rs|sled|serde|RUST_|thread '/, "the page tells of the inside");
}
