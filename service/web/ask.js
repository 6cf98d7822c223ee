// The ask page: questions in, answers as they come, one conversation until a new one is begun.

import { account } from "./account.js";
import { ask } from "./api.js";
import { $, button, clear, fillTexts } from "./dom.js";
import { forget, keep } from "./keeping.js";
import { closePanel, preparePanel } from "./panel.js";
import { S } from "./strings.js";
import { Turn } from "./turn.js";

const NEW = "new";
let conversation = NEW;
let running = null;
let knowing = null;
let fading = 0;

function announce(words, isSeen = false) {
  $("said").textContent = words;
  if (!isSeen) return;
  $("toast").textContent = words;
  $("toast").hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => ($("toast").hidden = true), 2500);
}

function begun(question) {
  return new Turn(question, announce, () => {
    if (running) return;
    conversation = NEW;
    put(question);
  });
}

async function put(question) {
  if (running || !question.trim()) return;
  const turn = begun(question.trim());
  running = new AbortController();
  const { signal } = running;
  prepare();
  // What was kept comes first; and before it is known who asks, nobody does.
  await knowing;
  $("turns").append(turn.root);
  prepare();
  turn.root.scrollIntoView({ block: "start" });
  try {
    for await (const [name, data] of answering(turn, signal)) {
      if (name === "evidence") turn.evidence(data);
      else if (name === "sentence") turn.sentence(data);
      else if (name === "done") end(turn, data);
    }
  } catch (error) {
    fail(turn, error);
  } finally {
    running = null;
    prepare();
  }
}

async function* answering(turn, signal) {
  try {
    yield* ask(turn.question, conversation, signal);
  } catch (error) {
    // A conversation is forgotten after a while, and when the service is started again.
    if (error.status !== 404 || conversation === NEW) throw error;
    conversation = NEW;
    turn.standsAlone();
    yield* ask(turn.question, conversation, signal);
  }
}

function end(turn, answer) {
  // A new conversation may have been begun in the meantime.
  if (!turn.root.isConnected) return;
  turn.done(answer);
  conversation = answer.conversation ?? NEW;
  keep(conversation, turn);
}

function fail(turn, error) {
  if (error.status === 401) {
    strange(turn.question, error.message);
    return;
  }
  const repeat = () => {
    turn.root.remove();
    $("question").focus();
    put(turn.question);
  };
  const isStopped = error.name === "AbortError";
  const retry = button(S.again, repeat, { class: "plain" });
  turn.broken(isStopped ? S.stopped : error.message, [retry], !isStopped);
}

// It was not who it seemed to be: the answers of before are shown again to none but them.
async function strange(question, words) {
  wipe();
  $("question").value = question;
  knowing = start();
  if (!(await knowing)) announce(words, true);
}

function wipe() {
  conversation = NEW;
  closePanel();
  clear($("turns"));
  prepare();
}

// A page that was loaded again goes on where it was.
function bring(kept) {
  try {
    const turns = kept.turns.map((one) => {
      const turn = begun(one.question);
      turn.restore(one);
      return turn.root;
    });
    $("turns").replaceChildren(...turns);
    conversation = kept.conversation;
    prepare();
    turns.at(-1)?.scrollIntoView({ block: "start" });
  } catch {
    forget();
    wipe();
  }
}

// What stands around the question: whether an answer is being made, and whether there was one.
function prepare() {
  const isRunning = running !== null;
  const hasTurns = $("turns").childElementCount > 0;
  document.body.classList.toggle("has-turns", hasTurns);
  $("ask").textContent = isRunning ? S.stop : S.ask;
  $("ask").classList.toggle("stop", isRunning);
  $("new").hidden = !hasTurns;
  $("hint").textContent = S.hint;
  const followsUp = hasTurns && conversation !== NEW;
  $("question").placeholder = followsUp ? S.placeholderFollowUp : S.placeholder;
  $("label").textContent = followsUp ? S.labelFollowUp : S.label;
}

function submit(event) {
  event.preventDefault();
  if (running) {
    running.abort();
    return;
  }
  const question = $("question").value;
  if (!question.trim()) return;
  $("question").value = "";
  put(question);
}

function begin() {
  running?.abort();
  forget();
  wipe();
  $("question").focus();
}

// A question in the address is only filled in. To ask is recorded in the asker's name, counts
// against their limits and may go to a language model: no link of somebody else may do that.
function fill() {
  const found =
    new URLSearchParams(location.hash.slice(1)).get("q") ??
    new URLSearchParams(location.search).get("q");
  if (!found?.trim()) return;
  $("question").value = found.slice(0, 20000);
  $("hint").textContent = S.prefilled;
  // After the sign # a question is sent to nobody, and no proxy writes it down.
  if (location.search) history.replaceState(null, "", `/#q=${encodeURIComponent(found)}`);
}

function draft() {
  const question = $("question").value.trim();
  return question ? `/?q=${encodeURIComponent(question)}` : "/";
}

function start() {
  return account((_, kept) => {
    if (kept && !$("turns").childElementCount) bring(kept);
    if (document.activeElement === document.body) $("question").focus();
  }, draft);
}

fillTexts(S);
preparePanel();
prepare();
fill();
$("form").addEventListener("submit", submit);
$("question").addEventListener("keydown", (event) => {
  // While an input method composes a word, Enter is its own.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (!running) $("form").requestSubmit();
});
$("new").addEventListener("click", begin);
addEventListener("hashchange", fill);
$("question").focus();
knowing = start();
