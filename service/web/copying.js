// An answer as text or Markdown for elsewhere, and the link that brings its question back.

import { isWeb, shown } from "./dom.js";
import { S, date, heldUntil } from "./strings.js";

const BLOCKS = ["code", "table"];

export const link = (question) => `${location.origin}/#q=${encodeURIComponent(question)}`;

// What stands in place of an answer; where nothing was searched for one, the service says why.
export const instead = (answer) => (answer.refusal ? S.refusal : answer.answer);

export function asText(answer) {
  if (answer.abstained) return shown(`${answer.question}\n\n${instead(answer)}\n`);
  const sources = answer.citations.map((one) => {
    const address = one.source_url ?? one.url;
    return [`[${one.marker}] ${place(one)}`, isWeb(address) ? address : ""].filter(Boolean).join("\n    ");
  });
  return shown(`${answer.question}\n\n${answer.answer}\n\n${S.sources}\n${sources.join("\n")}\n`);
}

export function asMarkdown(answer) {
  const head = `**${escaped(answer.question)}**`;
  if (answer.abstained) return shown(`${head}\n\n${instead(answer)}\n`);
  const sources = answer.citations.map((one) => {
    const address = one.source_url ?? one.url;
    const title = escaped(place(one));
    // In angle brackets an address can hold anything but these.
    return `${one.marker}. ${isWeb(address) ? `[${title}](<${encodeURI(decoded(address))}>)` : title}`;
  });
  return shown(`${head}\n\n${body(answer.sentences)}\n\n${S.sources}:\n\n${sources.join("\n")}\n`);
}

function place(one) {
  const dated = one.updated_at ? `, ${date(one.updated_at)}` : "";
  const stale = one.validity ? ` (${heldUntil(one.validity)})` : "";
  return `${one.title}, ${S.line(one.lines)}${dated}${stale}`;
}

function decoded(address) {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}

function body(sentences) {
  let text = "";
  let before = "";
  for (const { text: words, kind, citations } of sentences) {
    const marks = citations.map((marker) => `[${marker}]`).join("");
    if (text) text += kind === "sentence" && before === "sentence" ? " " : "\n\n";
    text += BLOCKS.includes(kind) ? `${block(kind, words)}\n\n${marks}` : `${lines(words)} ${marks}`;
    before = kind;
  }
  return text;
}

function block(kind, words) {
  const rows = words.split("\n").map((line) => line.split(" | "));
  const width = rows[0].length;
  if (kind === "table" && width > 1 && rows.every((row) => row.length === width)) {
    const row = (cells) => `| ${cells.map((cell) => escaped(cell).replaceAll("|", "\\|")).join(" | ")} |`;
    return [row(rows[0]), row(rows[0].map(() => "---")), ...rows.slice(1).map(row)].join("\n");
  }
  // Longer than any fence in the text.
  const runs = words.match(/`+/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return `${fence}\n${words}\n${fence}`;
}

const lines = (words) => words.split("\n").map(line).join("\n");

// Markers of lists stay what they are; the rest is text.
function line(words) {
  const [, marker, rest] = /^(\s*(?:[-*+]|\d+[.)])\s+)?(.*)$/s.exec(words);
  return (marker ?? "") + escaped(rest);
}

const escaped = (words) => words.replace(/[\\`*_[\]<>#~]/g, "\\$&").replace(/^([-+=])/, "\\$1");

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOld(text);
  }
}

// Without TLS browsers have no clipboard but the one of old.
function copyOld(text) {
  const area = document.createElement("textarea");
  const focused = document.activeElement;
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return isCopied;
}
