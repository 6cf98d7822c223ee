// What operators alone see: the index, its sources, questions by day, knowledge gaps.

import { dismiss, gaps, status, usage } from "./api.js";
import { button, clear, el, said } from "./dom.js";
import { STATUS as T, ago, bytes, count, date, every } from "./strings.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 80;
const WIDTH = 10;

export async function operating(section) {
  const asked = status();
  await Promise.all([
    section(T.sources, async () => sourcesOf(await asked)),
    section(T.index, async () => indexOf((await asked).index)),
    section(T.usage, questions),
    section(T.gaps, gapList),
  ]);
}

function indexOf(index) {
  const facts = [
    [T.model, index.model],
    [T.documentsShort, count(index.documents)],
    [T.chunks, count(index.chunks)],
    [T.size, bytes(index.bytes)],
    [T.folder, index.data_dir],
  ];
  const rows = facts.map(([name, value]) => el("div", {}, el("dt", {}, name), said(value, "dd")));
  return [el("dl", { class: "facts-of" }, rows)];
}

function table(label, heads, rows) {
  return el(
    "div",
    { class: "wide", tabindex: "0", role: "group", "aria-label": label },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, rows),
    ),
  );
}

function sourcesOf(found) {
  const heads = [T.source, T.documentsShort, T.freshness, T.completeness, T.failures];
  const problems = found.problems.map((one) => said(one, "p", { class: "problem" }));
  if (problems.length) problems.unshift(el("h3", {}, T.problems));
  return [...problems, table(T.sources, heads, found.sources.map(source))];
}

function source(one) {
  const run = one.last_run;
  const plan = one.every_seconds ? every(one.every_seconds) : T.onDemand;
  const last = one.lag_seconds === null ? T.never : ago(one.lag_seconds);
  const kind = one.configured ? one.kind : T.unconfigured;
  const running = one.running ? small(T.running(one.running.listed)) : null;
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, said(one.source), small(kind)),
    el("td", {}, count(one.documents)),
    el("td", {}, last, small(plan), running),
    el("td", {}, run ? (run.complete ? T.complete : T.incomplete) : T.unknown),
    el("td", {}, failures(one, run)),
  );
}

const small = (words) => (words ? el("span", { class: "below quiet small" }, words) : null);

function failures(one, run) {
  const found = [];
  if (one.error) found.push(said(one.error, "p", { class: "problem" }));
  if (one.withheld) found.push(said(one.withheld_because ?? T.withheld, "p", { class: "problem" }));
  const skipped = Object.entries(run?.skipped ?? {});
  if (skipped.length) {
    const items = skipped.slice(0, 100).map(([id, why]) => el("li", {}, said(id), ": ", said(why)));
    found.push(el("details", {}, el("summary", {}, T.skipped(skipped.length)), el("ul", {}, items)));
  }
  return found.length ? found : [el("span", { class: "quiet" }, T.noFailures)];
}

async function questions() {
  const found = await usage();
  if (!found.recorded) return [el("p", { class: "quiet" }, T.usageOff)];
  const sum = (name) => found.days.reduce((total, day) => total + day[name], 0);
  const lead = T.usageLead(sum("asked"), found.days.length, sum("unanswered"));
  const heads = [T.day, T.asked, T.unanswered, T.people];
  const rows = found.days.toReversed().map((day) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, date(day.day)),
      ["asked", "unanswered", "people"].map((name) => el("td", {}, count(day[name]))),
    ),
  );
  const all = el("details", {}, el("summary", {}, T.usageTable), table(T.usageTable, heads, rows));
  return [el("p", {}, lead), chart(found.days, lead), all];
}

// Attributes of SVG, not styles: styles in elements are forbidden on this page.
function chart(days, label) {
  const most = Math.max(1, ...days.map((day) => day.asked));
  const drawing = svg("svg", {
    class: "chart",
    viewBox: `0 0 ${days.length * WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": label,
  });
  days.forEach((day, i) => {
    drawing.append(bar(i, day.asked / most, "asked"), bar(i, day.unanswered / most, "unanswered"));
  });
  const ends = [days[0], days.at(-1)].map((day) => el("span", {}, day ? date(day.day) : ""));
  return el("figure", {}, drawing, el("figcaption", { class: "quiet small ends" }, ends));
}

function bar(position, share, kind) {
  const height = Math.round(share * HEIGHT);
  return svg("rect", {
    class: kind,
    x: position * WIDTH + 1,
    y: HEIGHT - height,
    width: WIDTH - 2,
    height,
  });
}

function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

async function gapList() {
  const found = await gaps();
  const off = found.collects ? null : el("p", { class: "quiet" }, T.gapsOff);
  if (!found.gaps.length) return [off, off ? null : el("p", { class: "quiet" }, T.noGaps)];
  const more = found.more ? el("p", { class: "quiet" }, T.moreGaps(found.more)) : null;
  const items = found.gaps.map((one) => gap(one));
  return [off, el("p", { class: "quiet" }, T.gapsLead), el("ol", { class: "gaps" }, items), more];
}

function gap(one) {
  const reasons = Object.entries(one.reasons).map(([why, times]) => `${T.reasons[why]} ${count(times)}×`);
  const facts = [T.askedBy(one.asked, one.people, one.last_asked), ...reasons];
  const item = el(
    "li",
    {},
    el("h3", {}, said(one.question)),
    one.answered_meanwhile ? el("p", { class: "small good" }, T.meanwhile) : null,
    el("p", { class: "quiet small" }, facts.join(" · ")),
    named(T.nearest, one.nearest.map((near) => near.title)),
    named(T.ask, one.ask),
    one.comments.map((comment) => said(comment.text, "blockquote")),
  );
  const leave = async () => {
    try {
      await dismiss(one.gap_id);
      clear(item, el("p", { class: "quiet", role: "status" }, T.dismissed));
    } catch (error) {
      item.append(el("p", { class: "problem", role: "alert" }, error.message));
    }
  };
  item.append(button(T.dismiss, leave, { class: "plain", "aria-label": `${T.dismiss}: ${one.question}` }));
  return item;
}

const named = (label, names) =>
  names.length ? el("p", { class: "small" }, `${label} `, said(names.join(" · "))) : null;
