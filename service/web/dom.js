// Elements made of text nodes: nothing here reads markup, so no text of a document can become any.

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g;

// Characters that reorder or hide what stands around them are shown as one that stands for itself.
export const shown = (text) => String(text ?? "").replace(/\r\n?/g, "\n").replace(CONTROLS, "\ufffd");

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined).map(node));
  return made;
}

const node = (child) => (child instanceof Node ? child : document.createTextNode(shown(child)));

// A name or title from outside: its writing direction is its own.
export const said = (text, tag = "bdi", attributes = {}) => el(tag, { dir: "auto", ...attributes }, text);

export function isWeb(url) {
  try {
    return ["https:", "http:"].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}

// A link out, or its words alone where the address is none of the web.
export function out(url, label, attributes = {}) {
  if (!isWeb(url)) return null;
  const safe = { href: url, target: "_blank", rel: "noopener noreferrer" };
  return el("a", { ...attributes, ...safe }, label);
}

export const button = (label, onclick, attributes = {}) =>
  el("button", { type: "button", ...attributes, onclick }, label);

export function clear(element, ...children) {
  element.replaceChildren(...children.filter(Boolean));
  return element;
}

export function fillTexts(strings) {
  for (const one of document.querySelectorAll("[data-text]"))
    one.textContent = strings[one.dataset.text];
  for (const one of document.querySelectorAll("[data-label]"))
    one.setAttribute("aria-label", strings[one.dataset.label]);
}

export const $ = (id) => document.getElementById(id);
