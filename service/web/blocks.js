// Parts of an answer as paragraphs, lists, code and tables, each with its citations.

import { el, said } from "./dom.js";
import { S } from "./strings.js";

const ITEM = /^(\s*)([-*+•]|\(?(?:\d{1,9}|#|[a-zA-Z])[.)])\s+(.*)$/;
const BULLET = /^[-*+•]$/;
const BOXES = [
  [/^\[[xX]\]\s+/, "☑ "],
  [/^\[ \]\s+/, "☐ "],
];

// Of a long one its end: it must still fit a line.
const LAST_WORD = /\S{0,20}$/u;

// Appends the parts of an answer to `root` in order; `cite` makes the button of a marker.
export class Blocks {
  constructor(root, cite) {
    this.root = root;
    this.cite = cite;
    this.paragraph = null;
  }

  add(sentence) {
    const cites = sentence.citations.map((marker) => this.cite(marker));
    const text = sentence.text;
    if (sentence.kind === "sentence" && !text.includes("\n")) return this.runOn(text, cites);
    this.paragraph = null;
    const made = shape(sentence.kind, text);
    this.root.append(el("div", { class: "block" }, made, el("p", { class: "cites" }, cites)));
  }

  runOn(text, cites) {
    if (this.paragraph) this.paragraph.append(" ");
    else this.root.append((this.paragraph = el("p", { dir: "auto" })));
    // The markers stay on the line of the last word.
    const [last] = LAST_WORD.exec(text);
    const rest = text.slice(0, text.length - last.length);
    this.paragraph.append(said([rest, el("span", { class: "with" }, last, cites)], "span"));
  }
}

function shape(kind, text) {
  switch (kind) {
    case "list":
    case "steps":
      return list(text);
    case "code":
      return scrolling(el("pre", {}, el("code", {}, text)));
    case "table":
      return table(text);
    default:
      return said(text, "p", { class: "lines" });
  }
}

// Wide things scroll by themselves; with the keyboard, too.
function scrolling(wide) {
  return el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": S.wide }, wide);
}

function table(text) {
  const rows = text.split("\n").map((line) => line.split(" | "));
  const width = rows[0].length;
  // A cell may hold the sign between cells; then nobody can tell which.
  if (width < 2 || rows.some((row) => row.length !== width)) return said(text, "p", { class: "lines" });
  const [head, ...body] = rows;
  const cells = (row, tag, more = {}) => el("tr", {}, row.map((cell) => said(cell, tag, more)));
  return scrolling(
    el(
      "table",
      {},
      el("thead", {}, cells(head, "th", { scope: "col" })),
      el("tbody", {}, body.map((row) => cells(row, "td"))),
    ),
  );
}

export function list(text) {
  const root = el("div", { class: "list" });
  // From the outermost list inwards: how far its items stand in, and its element.
  const open = [];
  let item = null;
  for (const line of text.split("\n")) {
    const found = ITEM.exec(line);
    if (found) {
      item = said(boxed(found[3]), "li");
      listAt(root, open, found[1].length, found[2]).append(item);
    } else if (item && line.trim()) item.append("\n", line.trim());
    else if (line.trim()) root.append(said(line, "p"));
  }
  return root;
}

function listAt(root, open, indent, marker) {
  while (open.length && open.at(-1).indent > indent) open.pop();
  let current = open.at(-1);
  const isOrdered = !BULLET.test(marker);
  if (!current || current.indent < indent) {
    const parent = current ? (current.made.lastElementChild ?? current.made) : root;
    current = { indent, made: el(isOrdered ? "ol" : "ul", attributes(marker)) };
    parent.append(current.made);
    open.push(current);
  }
  return current.made;
}

function attributes(marker) {
  const first = marker.replace(/[().]/g, "");
  if (/^\d+$/.test(first)) return first === "1" ? {} : { start: first };
  return /^[a-z]$/.test(first) ? { type: "a" } : /^[A-Z]$/.test(first) ? { type: "A" } : {};
}

function boxed(text) {
  for (const [box, sign] of BOXES) if (box.test(text)) return text.replace(box, sign);
  return text;
}
