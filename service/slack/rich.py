"""Texts of documents as Block Kit's rich text: shown as they are, whatever they contain."""

# Not mrkdwn: a text element of rich text is literal. Nothing in it is a mention, a link, an emoji
# or bold, so that there is nothing to escape, and code cannot break out of its block.

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

Element = dict[str, Any]
Block = dict[str, Any]

TEXT_MAX: Final = 3000  # characters of one block, which is Slack's limit of a section
_URL_MAX: Final = 2000
_MANY: Final = 40  # addresses in a text, beyond which it is all shown as code
_CUT: Final = "…"
_KEPT_CONTROLS: Final = "\n\t"
# Turns of direction make a text look like another one.
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Clients make links of these; as code they are shown and can be copied, and lead nowhere.
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]{0,20}://|www\.|mailto:)\S+|[^\s@]{1,64}@[^\s@]+", re.I)
_SPECIAL = re.compile(r"([*_~`@]|://)")
_JOINER: Final = "\u2060"


def clean(text: str) -> str:
    """Without what is no text: control characters, halves of characters, turns of direction."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_shown(character) for character in text)


def shortened(text: str, most: int) -> str:
    """At most so many characters; cut at the end of a sentence or a word where one is near."""
    if _size(text) <= most:
        return text
    head = _head(text, most - 2 * len(_CUT))
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s)|\n", head)]
    if ends and ends[-1] > most // 2:
        return f"{head[: ends[-1]].rstrip()} {_CUT}"
    whole, _, _ = head.rpartition(" ")
    return f"{whole if len(whole) > most // 2 else head}{_CUT}"


def words(text: str, *, bold: bool = False, italic: bool = False) -> Iterator[Element]:
    """A text as elements; addresses in it stay text."""
    style = {name: True for name, on in (("bold", bold), ("italic", italic)) if on}
    at = 0
    text = clean(text)
    found = list(_ADDRESS.finditer(text))
    if len(found) > _MANY:
        yield from _element(text, {**style, "code": True})
        return
    for match in found:
        yield from _element(text[at : match.start()], style)
        yield from _element(match.group(), {**style, "code": True})
        at = match.end()
    yield from _element(text[at:], style)


def link(url: str, text: str, *, bold: bool = False) -> Iterator[Element]:
    """A link of ours; only its text where the address is none of the web."""
    if not is_web(url) or not clean(text).strip():
        yield from words(text, bold=bold)
        return
    found: Element = {"type": "link", "url": url, "text": clean(text)}
    yield {**found, "style": {"bold": True}} if bold else found


def is_web(url: str) -> bool:
    """Whether an address may be linked to: http(s), a host, and nothing that ends a link early."""
    if len(url) > _URL_MAX or re.search(r"[\s<>|\x00-\x20\x7f]", url) or clean(url) != url:
        return False
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False


def section(elements: Iterable[Element]) -> Element:
    """A paragraph."""
    return {"type": "rich_text_section", "elements": list(elements)}


def preformatted(text: str) -> Element:
    """Code, or a table, letter by letter."""
    return {"type": "rich_text_preformatted", "elements": list(_element(clean(text), {}))}


def rich_text(elements: Sequence[Element], block_id: str | None = None) -> Block:
    """A block."""
    block: Block = {"type": "rich_text", "elements": list(elements)}
    return {**block, "block_id": block_id} if block_id else block


def fallback(text: str, most: int = TEXT_MAX) -> str:
    """The same for `text` beside blocks, which notifications and screen readers use.

    That is mrkdwn: what is special there is escaped, or parted from what makes it special.
    """
    text = clean(text)
    while True:
        # Escaping makes it longer; a cut afterwards could cut an escape in two.
        told = _SPECIAL.sub(_parted, shortened(text, most))
        told = told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        if _size(told) <= most:
            return told
        text = _head(text, min(len(text), most) * 3 // 4)


def size(elements: Iterable[Element]) -> int:
    """Characters of all the texts of elements, as Slack counts them."""
    return sum(
        _size(element.get("text", "")) + size(element.get("elements", ())) for element in elements
    )


def _parted(match: re.Match[str]) -> str:
    return f"{match.group()[0]}{_JOINER}{match.group()[1:]}"


def _shown(character: str) -> str:
    if character in _BIDI:
        return ""
    match unicodedata.category(character):
        case "Cs":
            return "\ufffd"
        case "Cc":
            return character if character in _KEPT_CONTROLS else ""
        case _:
            return character


def _element(text: str, style: dict[str, bool]) -> Iterator[Element]:
    if text:
        found: Element = {"type": "text", "text": text}
        yield {**found, "style": style} if style else found


def _size(text: str) -> int:
    # Slack counts UTF-16 units for some clients: an emoji is two.
    return len(text) + sum(character > "\uffff" for character in text)


def _head(text: str, most: int) -> str:
    head = text[:most]
    while _size(head) > most:
        head = head[: len(head) - max(1, (_size(head) - most) // 2)]
    return head
