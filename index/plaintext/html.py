"""HTML and JSX tags inside of other markup -> their text."""

import re

from index.plaintext.stash import cut

_NAMES = (
    "a abbr address area article aside audio b base bdi bdo big blockquote body br button canvas "
    "caption center cite code col colgroup data datalist dd del details dfn dialog div dl dt em "
    "embed fieldset figcaption figure font footer form g h1 h2 h3 h4 h5 h6 head header hr html i "
    "iframe img input ins kbd label legend li link main map mark menu meta nav noscript object ol "
    "optgroup option output p param path picture pre progress q rect rp rt ruby s samp script "
    "section select slot small source span strike strong style sub summary sup svg table tbody td "
    "template textarea tfoot th thead time title tr track tt u ul use var video wbr"
)
# Only names that HTML knows, and JSX components at the start of a word: `<your-name>` and
# `List<String>` are words of prose.
_TAG = re.compile(
    rf"</?(?:{'|'.join(_NAMES.split())})(?=[\s/>])[^<>]*>"
    r"|</[A-Z][A-Za-z0-9.]*>"
    r"|(?<![\w.])<[A-Z][A-Za-z0-9.]*(?:\s+[\w:-]+=[^<>]*|\s+[\w:-]+)?\s*/?>"
    r"|</?>|<!DOCTYPE[^<>]*>",
    re.IGNORECASE,
)
_COMPONENT = re.compile(r"</?([A-Za-z][\w.-]*)")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|li|div|h[1-6]|tr|dt|dd|summary|figcaption)>", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]>\s*(?=<t[dh][\s>])", re.IGNORECASE)
_ITEM = re.compile(r"<li(?=[\s>])[^<>]*>\s*", re.IGNORECASE)
_ALT = re.compile(r"<img\s[^<>]*?\balt=(?:\"([^\"<>]*)\"|'([^'<>]*)')[^<>]*>", re.IGNORECASE)
_HTML_NAMES = frozenset(_NAMES.split())


def without_html(text: str) -> str:
    """`text` without tags; the alternative texts of images stay, scripts and styles go."""
    if "<" not in text:
        return text
    for name in ("script", "style"):
        text = cut(text, f"<{name}", f"</{name}>")
    text = _ALT.sub(lambda found: found[1] or found[2] or "", text)
    text = _ITEM.sub("- ", _CELL_END.sub(" | ", text))
    return _TAG.sub(_unless_prose, _BREAK.sub("\n", text))


def _unless_prose(found: re.Match[str]) -> str:
    name = _COMPONENT.match(found[0])
    if name is None or name[1].lower() in _HTML_NAMES or _is_component(name[1]):
        return ""
    return found[0]


def _is_component(name: str) -> bool:
    """`<TabItem>` is markup; `<ENVIRONMENT>` and `<DB_NAME>` are blanks for the reader to fill."""
    return name[0].isupper() and not name.isupper()
