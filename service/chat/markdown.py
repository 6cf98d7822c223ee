"""Answers as Markdown in which nothing of a document becomes a link, an image or HTML."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from service.schemas import Answer, Citation, Nearest, Sentence, Validity

_BLOCKS: Final = ("code", "table")
_LISTS: Final = ("list", "steps")
_DASH: Final = " \N{EM DASH} "

# Control characters, what turns the direction of text around, and what nobody sees.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e007f]"
)
# Renderers make links of bare addresses, also of those whose characters are escaped. In code spans
# they do not.
_ADDRESS = re.compile(r"://|www\.|@|\w\.[^\W\d_]{2,}", re.IGNORECASE)
_AROUND = re.compile(r"([(\"'\[<]*)(.*?)([)\"'\]>.,;:!?]*)\Z", re.DOTALL)
_SPECIAL = re.compile(r"[\\`*\[\]#|~!$]|(?<!\w)_|_(?!\w)")
_LINE_START = re.compile(r"([-+=]|\d{1,9}(?=[.)]))")
_ITEM = re.compile(r"([ \t]*)([-*+\u2022]|\d{1,9}[.)])[ \t]+(?=\S)")
_ENTITIES: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_URL_CHARACTERS: Final = ":/?#[]@!$&'()*+,;=%"


def written(sentence: Sentence, before: str) -> str:
    """A part of an answer with its markers; `before` is the kind of the part before it, or empty.

    Together the parts of an answer are its text.
    """
    between = " " if sentence.kind == before == "sentence" else "\n\n"
    markers = "".join(f"[{marker}]" for marker in sentence.citations)
    return (between if before else "") + _shown(sentence) + markers


def ending(answer: Answer) -> str:
    """What stands below the sentences: what to know of them, and the sources.

    Of a refusal it is all there is: the words of it, the nearest documents, and whom to ask.
    """
    if answer.abstained:
        return _refusal(answer)
    paragraphs = [f"Note: {escaped(note.text)}" for note in answer.notes]
    paragraphs += [_disagreement(one.citations) for one in answer.disagreements]
    paragraphs.append("**Sources**")
    paragraphs.append(_list(_source(citation) for citation in answer.citations))
    return "".join(f"\n\n{paragraph}" for paragraph in paragraphs)


def whole(answer: Answer) -> str:
    """The answer with its sources."""
    text, before = "", ""
    for sentence in answer.sentences:
        text += written(sentence, before)
        before = sentence.kind
    return text + ending(answer)


def escaped(text: str) -> str:
    """Words as one line that shows them as they are; what looks like an address is set as code."""
    words = " ".join(_word(word) for word in _UNSEEN.sub("", text).split())
    return _LINE_START.sub(r"\\\1", words, count=1) if _needs_guard(words) else words


def linked(url: str) -> str:
    """An address that can be followed if it leads into the web; others are shown as code."""
    url = _UNSEEN.sub("", url)
    if re.match(r"https?://", url, re.IGNORECASE) is None:
        return _code(url) if url.strip() else ""
    return f"<{quote(url, safe=_URL_CHARACTERS, errors='replace')}>"


def _needs_guard(words: str) -> bool:
    return _LINE_START.match(words) is not None


def _word(word: str) -> str:
    if not _ADDRESS.search(word):
        return _literal(word)
    around = _AROUND.match(word)
    before, address, after = around.groups() if around else ("", word, "")
    return _literal(before) + (_code(address) if address else "") + _literal(after)


def _literal(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text).translate(_ENTITIES)


def _code(text: str) -> str:
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _shown(sentence: Sentence) -> str:
    if sentence.kind in _BLOCKS:
        text = _UNSEEN.sub("", sentence.text)
        fence = "`" * max(3, _longest_run(text) + 1)
        return f"{fence}\n{text}\n{fence}\n\n"
    if sentence.kind in _LISTS:
        lines = [line for line in sentence.text.splitlines() if line.strip()]
        return "\n".join(_line(line) for line in lines) + " "
    return escaped(sentence.text) + " "


def _line(line: str) -> str:
    """A line of a list: its marker is kept, so that it is shown as one."""
    item = _ITEM.match(line)
    if item is None:
        return escaped(line)
    indent, marker = item.groups()
    marker = marker if marker[0].isdigit() else "-"
    return f"{indent}{marker} {escaped(line[item.end() :])}"


def _refusal(answer: Answer) -> str:
    paragraphs = [escaped(answer.answer)]
    if answer.nearest:
        paragraphs.append("**Nearest documents**")
        paragraphs.append(_list(_quoted(document) for document in answer.nearest))
    if answer.refusal and answer.refusal.ask:
        people = ", ".join(escaped(name) for name in answer.refusal.ask)
        paragraphs.append(f"Who may know: {people}")
    return "\n\n".join(paragraphs)


def _disagreement(markers: Sequence[int]) -> str:
    newest, *others = (f"[{marker}]" for marker in markers)
    return f"Note: {newest} and {', '.join(others)} disagree; {newest} is the newest."


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _source(citation: Citation) -> str:
    place = _place(citation.title, citation.headings, citation.url, citation.updated_at)
    holds = citation.validity is None
    return f"[{citation.marker}] {place}" + ("" if holds else f", {_ceased(citation.validity)}")


def _quoted(document: Nearest) -> str:
    quote = " ".join(document.quote.split())
    return f"{_nearest(document)}: “{escaped(quote)}”" if quote else _nearest(document)


def _nearest(document: Nearest) -> str:
    return _place(document.title, document.headings, document.url, document.updated_at)


def _place(title: str, headings: Sequence[str], url: str, updated_at: datetime | None) -> str:
    path = [title, *(heading for heading in headings if heading != title)]
    place = _DASH.join(escaped(name) for name in path if name.strip())
    facts = [f"{place} {linked(url)}".strip()]
    if updated_at is not None:
        facts.append(f"{updated_at:%Y-%m-%d}")
    return ", ".join(facts)


def _ceased(validity: Validity | None) -> str:
    if validity is None:
        return ""
    said = f"**{validity.state.replace('_', ' ')}**"
    if validity.since is not None:
        said += f" since {validity.since:%Y-%m-%d}"
    if validity.by is not None:
        said += f" by {_nearest(validity.by)}"
    return said
