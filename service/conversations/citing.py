"""What earlier answers rested on, read again as whoever asks now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from index.access import VisibleTo
from index.plaintext import plain
from index.types import DocId, Document, Span
from service.conversations.types import Cited

_MOST_PLACES: Final = 3  # of a turn: what an answer says first is what it is about
_MOST_CHARS: Final = 400  # of a quote; a table or a code block can be long


class Reads(Protocol):
    """The read of the index that finds a citation again."""

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        """The document; None where there is none or it may not be shown."""
        ...


@dataclass(frozen=True, slots=True)
class Recalled:
    """A place that was cited, as it reads now."""

    title: str
    headings: tuple[str, ...]
    quote: str

    @property
    def text(self) -> str:
        """All of its words."""
        return "\n".join((self.title, *self.headings, self.quote))


def recalled(
    cited: Iterable[Cited], index: Reads, *, visible_to: VisibleTo
) -> tuple[Recalled, ...]:
    """The first few places that may be read now; the others leave no trace, not even a gap."""
    found: list[Recalled] = []
    for one in cited:
        if len(found) == _MOST_PLACES:
            break
        document = index.document(one.doc_id, visible_to=visible_to)
        if document is not None:
            found.append(_place(document, one.span))
    return tuple(found)


def _place(document: Document, span: Span) -> Recalled:
    headings = next((s.headings for s in document.sections if s.span.overlaps(span)), ())
    quote = plain(span.of(document.text), document.markup)
    return Recalled(document.title, headings, " ".join(quote.split())[:_MOST_CHARS])
