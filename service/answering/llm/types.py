"""What goes to a language model, and what its words are until they are checked."""

from dataclasses import dataclass

from index.types import Document, Span
from service.answering.verify import Part


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered piece of a document that a model may answer from.

    Attributes:
        number: what the model cites it by, from 1; no two of a request have the same.
        document: the live version, as this person may read it.
        span: what of its text the model reads; a quote must lie in it.
        title: of the document.
        headings: the path of headings over it, as one line; empty where there are none.
        date: when the document was last changed, as people read it; empty: unknown.
        state: `superseded by …`, `closed`, and so on; empty while the document holds.
    """

    number: int
    document: Document
    span: Span
    title: str
    headings: str = ""
    date: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Quoted:
    """That the passage of this number says this; not yet checked."""

    passage: int
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as the model wrote it, with what it claims to rest on; nobody may read it yet."""

    text: str
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class Supported:
    """A sentence that its quotes say: its text is plain, its claims are exact spans."""

    part: Part


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A sentence that must not be shown.

    Attributes:
        why: a sentence for the model that is asked to repair it; nothing for readers or logs, as
            it names words of the draft.
    """

    draft: Draft
    why: str
