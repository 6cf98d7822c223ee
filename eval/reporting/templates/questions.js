"use strict";
(() => {
  const PAGE = 50;
  const ORDER = ["answered in vain", "wrong", "missed", "right", "rightly refused", "unjudged"];
  const data = JSON.parse(document.getElementById("data").textContent);
  const text = (number) => data.strings[number];
  const texts = (numbers) => numbers.map(text);
  const fixed = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(3));
  const at = (id) => document.getElementById(id);

  const all = data.questions.map((row) => {
    const asked = Object.fromEntries(data.fields.map((name, place) => [name, row[place]]));
    asked.verdict = text(asked.verdict);
    return asked;
  });
  all.sort((one, other) => ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict));

  // Everything from documents and questions becomes a text node here, never markup.
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.filter((child) => child !== null));
    return element;
  }
  const part = (title, ...children) =>
    children.length ? [make("h4", {}, title), ...children] : [];
  const list = (tag, rows) => (rows.length ? [make(tag, {}, ...rows)] : []);
  const row = (...cells) =>
    make("li", {}, ...cells.filter(Boolean).map((cell) => make("span", {}, cell)));
  const lines = (pair) => (!pair ? "" :
    pair[0] === pair[1] ? `line ${pair[0]}` : `lines ${pair[0]} to ${pair[1]}`);

  function ranked([document_, score, grade], place) {
    const judged = grade === null ? "not judged" : `grade ${grade}`;
    return row(`${place + 1}. ${text(document_)}`, judged, `score ${fixed(score ?? 0)}`);
  }

  function wanted([document_, grade, heading, quote, pair, rank]) {
    const item = row(text(document_), rank === null ? "not found" : `rank ${rank}`,
      `grade ${grade}`, text(heading), lines(pair));
    if (text(quote)) item.append(make("blockquote", {}, text(quote)));
    return item;
  }

  function citation([marker, document_, title, headings, quote, pair, url, isRight]) {
    const judged = { true: "right place", false: "not a judged place" }[String(isRight)];
    const item = row(`[${marker}] ${text(title)}`, text(headings), lines(pair), judged);
    item.append(make("blockquote", {}, text(quote)));
    const place = text(document_);
    item.append(make("p", { class: "quiet" }, text(url)
      ? make("a", { href: text(url), rel: "noopener noreferrer" }, place) : place));
    return item;
  }

  function body(asked) {
    const answer = texts(asked.sentences).map((line) => make("p", {}, line));
    const measures = data.measures
      .map((name, place) => [name, asked.measures[place]])
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name} ${fixed(value)}`);
    const facts = [
      `asked by ${text(asked.asker)}`,
      asked.answerable ? "answerable" : "not answerable",
      `confidence ${asked.confidence.toFixed(2)}`,
      ...(asked.tags.length ? [`tags: ${texts(asked.tags).join(", ")}`] : []),
    ];
    return make("div", { class: "body" },
      make("p", { class: "quiet" }, facts.join(" · ")),
      ...list("ul", texts(asked.trouble).map((line) => make("li", { class: "trouble" }, line))),
      ...part("Shown although not readable", ...list("ul", texts(asked.leaked).map((id) => row(id)))),
      ...part(asked.abstained ? "Refused; it would have said" : "Answer", ...answer),
      ...part("Citations", ...list("ul", asked.citations.map(citation))),
      ...part("Right answers", ...list("ul", texts(asked.answers).map((line) => row(line)))),
      ...part("Wanted documents", ...list("ul", asked.wanted.map(wanted))),
      ...part("Ranking", ...list("ol", asked.ranking.map(ranked))),
      ...part("Measures", ...(measures.length ? [make("p", {}, measures.join(" · "))] : [])));
  }

  function entry(asked) {
    const details = make("details", {},
      make("summary", {}, text(asked.question), make("small", { class: "id" }, text(asked.id))));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(body(asked));
    });
    return details;
  }

  function haystack(asked) {
    asked.haystack ??= [asked.id, asked.question, asked.asker, ...asked.tags, ...asked.sentences,
      ...asked.wanted.map((one) => one[0]), ...asked.ranking.map((one) => one[0]),
    ].map(text).join("\n").toLowerCase();
    return asked.haystack;
  }

  let found = [];
  let shown = 0;
  let verdict = "";

  function showMore() {
    const page = document.createDocumentFragment();
    for (const asked of found.slice(shown, shown + PAGE)) {
      if (asked.verdict !== verdict) {
        verdict = asked.verdict;
        const count = found.filter((other) => other.verdict === verdict).length;
        page.append(make("h3", {}, `${verdict} (${count.toLocaleString("en")})`));
      }
      page.append(entry(asked));
    }
    at("list").append(page);
    shown = Math.min(shown + PAGE, found.length);
    at("more").hidden = shown === found.length;
    at("more").textContent = `Show ${Math.min(PAGE, found.length - shown)} more`;
    at("found").textContent = found.length === 0 ? "No question is like that." :
      `${found.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} questions, ` +
      `${shown.toLocaleString("en")} shown.` + (data.cut_at
        ? ` Texts are cut at ${data.cut_at} characters; answers.jsonl has them whole.` : "");
  }

  function search() {
    const words = at("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wantedVerdict = at("verdict").value;
    const isTroubled = at("troubled").checked;
    found = all.filter((asked) => (!wantedVerdict || asked.verdict === wantedVerdict)
      && (!isTroubled || asked.trouble.length > 0 || asked.leaked.length > 0)
      && words.every((word) => haystack(asked).includes(word)));
    shown = 0;
    verdict = "";
    at("list").replaceChildren();
    showMore();
  }

  at("filter").hidden = false;
  at("filter").addEventListener("submit", (event) => event.preventDefault());
  at("filter").addEventListener("input", search);
  at("more").addEventListener("click", () => {
    const before = at("list").lastElementChild;
    showMore();
    // Keyboard users go on where the new ones begin.
    (before?.nextElementSibling?.querySelector("summary") ??
      before?.nextElementSibling?.nextElementSibling?.querySelector("summary"))?.focus();
  });
  search();
})();
