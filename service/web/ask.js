// The ask page: questions in, answers as they come, one conversation until a new one is begun.

import { account } from "./account.js";
import { ask } from "./api.js";
import { $, button, clear, fillTexts } from "./dom.js";
import { closePanel, preparePanel } from "./panel.js";
import { S } from "./strings.js";
import { Turn } from "./turn.js";

const NEW = "new";
let conversation = NEW;
let running = null;
let fading = 0;

function announce(words, isSeen = false) {
  $("said").textContent = words;
  if (!isSeen) return;
  $("toast").textContent = words;
  $("toast").hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => ($("toast").hidden = true), 2500);
}

async function put(question) {
  if (running || !question.trim()) return;
  const asked = question.trim();
  const turn = new Turn(asked, announce, () => {
    if (running) return;
    conversation = NEW;
    put(asked);
  });
  $("turns").append(turn.root);
  prepare(true);
  turn.root.scrollIntoView({ block: "start" });
  running = new AbortController();
  try {
    for await (const [name, data] of ask(asked, conversation, running.signal)) {
      if (name === "evidence") turn.evidence(data);
      else if (name === "sentence") turn.sentence(data);
      else if (name === "done") {
        turn.done(data);
        conversation = data.conversation ?? NEW;
      }
    }
  } catch (error) {
    fail(turn, error);
  } finally {
    running = null;
    prepare(false);
  }
}

function fail(turn, error) {
  const repeat = () => {
    turn.root.remove();
    $("question").focus();
    put(turn.question);
  };
  if (error.name === "AbortError") {
    turn.broken(S.stopped, [button(S.again, repeat, { class: "plain" })], false);
    return;
  }
  // A conversation is forgotten after a while, and when the service is started again.
  const isForgotten = error.status === 404 && conversation !== NEW;
  const asNew = () => {
    conversation = NEW;
    repeat();
  };
  const retry = isForgotten ? button(S.asNew, asNew) : button(S.again, repeat);
  retry.className = "plain";
  turn.broken(error.message, [retry]);
  if (error.status === 401) start();
}

// What stands around the question: whether an answer is being made, and whether there was one.
function prepare(isRunning) {
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
  conversation = NEW;
  closePanel();
  clear($("turns"));
  prepare(false);
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
  return account(() => {
    if (document.activeElement === document.body) $("question").focus();
  }, draft);
}

fillTexts(S);
preparePanel();
prepare(false);
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
start();
