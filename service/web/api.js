// What the pages ask of the service, as the person who looks at them.

import { S } from "./strings.js";

// The key lives in this page alone: no storage, no cookie, no address.
const proof = { key: null, csrf: null };

// Why a request failed, in words; `status` is 0 when there was no response.
export class Failure extends Error {
  constructor(status, words, body = {}) {
    super(words);
    this.status = status;
    this.body = body;
  }
}

export function useKey(key) {
  proof.key = key;
}

export const hasKey = () => proof.key !== null;

function headersOf(method, accept) {
  const headers = { Accept: accept };
  if (method !== "GET") headers["Content-Type"] = "application/json";
  if (proof.key) headers.Authorization = `Bearer ${proof.key}`;
  if (proof.csrf && method !== "GET") headers["X-CSRF-Token"] = proof.csrf;
  return headers;
}

async function send(method, path, { body, signal, accept = "application/json" } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: headersOf(method, accept),
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, S.offline);
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function failure(response) {
  const body = await response.json().catch(() => ({}));
  return new Failure(response.status, words(response, body), body);
}

function words(response, body) {
  const detail = String(body.detail ?? "").replace(/\.$/, "");
  switch (response.status) {
    case 401:
      return S.signedOut;
    case 403:
      return S.forbidden;
    case 429:
      return S.tooMany(Number(response.headers.get("Retry-After")) || 0);
    case 503:
      return detail ? S.notReady(detail) : S.failedUnknown;
    default:
      return detail ? S.failed(detail) : S.failedUnknown;
  }
}

const json = async (method, path, options) => (await send(method, path, options)).json();

export async function me() {
  const found = await json("GET", "/v1/me");
  proof.csrf = found.csrf;
  return found;
}

export const signOut = (path) => send("POST", path, { body: {} });
export const documentOf = (id, signal) =>
  json("GET", `/v1/documents/${encodeURIComponent(id)}`, { signal });
export const documents = () => json("GET", "/v1/documents");
export const status = () => json("GET", "/v1/status");
export const usage = () => json("GET", "/v1/usage");
export const gaps = () => json("GET", "/v1/gaps?limit=20");
export const dismiss = (id) => send("POST", `/v1/gaps/${encodeURIComponent(id)}/dismiss`);
export const feedback = (answer, verdict, text) =>
  json("POST", "/v1/feedback", { body: { answer, verdict, text } });

// The events of an answer as they come, as [name, data]; the last one is `done`.
export async function* ask(question, conversation, signal) {
  const response = await send("POST", "/v1/ask", {
    body: { question, conversation },
    signal,
    accept: "text/event-stream",
  });
  for await (const [name, data] of events(response.body)) {
    if (name === "error") throw new Failure(500, S.broke, data);
    yield [name, data];
    if (name === "done") return;
  }
  throw new Failure(0, S.broke);
}

async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const found = event(block);
        if (found) yield found;
      }
    }
  } catch (error) {
    throw error.name === "AbortError" ? error : new Failure(0, S.broke);
  } finally {
    reader.cancel().catch(() => {});
  }
}

function event(block) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data.push(line.slice(6));
  }
  return data.length ? [name, JSON.parse(data.join("\n"))] : null;
}
