// The evidence panel: a document as this person may read it, at the lines that were quoted.

import { documentOf } from "./api.js";
import { $, button, clear, el, out, said } from "./dom.js";
import { S, date, heldUntil } from "./strings.js";
import { offsets, Viewer } from "./viewer.js";

const narrow = matchMedia("(max-width: 999px)");
let opener = null;
let loading = null;

export function preparePanel() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !$("panel").hidden) {
      event.preventDefault();
      closePanel();
    }
  });
  narrow.addEventListener("change", shut);
}

// On a phone the panel covers the page, so the page behind it must not be reached.
function shut() {
  const isCovered = narrow.matches && !$("panel").hidden;
  for (const one of document.querySelectorAll("[data-behind]")) one.inert = isCovered;
}

export function closePanel() {
  loading?.abort();
  const panel = $("panel");
  if (panel.hidden) return;
  panel.hidden = true;
  clear(panel);
  document.body.classList.remove("has-panel");
  expanded(false);
  shut();
  if (opener?.isConnected) opener.focus();
  else $("question").focus();
  opener = null;
}

function expanded(is) {
  if (opener?.hasAttribute("aria-expanded")) opener.setAttribute("aria-expanded", String(is));
}

// `place` is a citation (then it has a span), or a document near the question.
export async function openPanel(place, from) {
  loading?.abort();
  loading = new AbortController();
  const { signal } = loading;
  // A document that was opened inside the panel goes back to where the panel was opened.
  if (from && !$("panel").contains(from)) {
    expanded(false);
    opener = from;
  }
  expanded(true);
  const scroller = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": S.lines });
  scroller.append(el("p", { class: "quiet", role: "status" }, S.opening));
  const title = el("h2", { tabindex: "-1", id: "panel-title" }, said(place.title));
  const top = el("div", { class: "panel-top" }, title, closer());
  const panel = clear($("panel"), top, facts(place), scroller);
  panel.hidden = false;
  document.body.classList.add("has-panel");
  shut();
  title.focus({ preventScroll: true });
  try {
    show(await documentOf(place.doc_id, signal), place, scroller, panel);
  } catch (error) {
    if (error.name === "AbortError") return;
    clear(scroller, el("p", { class: "problem", role: "alert" }, error.status === 404 ? S.gone : error.message));
  }
}

const closer = () =>
  button(S.close, closePanel, { class: "plain", "aria-label": S.closePanel, title: "Esc" });

function show(found, place, scroller, panel) {
  const isThere = !place.span || holds(found, place);
  const viewer = new Viewer(found, isThere ? place.span : null);
  const warning = isThere ? null : el("p", { class: "problem" }, S.changed);
  clear(scroller, warning, viewer.make(startOf(found, place)));
  panel.querySelector(".facts").replaceWith(facts({ ...found, ...place, status: found.status }));
  if (place.span && isThere) {
    const back = button(S.backToQuote, () => reveal(viewer.mark, scroller), { class: "plain" });
    panel.querySelector(".facts").append(el("li", {}, back));
  }
  reveal(viewer.mark, scroller);
}

const holds = (found, place) => {
  const [start, end] = offsets(found.text, place.span);
  return found.text.slice(start, end) === place.quote;
};

function startOf(found, place) {
  const path = (place.headings ?? []).join("\n");
  const section = found.sections.find((one) => one.headings.join("\n") === path);
  return section ? offsets(found.text, section.span)[0] : 0;
}

function reveal(target, scroller) {
  if (!target) return;
  const top = target.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTop += top - scroller.clientHeight / 3;
}

function facts(place) {
  const { title, validity } = place;
  return el(
    "ul",
    { class: "facts" },
    place.headings?.length > 1 ? el("li", {}, said(place.headings.slice(1).join(" › "))) : null,
    place.lines ? el("li", {}, S.line(place.lines)) : null,
    place.updated_at ? el("li", {}, S.updated(place.updated_at)) : null,
    place.status && !validity && place.status !== "current" ? el("li", {}, said(place.status)) : null,
    validity ? el("li", {}, stale(validity)) : null,
    item(out(place.source_url ?? place.url, S.openSource, { "aria-label": S.openSourceOf(title) })),
  );
}

const item = (child) => (child ? el("li", {}, child) : null);

// That a document does not hold any more, with the one that took its place.
export function stale(validity) {
  const made = el("span", { class: "stale" }, el("strong", {}, heldUntil(validity)));
  if (validity.by) {
    const open = (event) => openPanel(validity.by, event.currentTarget);
    made.append(" ", S.by, " ", button(said(validity.by.title), open, { class: "inline" }));
    if (validity.by.updated_at) made.append(` (${date(validity.by.updated_at)})`);
  }
  return made;
}
