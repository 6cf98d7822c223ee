// One question with its answer: what is read, the sentences as they come, what to do next.

import { feedback } from "./api.js";
import { Blocks } from "./blocks.js";
import { asMarkdown, asText, copy, instead, link } from "./copying.js";
import { button, clear, el, said } from "./dom.js";
import { openPanel } from "./panel.js";
import { documentsIn, nearest, sources } from "./sources.js";
import { S, date } from "./strings.js";

export class Turn {
  // `askAlone` asks the same question without those before it.
  constructor(question, announce, askAlone) {
    this.question = question;
    this.askAlone = askAlone;
    this.announce = announce;
    this.citations = new Map();
    this.shown = [];
    this.state = el("div", { class: "state" }, el("p", { class: "quiet busy" }, S.looking));
    this.body = el("div", { class: "answer", "aria-live": "polite", "aria-busy": "true" });
    this.after = el("div", { class: "after" });
    this.blocks = new Blocks(this.body, (marker) => this.cite(marker));
    this.root = el(
      "article",
      { class: "turn" },
      said(question, "h2", { class: "asked", tabindex: "-1" }),
      this.state,
      this.body,
      this.after,
    );
  }

  evidence({ documents, standalone }) {
    this.documents = documents;
    this.standalone = standalone;
    const titles = documents.slice(0, 4).map((one) => one.title).join(" · ");
    const reading = S.reading(documents.length);
    clear(this.state, el("p", { class: "quiet busy" }, reading, el("br"), said(titles)));
    this.announce(reading);
  }

  sentence({ sentence, citations }) {
    for (const one of citations) this.citations.set(one.marker, one);
    this.shown.push(sentence);
    this.blocks.add(sentence);
  }

  done(answer) {
    this.show(answer);
    const refused = answer.refusal ? S.refusedShort : instead(answer);
    this.announce(answer.abstained ? refused : S.answered(documentsIn(answer.citations)));
  }

  // As it was before the page was loaded again; nothing is news.
  restore({ standalone, documents, answer }) {
    this.documents = documents;
    this.standalone = standalone;
    this.show(answer);
  }

  show(answer) {
    this.answer = answer;
    this.body.setAttribute("aria-busy", "false");
    for (const one of answer.citations) this.citations.set(one.marker, one);
    if (JSON.stringify(answer.sentences) !== JSON.stringify(this.shown)) this.rewrite(answer);
    this.readState();
    if (answer.abstained) this.refuse(answer);
    else this.sources(answer);
    this.after.append(this.tools(answer), this.feedback(answer));
  }

  rewrite(answer) {
    clear(this.body);
    this.blocks = new Blocks(this.body, (marker) => this.cite(marker));
    for (const sentence of answer.sentences) this.blocks.add(sentence);
  }

  readState() {
    const all = this.documents ?? [];
    const summary = el("summary", {}, S.wasRead(all.length));
    const read = el("details", { class: "read" }, summary, nearest(all));
    const meant = this.standalone && this.standalone !== this.question;
    clear(
      this.state,
      meant ? this.meaning() : null,
      this.answer?.abstained ? null : read,
    );
  }

  // What a question was taken for after those before it, and the way out when that is wrong.
  meaning() {
    const alone = button(S.alone, this.askAlone, { class: "inline" });
    return el("p", { class: "quiet" }, S.understood, " ", said(this.standalone), " · ", alone);
  }

  // The questions before it are remembered by nobody but the page.
  standsAlone() {
    this.state.before(el("p", { class: "quiet", role: "status" }, S.forgotten));
  }

  // It ended without an answer; `retries` are buttons.
  broken(words, retries, isProblem = true) {
    this.body.setAttribute("aria-busy", "false");
    clear(this.state);
    const attributes = isProblem ? { class: "problem", role: "alert" } : { class: "quiet", role: "status" };
    this.after.append(el("p", attributes, words), el("p", { class: "tools" }, retries));
  }

