// Who looks at the page: their name, signing in and out, or an API key where there is nothing else.

import { me, signOut, useKey } from "./api.js";
import { $, button, clear, el, said } from "./dom.js";
import { disown, recall } from "./keeping.js";
import { S } from "./strings.js";

const HOME = "/";
const elsewhere = new BroadcastChannel("answerable.account");
const isLocal = (path) => typeof path === "string" && /^\/(?![/\\])/.test(path);

// Whoever comes back to a page that the browser kept as it was may be somebody else.
addEventListener("pagehide", () => (document.body.hidden = true));
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
elsewhere.addEventListener("message", gone);

// Finds out who looks; calls `known` with what was kept for them, at once or after a key was
// entered. Whether they were known at once.
export async function account(known, next = () => location.pathname) {
  try {
    const person = await me();
    show(person);
    await known(person, recall(person));
    return true;
  } catch (error) {
    if (error.status === 401) {
      stranger(error.body.sign_in, known, next);
      return false;
    }
    clear($("notice"), el("p", { class: "problem", role: "alert" }, error.message));
    $("notice").append(button(S.again, () => account(known, next)));
    return false;
  }
}

function show(person) {
  clear($("notice"));
  const isHere = person.way === "local";
  const attributes = isHere
    ? { class: "who local" }
    : { class: "who", title: S.signedInAs(person.name) };
  clear($("account"), said(isHere ? S.local : person.name, "span", attributes));
  if (isLocal(person.sign_out))
    $("account").append(button(S.signOut, () => leave(person.sign_out), { class: "plain" }));
}

async function leave(path) {
  try {
    await signOut(path);
  } catch (error) {
    // Whom nobody knows any more is out already.
    if (error.status !== 401) {
      clear($("notice"), el("p", { class: "problem", role: "alert" }, error.message));
      return;
    }
  }
  elsewhere.postMessage("signed out");
  gone();
}

// Nothing of theirs stays: neither shown, nor kept, in no tab.
function gone() {
  disown();
  document.body.hidden = true;
  location.replace(HOME);
}

function stranger(path, known, next) {
  disown();
  clear($("account"));
  if (isLocal(path)) {
    const href = () => `${path}?next=${encodeURIComponent(next())}`;
    const link = el("a", { class: "primary", href: href() }, S.signIn);
    link.addEventListener("click", () => link.setAttribute("href", href()));
    clear($("notice"), el("p", {}, S.signInLead), el("p", {}, link));
    return;
  }
  keyForm(known, next);
}

function keyForm(known, next) {
  const input = el("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const problem = el("p", { class: "problem", role: "alert" });
  const enter = async (event) => {
    event.preventDefault();
    useKey(input.value.trim());
    try {
      const person = await me();
      show(person);
      await known(person, recall(person));
    } catch (error) {
      useKey(null);
      problem.textContent = error.status === 401 ? S.keyWrong : error.message;
    }
  };
  clear(
    $("notice"),
    el(
      "form",
      { class: "key", onsubmit: enter },
      el("p", {}, S.keyLead),
      el("label", { for: "key" }, S.keyLabel),
      el("div", { class: "row-of" }, input, el("button", { class: "primary" }, S.keyUse)),
      problem,
    ),
  );
  input.focus();
}
