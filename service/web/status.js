// The status page: what the person may read; for operators, how the service does.

import { account } from "./account.js";
import { documents } from "./api.js";
import { $, button, clear, el, fillTexts, out, said } from "./dom.js";
import { operating } from "./operating.js";
import { S, STATUS, date } from "./strings.js";

const AT_ONCE = 200;

// A section that is filled when its data is there; what went wrong stands in its place.
async function section(title, make) {
  const body = el("div", {}, el("p", { class: "quiet" }, STATUS.loading));
  const root = el("section", {}, el("h2", {}, title), body);
  $("sections").append(root);
  try {
    clear(body, ...(await make()));
  } catch (error) {
    clear(body, el("p", { class: "problem" }, error.message));
  }
}

async function readable() {
  const found = (await documents()).documents;
  if (!found.length) return [el("p", { class: "quiet" }, STATUS.noDocuments)];
  const sources = Map.groupBy(found, (one) => one.source);
  const names = [...sources.keys()].sort();
  const lead = el("p", { class: "quiet" }, STATUS.documentsLead(found.length, names.length));
  return [lead, ...names.map((name) => group(name, sources.get(name)))];
}

function group(name, found) {
  const newest = found.map((one) => one.updated_at ?? "").sort().at(-1);
  const facts = [STATUS.count(found.length), newest ? STATUS.newest(newest) : ""];
  const summary = el(
    "summary",
    {},
    said(name, "strong"),
    el("span", { class: "quiet" }, ` ${facts.filter(Boolean).join(" · ")}`),
  );
  const made = el("details", { class: "group" }, summary);
  // Thousands of titles are not made before somebody looks.
  made.addEventListener("toggle", () => made.append(...listing(found)), { once: true });
  return made;
}

function listing(found) {
  const items = el("ul", { class: "titles" });
  const rest = el("p");
  const filter = el("input", { type: "search", autocomplete: "off" });
  const show = (most) => {
    const words = filter.value.trim().toLowerCase();
    const fitting = found.filter((one) => one.title.toLowerCase().includes(words));
    clear(items, ...fitting.slice(0, most).map(title));
    const left = fitting.length - most;
    const more = left > 0 ? button(STATUS.more(left), () => show(most + 2000), { class: "plain" }) : null;
    clear(rest, more ?? (fitting.length ? null : el("span", { class: "quiet" }, STATUS.none)));
  };
  filter.addEventListener("input", () => show(AT_ONCE));
  show(AT_ONCE);
  return [el("label", { class: "filter" }, el("span", {}, STATUS.filter), filter), items, rest];
}

function title(one) {
  const facts = [one.updated_at ? date(one.updated_at) : "", one.status === "current" ? "" : one.status];
  const name = said(one.title);
  return el(
    "li",
    {},
    out(one.url, name) ?? name,
    el("span", { class: "quiet small" }, ` ${facts.filter(Boolean).join(" · ")}`),
  );
}

async function show(person) {
  clear($("sections"));
  await section(STATUS.documents, readable);
  if (person.is_operator) await operating(section);
}

fillTexts({ ...S, ...STATUS, skip: S.skipStatus });
account(show);
