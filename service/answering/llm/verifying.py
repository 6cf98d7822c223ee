"""Sentences that are verified one at a time, with markers that count through the answer."""

from dataclasses import replace

from index.access import VisibleTo
from index.types import DocId, Span
from service.answering.types import Citation, Said, Sentence
from service.answering.verify import Documents, Part, verified


class Verifying:
    """The sentences of one answer that stand.

    Attributes:
        sentences: what was verified so far, in order.
    """

    def __init__(self, index: Documents, *, visible_to: VisibleTo) -> None:
        """Nothing was said yet."""
        self._index = index
        self._visible_to = visible_to
        self._citations: dict[tuple[DocId, Span, str], Citation] = {}
        self.sentences: list[Sentence] = []

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Of all sentences so far, by marker."""
        return tuple(self._citations.values())

    def add(self, part: Part) -> Said | None:
        """The next sentence; None if a quote of it is not in the document as it is now."""
        sentences, cited = verified(self._index, [part], visible_to=self._visible_to)
        if not sentences:
            return None
        known = len(self._citations)
        markers: dict[int, int] = {}
        for one in cited:
            place = (one.doc_id, one.span, one.quote)
            numbered = replace(one, marker=len(self._citations) + 1)
            markers[one.marker] = self._citations.setdefault(place, numbered).marker
        found = replace(sentences[0], markers=tuple(markers[m] for m in sentences[0].markers))
        self.sentences.append(found)
        return Said(found, self.citations[known:])
