// A document by its lines, around a quote; the rest comes when it is asked for.

import { button, el } from "./dom.js";
import { S } from "./strings.js";

const AROUND = 60;
const STEP = 400;
// Of a line, around the quote in it: one line can be the whole document.
const MOST_CHARACTERS = 4000;
const SURROGATES = /[\ud800-\udbff]/;

// Spans count characters, and strings of a browser count halves of some of them.
export const offsets = (text, span) => at(text, [span.start, span.end]);

// `wanted` in ascending order, so that the text is read once.
function at(text, wanted) {
  if (!SURROGATES.test(text)) return wanted;
  let characters = 0;
  let index = 0;
  return wanted.map((one) => {
    for (; characters < one && index < text.length; characters++)
      index += text.codePointAt(index) > 0xffff ? 2 : 1;
    return index;
  });
}

export class Viewer {
  constructor(found, span) {
    this.text = found.text;
    this.starts = starts(this.text);
    this.quote = span ? offsets(this.text, span) : null;
    this.headings = new Set(this.headingLines(found.sections));
  }

  // A section may begin without its heading: then its first line is none.
  *headingLines(sections) {
    const exact = at(this.text, sections.map((section) => section.span.start));
    for (const [i, { headings }] of sections.entries()) {
      const line = this.lineAt(exact[i]);
      const words = this.text.slice(this.starts[line], this.starts[line + 1]);
      if (headings.length && words.length < 1000 && words.includes(headings.at(-1))) yield line;
    }
  }

  // The element; `start` is the first character to show where there is no quote.
  make(start = 0) {
    const [first, last] = (this.quote ?? [start, start]).map((offset) => this.lineAt(offset));
    this.from = Math.max(0, first - AROUND);
    this.to = Math.min(this.starts.length, last + AROUND + 1);
    // A quote can be long, too.
    this.to = Math.min(this.to, this.from + 4 * STEP);
    this.rows = el("div", { class: "rows" });
    this.above = button("", () => this.more(-1), { class: "more" });
    this.below = button("", () => this.more(1), { class: "more" });
    this.rows.append(...this.range(this.from, this.to));
    this.label();
    this.target = this.rows.children[first - this.from];
    return el("div", { class: "viewer" }, this.above, this.rows, this.below);
  }

  get mark() {
    return this.rows.querySelector("mark") ?? this.target;
  }

  more(direction) {
    const height = this.rows.offsetHeight;
    const scroller = this.rows.closest(".scroller");
    if (direction < 0) {
      const from = Math.max(0, this.from - STEP);
      this.rows.prepend(...this.range(from, this.from));
      this.from = from;
      if (scroller) scroller.scrollTop += this.rows.offsetHeight - height;
    } else {
      const to = Math.min(this.starts.length, this.to + STEP);
      this.rows.append(...this.range(this.to, to));
      this.to = to;
    }
    this.label();
  }

  label() {
    const left = [this.from, this.starts.length - this.to];
    this.above.hidden = !left[0];
    this.below.hidden = !left[1];
    this.above.textContent = S.earlier(Math.min(STEP, left[0]));
    this.below.textContent = S.later(Math.min(STEP, left[1]));
  }

  range(from, to) {
    return Array.from({ length: to - from }, (_, i) => this.row(from + i));
  }

  row(line) {
    const start = this.starts[line];
    const next = this.starts[line + 1];
    const end = next === undefined ? this.text.length : next - 1;
    const kind = this.headings.has(line) ? "row heading" : "row";
    return el(
      "div",
      { class: kind },
      el("span", { class: "number", "aria-hidden": "true" }, String(line + 1)),
      el("span", { class: "text", dir: "auto" }, this.pieces(start, end)),
    );
  }

  pieces(start, end) {
    const [from, to] = this.quote ?? [-1, -1];
    const first = Math.max(start, Math.min(from, end));
    const last = Math.max(start, Math.min(to, end));
    if (this.quote === null || first >= last) return [cut(this.text.slice(start, end), "end")].flat();
    return [
      cut(this.text.slice(start, first), "start"),
      el("mark", {}, cut(this.text.slice(first, last), "end")),
      cut(this.text.slice(last, end), "end"),
    ].flat();
  }

  lineAt(offset) {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function starts(text) {
  const found = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found.push(at + 1);
  // What ends with a line break has no line after it.
  if (found.length > 1 && found.at(-1) === text.length) found.pop();
  return found;
}

function cut(text, side) {
  const over = text.length - MOST_CHARACTERS;
  if (over <= 0) return [text];
  const note = el("span", { class: "cut" }, S.cut(over));
  return side === "start" ? [note, text.slice(over)] : [text.slice(0, MOST_CHARACTERS), note];
}
