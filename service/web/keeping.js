// What is shown of a conversation, kept for a reload: in this tab, for this person.

import { hasKey } from "./api.js";

const NAME = "answerable.conversation";
const MOST_TURNS = 30;
const MOST_CHARACTERS = 500_000;

let owner = null;
let turns = [];

// What was kept for this person, or null; what is another's or not understood is removed.
export function recall(person) {
  // Who comes with a key is not known any more after a reload, so nothing is kept for them.
  owner = hasKey() ? null : JSON.stringify([person.way, person.name]);
  const found = read();
  if (owner === null || found?.owner !== owner) {
    forget();
    return null;
  }
  turns = found.turns;
  return found;
}

// A turn that ended with an answer; `conversation` is the one to go on with.
export function keep(conversation, { question, standalone, documents, answer }) {
  if (owner === null) return;
  turns = [...turns, { question, standalone, documents, answer }].slice(-MOST_TURNS);
  const all = () => JSON.stringify({ owner, conversation, turns });
  while (turns.length && all().length > MOST_CHARACTERS) turns.shift();
  try {
    if (turns.length) sessionStorage.setItem(NAME, all());
    else forget();
  } catch {
    // The browser keeps nothing, or no more.
    forget();
  }
}

// Nobody is here any more: an answer that still comes is kept for none.
export function disown() {
  owner = null;
  forget();
}

export function forget() {
  turns = [];
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    // It may not be looked at: then nothing was kept either.
  }
}

function read() {
  try {
    const found = JSON.parse(sessionStorage.getItem(NAME));
    return isKept(found) ? found : null;
  } catch {
    return null;
  }
}

// Whoever wrote it: the page shows only what has the shape of what the service said.
const text = (value) => typeof value === "string";
const number = Number.isSafeInteger;
const flag = (value) => typeof value === "boolean";
const time = (value) => text(value) && !Number.isNaN(Date.parse(value));
const maybe = (is) => (value) => value === null || value === undefined || is(value);
const each = (is) => (value) => Array.isArray(value) && value.every(is);
const has = (shape) => (value) =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(shape).every(([name, is]) => is(value[name]));

const near = {
  doc_id: text,
  title: text,
  headings: each(text),
  url: text,
  updated_at: maybe(time),
  quote: text,
};
const citation = {
  ...near,
  marker: number,
  source: text,
  source_url: maybe(text),
  lines: has({ first: number, last: number }),
  span: has({ start: number, end: number }),
  status: text,
  validity: maybe(has({ state: text, since: maybe(time), by: maybe(has(near)) })),
};
const answer = {
  question: text,
  answer: text,
  answer_id: maybe(text),
  abstained: flag,
  written_by: text,
  sentences: each(has({ text, kind: text, citations: each(number) })),
  citations: each(has(citation)),
  nearest: each(has(near)),
  refusal: maybe(has({ documents: number, sources: each(text), ask: each(text) })),
  notes: each(has({ text })),
  disagreements: each(has({ citations: each(number) })),
};
const turn = {
  question: text,
  standalone: maybe(text),
  documents: maybe(each(has(near))),
  answer: has(answer),
};
const isKept = has({ owner: text, conversation: text, turns: each(has(turn)) });
