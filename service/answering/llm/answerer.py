"""Answers that a language model words: no sentence is shown before the documents bear it out."""

import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from index.access import VisibleTo
from index.types import ScoredChunk
from service.answering.disagreement import conflicts_of, settled
from service.answering.extractive import ExtractiveAnswerer, Reads
from service.answering.llm import prompt
from service.answering.llm.budget import Budget
from service.answering.llm.passages import passages_of
from service.answering.llm.reply import Reader
from service.answering.llm.support import check
from service.answering.llm.types import Draft, Passage, Supported, Unsupported
from service.answering.llm.verifying import Verifying
from service.answering.question import read_question
from service.answering.statements import of_citation
from service.answering.types import Answer, Citation, Disagreement, Note, Said, Writing, said
from service.models.settings import LlmSettings
from service.models.types import Message, Model, ModelFailed, Why, never
from service.settings import ServiceSettings

logger = logging.getLogger(__name__)

_WHY: Final[Mapping[Why, str]] = {
    "timeout": "it took too long",
    "refused": "its server refused the request",
    "unreachable": "its server cannot be reached",
    "overloaded": "its server is overloaded",
    "stopped": "it was stopped",
    "too_long": "it wrote more than was asked for",
    "failed": "it sent no usable reply",
}
_NO_ROOM: Final = "no passage of the documents fits into its context"
_MOST_FAILED: Final = 20  # sentences that are kept for the repair; it names fewer


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class _Desk:
    """What an answer is written with."""

    index: Reads
    model: Model
    max_sentences: int


class LlmAnswerer:
    """Asks a language model, and shows what of its words the documents say.

    Where the evidence is too weak the model is not asked; where the model fails, the sentences
    of the documents are the answer.
    """

    def __init__(
        self,
        index: Reads,
        settings: ServiceSettings,
        llm: LlmSettings,
        model: Model,
        today: Callable[[], date] = _today,
    ) -> None:
        """Reads of `index`; `llm` says how much of `model` an answer may take."""
        self._desk = _Desk(index, model, settings.answering.max_sentences)
        self._retrieval = settings.retrieval
        self._llm = llm
        self._today = today
        self._extractive = ExtractiveAnswerer(index, settings)

    def write(
        self,
        question: str,
        evidence: tuple[ScoredChunk, ...],
        *,
        visible_to: VisibleTo,
        should_stop: Callable[[], bool] = never,
    ) -> Writing:
        """An answer whose every sentence was checked against its quotes, or an abstention."""
        plain = self._extractive.answer(question, evidence, visible_to=visible_to)
        if plain.abstained:
            return plain
        budget = Budget(self._desk.model, self._llm)
        hits, neighbours = evidence[: self._retrieval.evidence], self._retrieval.neighbours
        found = passages_of(self._desk.index, hits, neighbours, visible_to=visible_to)
        messages, passages = budget.fitting(question, found, today=self._today())
        draft = _Writing(self._desk, question, passages, visible_to, should_stop)
        why: Why | None = "failed"
        if passages:
            why = yield from draft.ask(messages, budget)
        if why and why != "stopped" and not draft.verifying.sentences:
            answer = self._extractive.answer(question, evidence, visible_to=visible_to)
            yield from said(answer)
            reason = _WHY[why] if passages else _NO_ROOM
            return replace(answer, notes=(*answer.notes, _fell_back(reason)))
        return draft.answer(plain, why)


