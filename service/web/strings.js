// Every English sentence of the pages. Texts of documents and of the service are not here.

const day = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });
const number = new Intl.NumberFormat("en");
const plural = (count, one, many) => `${number.format(count)} ${count === 1 ? one : many}`;

export const date = (iso) => (iso ? day.format(new Date(iso)) : "");
export const count = (value) => number.format(value);

export function ago(seconds) {
  if (seconds < 90) return "just now";
  if (seconds < 5400) return `${plural(Math.round(seconds / 60), "minute", "minutes")} ago`;
  if (seconds < 129600) return `${plural(Math.round(seconds / 3600), "hour", "hours")} ago`;
  return `${plural(Math.round(seconds / 86400), "day", "days")} ago`;
}

export function every(seconds) {
  if (seconds < 5400) return `every ${plural(Math.round(seconds / 60), "minute", "minutes")}`;
  return `every ${plural(Math.round(seconds / 3600), "hour", "hours")}`;
}

export function bytes(value) {
  if (value < 1e6) return `${Math.ceil(value / 1e3)} kB`;
  return value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(1)} GB`;
}

const STATES = {
  superseded: "Superseded",
  deprecated: "Deprecated",
  archived: "Archived",
  rejected: "Rejected",
  not_planned: "Closed as not planned",
  outdated: "Outdated",
};

export function heldUntil(validity) {
  const since = validity.since ? ` since ${date(validity.since)}` : "";
  return `${STATES[validity.state] ?? "No longer holds"}${since}`;
}

export const S = {
  skip: "Skip to the question",
  skipStatus: "Skip to the content",
  pages: "Pages",
  navAsk: "Ask",
  navStatus: "Status",
  conversation: "Questions and answers",
  heading: "What do you want to know?",
  lead: "Answers are made from the documents that you may read. Each one shows where it stands.",
  label: "Question",
  labelFollowUp: "Follow-up question",
  placeholder: "Ask a question",
  placeholderFollowUp: "Ask a follow-up",
  hint: "Enter asks, Shift + Enter begins a new line.",
  ask: "Ask",
  stop: "Stop",
  newQuestion: "New question",
  prefilled: "This question came with the link. Nothing is asked before you press Ask.",
  looking: "Searching the documents…",
  reading: (documents) => `Reading ${plural(documents, "document", "documents")}`,
  wasRead: (documents) => `Read ${plural(documents, "document", "documents")}`,
  understood: "Understood as:",
  alone: "Ask it on its own",
  stopped: "You stopped this answer. What is above may be incomplete.",
  answered: (sources) => `The answer is complete, with ${plural(sources, "source", "sources")}.`,
  refusedShort: "The documents give no sure answer.",
  wide: "Code or table, scrolls sideways",
  sources: "Sources",
  cite: (marker, title, lines) => `${marker}: ${title}, ${lines}`,
  line: (lines) =>
    lines.first === lines.last ? `line ${lines.first}` : `lines ${lines.first}–${lines.last}`,
  updated: (when) => `Updated ${date(when)}`,
  by: "The current one:",
  openSource: "Open the original",
  openSourceOf: (title) => `Open the original: ${title}`,
  disagree: "These sources disagree:",
  undated: "no date",
  extractive: "Sentences of the documents, as they stand there.",
  writtenBy: (model) => `Worded by ${model}; each sentence was checked against the documents.`,
  refusal: "The documents that you may read give no sure answer.",
  searched: (documents, sources) =>
    `Searched ${plural(documents, "document", "documents")}` +
    (sources.length ? ` from ${sources.join(", ")}.` : "."),
  nearest: "Closest to your question",
  askPeople: "Who may know",
  askPeopleWhy: "They wrote or last changed the closest documents.",
  feedback: "What do you think of this answer?",
  verdicts: {
    useful: "Useful",
    wrong: "Wrong",
    outdated: "Outdated",
    missing: "Something is missing",
  },
  thanks: "Thank you. It was noted.",
  thanksText: "Thank you. Your words were added.",
  addWords: "What should it say? Operators read this; you need not write anything.",
  send: "Send",
  copy: "Copy",
  copyText: "Copy text",
  copyMarkdown: "Copy Markdown",
  copyLink: "Copy link to the question",
  copied: "Copied.",
  notCopied: "The browser did not allow copying.",
  again: "Ask again",
  forgotten: "The service does not remember the questions above any more, so this one was asked on its own.",
  evidence: "Document",
  close: "Close",
  closePanel: "Close the document",
  opening: "Opening the document…",
  backToQuote: "Show the quote",
  lines: "Text of the document, with line numbers",
  earlier: (lines) => `Show ${plural(lines, "earlier line", "earlier lines")}`,
  later: (lines) => `Show ${plural(lines, "later line", "later lines")}`,
  cut: (characters) => `… ${plural(characters, "character", "characters")} not shown …`,
  changed: "The document has changed since the answer was made: the quote is not where it stood.",
  gone: "This document is not there any more, or you may not read it.",
  signedInAs: (name) => `Signed in as ${name}`,
  local: "This machine",
  signIn: "Sign in",
  signInLead: "Sign in to ask: answers are made from what you may read.",
  signOut: "Sign out",
  keyLead: "Enter an API key to ask. It stays in this page and is forgotten when you leave it.",
  keyLabel: "API key",
  keyUse: "Use this key",
  keyWrong: "This key is not known here.",
  signedOut: "You are not signed in any more. Sign in, then ask again.",
  tooMany: (seconds) =>
    seconds
      ? `Too many requests. Try again in ${plural(seconds, "second", "seconds")}.`
      : "Too many requests. Try again in a minute.",
  notReady: (detail) => `The service is not ready: ${detail}. Try again in a moment.`,
  forbidden: "You may not do this.",
  offline: "The service cannot be reached. Check the connection, then try again.",
  broke: "The answer broke off. Try again.",
  failed: (detail) => `This did not work: ${detail}.`,
  failedUnknown: "This did not work. Try again.",
};

export const STATUS = {
  title: "Status",
  documents: "Documents that you may read",
  documentsShort: "Documents",
  documentsLead: (documents, sources) =>
    `${plural(documents, "document", "documents")} from ${plural(sources, "source", "sources")}.`,
  noDocuments: "There is no document that you may read.",
  count: (documents) => plural(documents, "document", "documents"),
  newest: (when) => `newest ${date(when)}`,
  filter: "Filter by title",
  more: (documents) => `Show ${plural(documents, "more", "more")}`,
  none: "No title holds these words.",
  index: "Index",
  model: "Model",
  chunks: "Chunks",
  size: "Size",
  folder: "Data directory",
  sources: "Sources",
  source: "Source",
  freshness: "Last read",
  completeness: "Complete",
  failures: "Failures",
  never: "never",
  onDemand: "on demand",
  running: (listed) => `being read now: ${plural(listed, "document", "documents")} so far`,
  complete: "yes",
  incomplete: "no",
  unknown: "not known",
  noFailures: "none",
  skipped: (documents) => `${plural(documents, "document", "documents")} left out`,
  unconfigured: "not in config.yaml any more",
  withheld: "withheld",
  problems: "Problems with signing in",
  usage: "Questions",
  usageLead: (asked, days, unanswered) =>
    `${plural(asked, "question", "questions")} in ${plural(days, "day", "days")}, ` +
    `${count(unanswered)} of them without an answer.`,
  usageOff: "The audit log is off, so questions are not counted.",
  usageTable: "Questions by day",
  day: "Day",
  asked: "Asked",
  unanswered: "Unanswered",
  people: "People",
  gaps: "Knowledge gaps",
  gapsLead: "What was asked and not answered well, what was asked most comes first.",
  noGaps: "There are none.",
  gapsOff: "Gaps are not collected: service.gaps is off.",
  moreGaps: (gaps) => `${plural(gaps, "more gap is", "more gaps are")} not shown.`,
  askedBy: (asked, people, last) =>
    `Asked ${plural(asked, "time", "times")} by ${plural(people, "person", "people")}, ` +
    `last on ${date(last)}`,
  reasons: {
    unanswered: "not answered",
    low_confidence: "answered without being sure",
    wrong: "said to be wrong",
    outdated: "said to be outdated",
    missing: "something was missing",
  },
  meanwhile: "answered by now",
  nearest: "Closest:",
  ask: "Ask:",
  dismiss: "Dismiss",
  dismissed: "Dismissed. It comes back when it is asked as often again.",
  loading: "Loading…",
};
