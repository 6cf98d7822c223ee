"""Answers as Slack shows them: a few blocks within Slack's limits, and the text beside them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block as Model

from service.answering.days import day_worded
from service.answering.types import EXTRACTIVE
from service.answering.validity import worded
from service.schemas import Answer, Citation, Nearest, Sentence
from service.slack import rich, texts
from service.slack.rich import Block, Element

BLOCKS_MAX: Final = 50

_BODY_MAX: Final = 2700  # characters of sentences; with markers still one block
_SOURCES_MAX: Final = 2700
_SHOWN_SOURCES: Final = 10
_SHOWN_NEAREST: Final = 3
_TITLE_MAX: Final = 120
_LINE_MAX: Final = 300
_NOTE_MAX: Final = 500
_QUESTION_MAX: Final = 300
_FALLBACK_MAX: Final = 1500
_LEAST: Final = 120  # characters; less of a sentence is not worth showing
_LETTER_BY_LETTER: Final = ("code", "table")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: blocks, and the same as text; no blocks: the text is shown."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be done with an answer.

    Attributes:
        key: under which it is kept; None: no buttons.
        page_url: of the ask page; None: there is none.
        remark: stands above the answer.
        can_rate: whether feedback can name it.
    """

    key: str | None = None
    page_url: str | None = None
    remark: str = ""
    can_rate: bool = True


def private(answer: Answer, offer: Offer) -> Message:
    """An answer, or a refusal that helps, for whoever asked."""
    page = _page(offer.page_url, answer.question)
    blocks = [*_context("remark", offer.remark), *_answer_blocks(answer, page)]
    blocks += _context("origin", f"{texts.ONLY_YOU} {_origin(answer)}".strip())
    if offer.key:
        blocks += _buttons(answer, offer, page)
    return Message(_as_text(answer), checked(blocks))


def public(answer: Answer, *, sharer: str | None, page_url: str | None = None) -> Message:
    """What everybody in a channel may see of an answer.

    Args:
        answer: reduced to that already.
        sharer: user id of who shares it; None: it is said to whoever asked, in their thread.
        page_url: of the ask page.
    """
    blocks: list[Block] = []
    if sharer:
        by: list[Element] = [
            {"type": "user", "user_id": sharer},
            *rich.words(" shares an answer to: "),
            *rich.words(rich.shortened(answer.question, _QUESTION_MAX), bold=True),
        ]
        blocks.append(rich.rich_text([rich.section(by)]))
    blocks += _answer_blocks(answer, _page(page_url, answer.question))
    origin = _origin(answer) if sharer else f"{_origin(answer)} {texts.FOLLOW_UP}".strip()
    return Message(_as_text(answer), checked([*blocks, *_context("origin", origin)]))


def told(text: str) -> Message:
    """Words of ours; never those of a document, for they are read as mrkdwn."""
    return Message(text)


