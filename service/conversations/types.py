"""What is remembered of a conversation, and what makes a question stand alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index.access import VisibleTo
from index.types import DocId, Span


@dataclass(frozen=True, slots=True)
class Cited:
    """A place that an earlier answer cited; its text is read again, as whoever asks now."""

    doc_id: DocId
    span: Span


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was asked, and what its answer rested on; never the answer's own text.

    Attributes:
        question: as it was asked.
        standalone: what was searched for; the question itself if that stood alone.
        cited: in the order of the answer; empty when it was refused.
    """

    question: str
    standalone: str
    cited: tuple[Cited, ...] = ()


class Rewriter(Protocol):
    """Makes a question stand alone."""

    def standalone(self, question: str, earlier: Sequence[Turn], *, visible_to: VisibleTo) -> str:
        """What the question asks for, in words that need no earlier turn; itself if it does.

        Args:
            question: as it was asked.
            earlier: the turns before it, oldest first; none: the question comes back as it is.
            visible_to: who asks; nothing of what they may not read now gets into the question.
        """
        ...