  cite(marker) {
    const one = this.citations.get(marker);
    if (!one) return el("span", { class: "cite" }, String(marker));
    return button(String(marker), (event) => openPanel(one, event.currentTarget), {
      class: one.validity ? "cite old" : "cite",
      "aria-label": S.cite(marker, one.title, S.line(one.lines)),
      "aria-expanded": "false",
      title: one.title,
    });
  }

  sources(answer) {
    const disagreements = answer.disagreements.map((one) => this.disagreement(one));
    const notes = answer.notes.map((note) => said(note.text, "p", { class: "note" }));
    const by = answer.written_by === "extractive" ? S.extractive : S.writtenBy(answer.written_by);
    this.after.append(
      ...disagreements,
      ...notes,
      el("h3", {}, S.sources),
      sources(answer.citations),
      el("p", { class: "quiet small" }, by),
    );
  }

  disagreement({ citations }) {
    const items = citations.map((marker) => {
      const one = this.citations.get(marker);
      const when = one?.updated_at ? date(one.updated_at) : S.undated;
      return el("li", {}, said(one?.title ?? ""), ` (${when}) `, this.cite(marker));
    });
    return el("div", { class: "note" }, el("p", {}, S.disagree), el("ul", {}, items));
  }

  refuse(answer) {
    const { refusal } = answer;
    clear(this.body, el("p", refusal ? { class: "refusal" } : {}, instead(answer)));
    if (refusal) this.body.append(el("p", { class: "quiet" }, S.searched(refusal.documents, refusal.sources)));
    this.after.append(...answer.notes.map((note) => said(note.text, "p", { class: "note" })));
    if (answer.nearest.length) this.after.append(el("h3", {}, S.nearest), nearest(answer.nearest));
    if (refusal?.ask.length) {
      const people = refusal.ask.map((name) => said(name, "li"));
      const why = el("p", { class: "quiet small" }, S.askPeopleWhy);
      this.after.append(el("h3", {}, S.askPeople), el("ul", { class: "people" }, people), why);
    }
  }

  tools(answer) {
    const copied = async (text) => this.announce((await copy(text)) ? S.copied : S.notCopied, true);
    return el(
      "div",
      { class: "tools", role: "group", "aria-label": S.copy },
      button(S.copyText, () => copied(asText(answer)), { class: "plain" }),
      button(S.copyMarkdown, () => copied(asMarkdown(answer)), { class: "plain" }),
      button(S.copyLink, () => copied(link(this.question)), { class: "plain" }),
    );
  }

  feedback(answer) {
    if (!answer.answer_id) return "";
    const told = el("p", { class: "quiet small", role: "status" });
    const words = el("div");
    const give = async (verdict, text, thanks) => {
      try {
        await feedback(answer.answer_id, verdict, text);
        told.textContent = thanks;
        return true;
      } catch (error) {
        told.textContent = error.message;
        return false;
      }
    };
    const verdicts = Object.entries(S.verdicts).map(([verdict, label]) =>
      button(label, async (event) => {
        const pressed = event.currentTarget;
        if (!(await give(verdict, "", S.thanks))) return;
        for (const one of pressed.parentElement.children)
          one.setAttribute("aria-pressed", String(one === pressed));
        clear(words, verdict === "useful" ? null : wordsForm(verdict, give));
      }, { class: "plain", "aria-pressed": "false" }),
    );
    const group = el("div", { class: "tools", role: "group", "aria-label": S.feedback }, verdicts);
    return el("div", { class: "feedback" }, el("p", { class: "quiet small" }, S.feedback), group, told, words);
  }
}

function wordsForm(verdict, give) {
  const area = el("textarea", { rows: "2", maxlength: "2000" });
  const form = el(
    "form",
    { class: "words" },
    el("label", {}, el("span", {}, S.addWords), area),
    el("button", { class: "plain" }, S.send),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = area.value.trim();
    if (text && (await give(verdict, text, S.thanksText))) form.remove();
  });
  return form;
}