def checked(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, if Slack takes them.

    Raises:
        SlackObjectFormationError: they break a limit.
    """
    if len(blocks) > BLOCKS_MAX:
        raise SlackObjectFormationError(f"{len(blocks)} blocks; Slack takes {BLOCKS_MAX}")
    for model in Model.parse_all(list(blocks)):
        model.validate_json()
        model.to_dict()
    for block in blocks:
        if block["type"] == "rich_text" and rich.size(block["elements"]) > rich.TEXT_MAX:
            raise SlackObjectFormationError(f"a block of more than {rich.TEXT_MAX} characters")
    return tuple(blocks)


def _answer_blocks(answer: Answer, page: str | None) -> Iterator[Block]:
    if answer.abstained:
        yield rich.rich_text([rich.section(rich.words(answer.answer, bold=True))])
        yield from _refused(answer)
        return
    by_marker = {citation.marker: citation for citation in answer.citations}
    body = _Body(by_marker)
    body.fill(answer.sentences)
    if body.is_cut:
        body.elements.append(rich.section(_cut(page)))
    if body.elements:
        yield rich.rich_text(body.elements)
    if warnings := [*_warnings(answer, by_marker)]:
        yield rich.rich_text([rich.section(rich.words(line, italic=True)) for line in warnings])
    if answer.citations:
        yield rich.rich_text(_sources(answer.citations))


class _Body:
    """The sentences, as many as there is room for."""

    def __init__(self, citations: dict[int, Citation]) -> None:
        self.elements: list[Element] = []
        self.is_cut = False
        self._citations = citations
        self._left = _BODY_MAX
        self._before = ""

    def fill(self, sentences: Iterable[Sentence]) -> None:
        for sentence in sentences:
            if self.is_cut or self._left < _LEAST:
                self.is_cut = True
                return
            self._add(sentence)

    def _add(self, sentence: Sentence) -> None:
        markers = list(_markers(sentence.citations, self._citations))
        text = rich.clean(sentence.text)
        room = self._left - rich.size(markers) - 1
        shown = rich.shortened(text, max(room, _LEAST))
        self.is_cut = shown != text
        self._left -= rich.size([{"text": shown}, *markers]) + 1
        if sentence.kind in _LETTER_BY_LETTER:
            self.elements += [rich.preformatted(shown), rich.section(markers)]
        elif sentence.kind == self._before == "sentence":
            self.elements[-1]["elements"] += [*rich.words(f" {shown} "), *markers]
        else:
            # A section begins on a new line, and only a line break of ours leaves one free.
            gap = "\n" if self.elements and self._before not in _LETTER_BY_LETTER else ""
            self.elements.append(rich.section([*rich.words(f"{gap}{shown} "), *markers]))
        self._before = sentence.kind


def _markers(markers: Iterable[int], citations: dict[int, Citation]) -> Iterator[Element]:
    for marker in list(markers)[:_SHOWN_SOURCES]:
        url = citations[marker].url if marker in citations else ""
        yield from rich.link(url, f"[{marker}]")


def _cut(page: str | None) -> Iterator[Element]:
    yield from rich.words(f"\n{texts.CUT} ", italic=True)
    if page:
        yield from rich.link(page, texts.CUT_LINK)


def _warnings(answer: Answer, by_marker: dict[int, Citation]) -> Iterator[str]:
    """What the reader should know before they rely on it."""
    for one in answer.disagreements[:_SHOWN_NEAREST]:
        sides = [_side(by_marker[m]) for m in one.citations if m in by_marker]
        yield rich.shortened(f"The documents disagree: {', '.join(sides)}.", _NOTE_MAX)
    for note in answer.notes[:_SHOWN_NEAREST]:
        yield rich.shortened(note.text, _NOTE_MAX)


def _side(citation: Citation) -> str:
    day = f" ({day_worded(citation.updated_at)})" if citation.updated_at else ""
    return f"[{citation.marker}] “{rich.shortened(citation.title, _TITLE_MAX)}”{day}"


def _sources(citations: Sequence[Citation]) -> list[Element]:
    elements = [rich.section(rich.words(texts.SOURCES, bold=True))]
    left = _SOURCES_MAX
    for shown, citation in enumerate(citations):
        line = rich.section(_source(citation))
        left -= rich.size([line])
        if left < 0 or shown == _SHOWN_SOURCES:
            rest = texts.more_sources(len(citations) - shown)
            return [*elements, rich.section(rich.words(rest))]
        elements.append(line)
    return elements


def _source(citation: Citation) -> Iterator[Element]:
    # Numbers are written out: where there is no room for all, they are not 1, 2, 3.
    yield from rich.words(f"{citation.marker}. ")
    yield from rich.link(citation.url, _path(citation.title, citation.headings))
    if citation.updated_at:
        yield from rich.words(f" · {day_worded(citation.updated_at)}")
    if citation.validity:
        yield from rich.words(" · ")
        state = rich.shortened(worded(citation.validity), _LINE_MAX)
        yield from rich.words(f"{state[:1].upper()}{state[1:]}", bold=True)


def _path(title: str, headings: Sequence[str]) -> str:
    """The title, and the last heading where it says more."""
    title = rich.shortened(" ".join(rich.clean(title).split()), _TITLE_MAX) or "Untitled"
    last = " ".join(rich.clean(headings[-1]).split()) if headings else ""
    return f"{title} / {rich.shortened(last, _TITLE_MAX)}" if last and last != title else title


def _refused(answer: Answer) -> Iterator[Block]:
    elements: list[Element] = []
    if answer.nearest:
        elements.append(rich.section(rich.words(texts.NEAREST, bold=True)))
        elements += [rich.section(_nearest(one)) for one in answer.nearest[:_SHOWN_NEAREST]]
    if answer.refusal:
        sources = rich.shortened(", ".join(answer.refusal.sources), _LINE_MAX)
        line = texts.searched(answer.refusal.documents, sources)
        elements.append(rich.section(rich.words(line)))
        if answer.refusal.ask:
            ask = rich.shortened(", ".join(answer.refusal.ask), _LINE_MAX)
            elements.append(rich.section(rich.words(f"Who may know: {ask}.")))
    if elements:
        yield rich.rich_text(elements)


def _nearest(document: Nearest) -> Iterator[Element]:
    yield from rich.words("• ")
    yield from rich.link(document.url, _path(document.title, document.headings))
    if document.updated_at:
        yield from rich.words(f" · {day_worded(document.updated_at)}")
    if document.authors:
        yield from rich.words(f" · {rich.shortened(', '.join(document.authors), _TITLE_MAX)}")
    if document.quote:
        yield from rich.words(f"\n“{rich.shortened(document.quote, _LINE_MAX)}”")


def _origin(answer: Answer) -> str:
    if answer.abstained:
        return ""
    if answer.written_by == EXTRACTIVE:
        return texts.QUOTED
    return texts.written_by(rich.shortened(answer.written_by, _TITLE_MAX))


def _context(name: str, text: str) -> Iterator[Block]:
    if text:
        shown = {"type": "plain_text", "text": rich.clean(text), "emoji": False}
        yield {"type": "context", "block_id": name, "elements": [shown]}


def _buttons(answer: Answer, offer: Offer, page: str | None) -> Iterator[Block]:
    key = offer.key or ""
    elements: list[Element] = []
    if not answer.abstained:
        elements.append(_button("share", texts.SHARE, key))
    if offer.can_rate:
        elements += [_button("useful", texts.USEFUL, key), _button("wrong", texts.WRONG, key)]
    if page:
        elements.append({**_button("open", texts.OPEN, key), "url": page})
    if offer.can_rate:
        options = (("outdated", texts.OUTDATED), ("missing", texts.MISSING))
        more = [{"text": _plain(text), "value": f"{value}:{key}"} for value, text in options]
        elements.append({"type": "overflow", "action_id": "more", "options": more})
    if elements:
        yield {"type": "actions", "block_id": "actions", "elements": elements}


def _button(action: str, text: str, key: str) -> Element:
    return {"type": "button", "action_id": action, "text": _plain(text), "value": key}


def _plain(text: str) -> Element:
    return {"type": "plain_text", "text": text, "emoji": False}


def _page(page_url: str | None, question: str) -> str | None:
    if not page_url:
        return None
    asked = f"{page_url.rstrip('/')}/?q={quote(rich.clean(question))}"
    return asked if rich.is_web(asked) else page_url


def _as_text(answer: Answer) -> str:
    # Of the sentences, not of `answer.answer`: whatever was left out of them is not in here.
    said = " ".join(sentence.text for sentence in answer.sentences)
    return rich.fallback(answer.answer if answer.abstained else said, _FALLBACK_MAX)
