// Opens a downloaded XLSX file: a ZIP of XML parts, read just far enough to see sheets and typed cells.
import { inflateRawSync } from "node:zlib";

/** `[{ name, rows: [[value, …], …] }]`; a number cell is a number, a text cell a string, an empty one null. */
export function openWorkbook(bytes) {
  const parts = unzip(bytes);
  const strings = [...(parts.get("xl/sharedStrings.xml") ?? "").matchAll(/<si>([\s\S]*?)<\/si>/g)].map(([, inner]) => textIn(inner));
  const names = [...parts.get("xl/workbook.xml").matchAll(/<sheet [^>]*name="([^"]*)"/g)].map(([, name]) => unescaped(name));
  return names.map((name, index) => ({ name, rows: rowsIn(parts.get(`xl/worksheets/sheet${index + 1}.xml`), strings) }));
}

function rowsIn(xml, strings) {
  const rows = [];
  for (const [, cells] of xml.matchAll(/<row\b[^>]*?(?:\/>|>([\s\S]*?)<\/row>)/g)) {
    const row = [];
    for (const [, head, inner = ""] of (cells ?? "").matchAll(/<c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
      const place = /\br="([A-Z]+)/.exec(head);
      // A cell without a reference stands beside the one before it.
      row[place ? column(place[1]) : row.length] = valueOf(/t="(\w+)"/.exec(head)?.[1], inner, strings);
    }
    rows.push(Array.from(row, (value) => value ?? null));
  }
  return rows;
}

function valueOf(type, inner, strings) {
  const value = /<v>([\s\S]*?)<\/v>/.exec(inner)?.[1];
  if (type === "inlineStr") return textIn(inner);
  if (value === undefined) return null;
  if (type === "s") return strings[Number(value)];
  return type === "str" ? unescaped(value) : Number(value);
}

function column(letters) {
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function textIn(xml) {
  return [...xml.matchAll(/<t\b[^>]*>([\s\S]*?)<\/t>/g)].map(([, text]) => unescaped(text)).join("");
}

function unescaped(text) {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => ({ lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" })[name]);
}

/** The parts by path, from the archive's central directory. */
function unzip(bytes) {
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) throw new Error("not a ZIP archive");
  const parts = new Map();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, size, nameLength, extra, comment, local] = [
      bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32), bytes.readUInt32LE(at + 42),
    ];
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(start, start + size);
    parts.set(name, (method === 8 ? inflateRawSync(packed) : packed).toString("utf8"));
    at += 46 + nameLength + extra + comment;
  }
  return parts;
}
