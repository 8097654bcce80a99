// A questionnaire of any size, generated: every second question depends on another, in each way that a schema can say so.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** Questions of one set: two ways by `if`, one more by `dependentSchemas`, two kinds by `oneOf`. */
const SET = 10;

/** A form of `sections` pages with `sets` of ten questions each. */
export function generatedForm(sections, sets) {
  const properties = {};
  for (let section = 1; section <= sections; section += 1) properties[`s${section}`] = sectionOf(section, sets);
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title: `Skema med ${sections * sets * SET} spørgsmål`, type: "object", properties };
}

function sectionOf(section, sets) {
  const properties = {};
  const allOf = [];
  const dependentSchemas = {};
  for (let set = 1; set <= sets; set += 1) {
    const named = (title) => `${title} ${section}.${set}`;
    const text = (title) => ({ title: named(title), type: "string", maxLength: 200 });
    const of = (name) => `${name}${set}`;
    properties[of("used")] = { title: named("Har I brugt tilbud?"), oneOf: [{ const: "ja", title: "Ja" }, { const: "nej", title: "Nej" }] };
    allOf.push({
      if: { properties: { [of("used")]: { const: "ja" } }, required: [of("used")] },
      then: { properties: { [of("which")]: text("Hvilke tilbud?"), [of("count")]: { title: named("Hvor mange borgere?"), type: "integer", minimum: 0 } } },
      else: { properties: { [of("why")]: text("Hvad har I brugt i stedet?") } },
    });
    properties[of("note")] = text("Har I en bemærkning?");
    dependentSchemas[of("note")] = { properties: { [of("who")]: text("Hvem kan vi spørge om bemærkningen?") } };
    properties[of("operator")] = {
      title: named("Driftsherre"),
      type: "object",
      oneOf: [
        { title: "Kommune", properties: { kind: { const: "municipality" }, name: text("Hvilken kommune?"), since: { title: named("Siden hvilket år?"), type: "integer" } }, required: ["kind"] },
        { title: "Privat", properties: { kind: { const: "private" }, owner: text("Hvem ejer det?") }, required: ["kind"] },
      ],
    };
  }
  return { title: `Afsnit nr. ${section}`, type: "object", properties, allOf, dependentSchemas };
}

/** Writes it where a server finds an operator's own forms. */
export async function writeForm(folder, id, form, ui = {}) {
  await mkdir(path.join(folder, id), { recursive: true });
  await writeFile(path.join(folder, id, "form.json"), JSON.stringify(form));
  await writeFile(path.join(folder, id, "ui.json"), JSON.stringify({ "ui:options": { pages: true }, ...ui }));
}