class _Writing:
    """One answer while it is written."""

    def __init__(
        self,
        desk: _Desk,
        question: str,
        passages: Sequence[Passage],
        visible_to: VisibleTo,
        should_stop: Callable[[], bool],
    ) -> None:
        self.verifying = Verifying(desk.index, visible_to=visible_to)
        self._desk = desk
        self._question = question
        self._passages = passages
        self._should_stop = should_stop
        self._visible_to = visible_to
        self._texts: set[str] = set()
        self._left_out = 0

    @property
    def _is_full(self) -> bool:
        return len(self.verifying.sentences) >= self._desk.max_sentences

    def ask(self, messages: Sequence[Message], budget: Budget) -> Generator[Said, None, Why | None]:
        """The sentences that hold, those of one repair included; then why the rest is missing."""
        failed: list[Unsupported] = []
        try:
            says_something = yield from self._read(messages, budget, failed)
        except ModelFailed as problem:
            self._left_out = len(failed)
            return _logged(problem)
        if not says_something:
            return "failed"
        if not failed or self._is_full:
            self._left_out = len(failed)
            return None
        before, again = len(self.verifying.sentences), list[Unsupported]()
        request = prompt.repair(messages, failed)
        why: Why | None = None
        if budget.seconds > 0 and budget.fits(request):
            try:
                yield from self._read(request, budget, again)
            except ModelFailed as problem:
                why = _logged(problem)
        mended = len(self.verifying.sentences) - before
        self._left_out = max(len(failed) - mended, 0)
        return why if why == "stopped" or not self.verifying.sentences else None

    def answer(self, plain: Answer, why: Why | None) -> Answer:
        """All of it; the confidence is what retrieval knew before the model was asked."""
        notes: list[Note] = []
        if self._left_out:
            notes.append(_left_out(self._left_out))
        if why and why != "stopped":
            notes.append(_broke_off(why))
        sentences = tuple(self.verifying.sentences)
        citations, disagreements = self._settled()
        return Answer(
            sentences,
            citations,
            plain.confidence,
            not sentences,
            plain.nearest,
            plain.features,
            self._desk.model.name,
            tuple(notes),
            disagreements,
        )

    def _settled(self) -> tuple[tuple[Citation, ...], tuple[Disagreement, ...]]:
        """The citations, and which of them contradict each other."""
        index, citations = self._desk.index, self.verifying.citations
        read = ((c, index.document(c.doc_id, visible_to=self._visible_to)) for c in citations)
        found = (of_citation(c, document, index.analyze) for c, document in read if document)
        statements = [statement for statement in found if statement]
        asked = read_question(self._question, index, visible_to=self._visible_to)
        return settled(conflicts_of(asked, statements, statements), citations)

    def _read(
        self, messages: Sequence[Message], budget: Budget, failed: list[Unsupported]
    ) -> Generator[Said, None, bool]:
        """The sentences that hold; what does not goes to `failed`.

        Returns whether the reply could be read: it had sentences, or said that there are none.
        """
        reader, drafts = Reader(), 0
        stream = self._desk.model.stream(
            messages,
            max_tokens=budget.reply_tokens,
            seconds=max(budget.seconds, 0.0),
            should_stop=self._should_stop,
        )
        with closing(stream) as pieces:
            for piece in pieces:
                for draft in reader.feed(piece):
                    drafts += 1
                    if (next_one := self._checked(draft, failed)) is not None:
                        yield next_one
                    if self._is_full:
                        return True
        for draft in reader.end():
            drafts += 1
            if not self._is_full and (next_one := self._checked(draft, failed)) is not None:
                yield next_one
        return drafts > 0 or reader.says_nothing

    def _checked(self, draft: Draft, failed: list[Unsupported]) -> Said | None:
        """The sentence if its quotes say it, in documents as they are now; else None."""
        checked = check(draft, self._passages, self._question, self._desk.index.analyze)
        if isinstance(checked, Unsupported):
            if len(failed) < _MOST_FAILED:
                failed.append(checked)
            return None
        return self._said(checked, draft, failed)

    def _said(self, checked: Supported, draft: Draft, failed: list[Unsupported]) -> Said | None:
        key = " ".join(checked.part.text.casefold().split())
        if key in self._texts:
            return None
        found = self.verifying.add(checked.part)
        if found is None:
            failed.append(Unsupported(draft, "The document of its quote cannot be read any more."))
            return None
        self._texts.add(key)
        return found


def _logged(problem: ModelFailed) -> Why:
    if problem.why != "stopped":
        logger.warning("%s", problem)
    return problem.why


def _fell_back(reason: str) -> Note:
    return Note(
        "fell_back",
        f"The language model did not answer ({reason}); these are sentences of the documents.",
    )


def _broke_off(why: Why) -> Note:
    return Note(
        "fell_back", f"The language model did not finish ({_WHY[why]}); the rest is missing."
    )


def _left_out(count: int) -> Note:
    what = "One sentence" if count == 1 else f"{count} sentences"
    was = "was" if count == 1 else "were"
    return Note(
        "left_out", f"{what} of the language model {was} left out: the documents do not say it."
    )
