// What an answer rests on: each document once, with the places in it that are cited.

import { button, el, out, said } from "./dom.js";
import { openPanel, stale } from "./panel.js";
import { S, date } from "./strings.js";

const byDocument = (citations) => [...Map.groupBy(citations, (one) => one.doc_id).values()];

export const documentsIn = (citations) => byDocument(citations).length;

export const sources = (citations) =>
  el("ul", { class: "sources" }, byDocument(citations).map(source));

function source(places) {
  const [first] = places;
  const facts = [first.updated_at ? date(first.updated_at) : "", first.source];
  return el(
    "li",
    {},
    el(
      "div",
      { class: "source" },
      el("span", {}, opening(first, "inline", said(first.title)), original(first)),
      el("span", { class: "quiet small" }, said(facts.filter(Boolean).join(" · "))),
    ),
    first.validity ? el("p", { class: "small" }, stale(first.validity)) : null,
    el("ol", { class: "places" }, places.map((one) => el("li", {}, place(one)))),
  );
}

function place(one) {
  const where = [one.headings.slice(1).join(" › "), S.line(one.lines)].filter(Boolean).join(" · ");
  return opening(one, "place", el("span", { class: "badge" }, String(one.marker)), " ", said(where));
}

const opening = (one, kind, ...words) =>
  el(
    "button",
    {
      type: "button",
      class: kind,
      "aria-expanded": "false",
      onclick: (event) => openPanel(one, event.currentTarget),
    },
    words,
  );

const original = (one) =>
  out(one.source_url ?? one.url, "↗", { class: "away", "aria-label": S.openSourceOf(one.title) });

// Documents that open in the panel, with where they stand and their date.
export function nearest(documents) {
  const items = documents.map((one) => {
    const open = (event) => openPanel(one, event.currentTarget);
    const facts = [one.headings.slice(1).join(" › "), one.updated_at ? date(one.updated_at) : ""];
    return el(
      "li",
      {},
      button(said(one.title), open, { class: "inline", "aria-expanded": "false" }),
      el("p", { class: "quiet small" }, said(facts.filter(Boolean).join(" · "))),
      one.quote ? el("p", { class: "closest" }, said(one.quote)) : null,
    );
  });
  return el("ul", { class: "nearest" }, items);
}
