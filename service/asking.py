"""What a person can do with the index: ask, search, read. The same for HTTP and command line."""

import time
import unicodedata
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from index.access import VisibleTo
from index.reading import Listing
from index.search import Search
from index.types import DocId, Document, ScoredChunk
from service.answering.courtesy import courtesy, is_courtesy
from service.answering.refusal import refused
from service.answering.types import Answer, Answerer, Said
from service.conversations.types import Rewriter, Turn
from service.errors import BadQuestion, NotFound
from service.models.types import never
from service.retrieval import Retriever, best_of_each_document
from service.settings import ServiceSettings

Unit = Literal["chunk", "document"]

_WHITESPACE: Final = "\t\n\r"


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer; `timings_ms` by step, `total_ms` is all of it.

    Attributes:
        standalone: what was searched for; the question itself unless it followed up on another.
        withheld: see `Retrieval.withheld`.
    """

    question: str
    standalone: str
    answer: Answer
    timings_ms: dict[str, float]
    withheld: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer is about to be made from.

    Attributes:
        hits: the chunks, best first.
    """

    question: str
    standalone: str
    hits: tuple[ScoredChunk, ...]
    withheld: int | None = None


Streaming = Generator[Evidence | Said, None, Answered]
"""The evidence, then sentences as each is verified, then (as the value it returns) everything.
Closing it stops whatever is being written."""


@dataclass(frozen=True, slots=True)
class Found:
    """A query with its ranking: of chunks, or of documents, each shown by its best chunk.

    Attributes:
        withheld: see `Retrieval.withheld`.
    """

    query: str
    ranking: tuple[ScoredChunk, ...]
    timings_ms: dict[str, float]
    withheld: int | None = None


class Asking:
    """The use cases of reading, over one index."""

    def __init__(
        self,
        index: Search,
        retriever: Retriever,
        answerer: Answerer,
        settings: ServiceSettings,
        rewriter: Rewriter | None = None,
    ) -> None:
        """Over parts that are made elsewhere.

        Args:
            index: what is read.
            retriever: finds the evidence.
            answerer: makes answers from it.
            settings: how long questions may be, and how much evidence there is.
            rewriter: None: every question stands alone.
        """
        self._index = index
        self._retriever = retriever
        self._answerer = answerer
        self._settings = settings
        self._rewriter = rewriter

    def ask(
        self,
        question: str,
        *,
        visible_to: VisibleTo,
        earlier: Sequence[Turn] = (),
        should_stop: Callable[[], bool] = never,
    ) -> Answered:
        """An answer out of what this person may read.

        Args:
            question: as it was asked.
            visible_to: who asks.
            earlier: the turns of the conversation before it, oldest first.
            should_stop: ends it early; what there is by then is given.

        Raises:
            BadQuestion: it is empty, too long, or not text.
        """
        streaming = self.stream(
            question, visible_to=visible_to, earlier=earlier, should_stop=should_stop
        )
        while True:
            try:
                next(streaming)
            except StopIteration as ended:
                answered: Answered = ended.value
                return answered

    def stream(
        self,
        question: str,
        *,
        visible_to: VisibleTo,
        earlier: Sequence[Turn] = (),
        should_stop: Callable[[], bool] = never,
    ) -> Streaming:
        """The same as it comes; `should_stop` ends it early, and is asked often.

        Raises:
            BadQuestion: it is empty, too long, or not text.
        """
        began = time.perf_counter()
        question = checked(question, self._settings.max_question_chars)
        if is_courtesy(question):
            yield Evidence(question, question, ())
            return Answered(question, question, courtesy(), {"total_ms": _ms_since(began)})
        standalone, steps = question, {}
        if earlier and self._rewriter:
            standalone = self._rewriter.standalone(question, earlier, visible_to=visible_to)
            steps["rewrite_ms"] = _ms_since(began)
        limit = self._settings.retrieval.evidence
        found = self._retriever.retrieve(standalone, visible_to=visible_to, limit=limit)
        retrieved = time.perf_counter()
        yield Evidence(question, standalone, found.ranking, found.withheld)
        answer = yield from self._answerer.write(
            standalone, found.ranking, visible_to=visible_to, should_stop=should_stop
        )
        answer = refused(answer, self._index, visible_to=visible_to)
        steps |= {**found.timings_ms, "answer_ms": _ms_since(retrieved)}
        timings = {**steps, "total_ms": _ms_since(began)}
        return Answered(question, standalone, answer, timings, found.withheld)

    def search(self, query: str, *, visible_to: VisibleTo, limit: int, by: Unit = "chunk") -> Found:
        """What of this person's documents fits the query best.

        Raises:
            BadQuestion: the query is empty, too long, or not text.
        """
        began = time.perf_counter()
        query = checked(query, self._settings.max_question_chars)
        # Chunks of one document crowd together: enough of them for `limit` different documents.
        fetch = limit if by == "chunk" else max(limit, self._settings.retrieval.first_stage)
        found = self._retriever.retrieve(query, visible_to=visible_to, limit=fetch)
        ranking = found.ranking
        if by == "document":
            ranking = tuple(best_of_each_document(ranking))[:limit]
        timings = {**found.timings_ms, "total_ms": _ms_since(began)}
        return Found(query, ranking, timings, found.withheld)

    def document(self, doc_id: str, *, visible_to: VisibleTo) -> Document:
        """One document.

        Raises:
            NotFound: there is none, or this person may not read it.
        """
        document = self._index.document(DocId(doc_id), visible_to=visible_to)
        if document is None:
            raise NotFound(f"no document {doc_id!r}")
        return document

    def documents(self, *, visible_to: VisibleTo) -> list[Listing]:
        """Every document that this person may read, by title."""
        return self._index.documents(visible_to=visible_to)


def checked(question: str, max_chars: int) -> str:
    """The question without blanks around it.

    Raises:
        BadQuestion: it is empty, too long, or not text.
    """
    question = question.strip()
    if not question:
        raise BadQuestion("the question is empty")
    if len(question) > max_chars:
        raise BadQuestion(
            f"the question has {len(question):,} characters; at most {max_chars:,} are read"
        )
    if any(_is_no_text(character) for character in question):
        raise BadQuestion("the question holds control characters; send plain text")
    return question


def _is_no_text(character: str) -> bool:
    """Control characters, and halves of surrogate pairs: JSON can say them, UTF-8 cannot."""
    return character not in _WHITESPACE and unicodedata.category(character) in ("Cc", "Cs")


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
