"""Composes what answers are made of, over an open index: each part once, when it is needed."""

# Imports stand inside the functions for the reason that `cli.parts` gives.

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.cores import usable_cores

if TYPE_CHECKING:
    from index.embedding import Embedder
    from index.store import Index
    from service.answering.types import Answerer
    from service.answers import Answers
    from service.asking import Asking
    from service.auditing.log import AuditLog
    from service.conversations.types import Rewriter
    from service.fairness import FewAtOnce
    from service.gaps.listing import GapListing
    from service.gaps.store import GapStore
    from service.models.streaming import StreamingModel
    from service.retrieval import Retriever
    from service.settings import ServiceSettings
    from service.usage import Usage


_ANSWERS_A_CORE: Final = 2  # one is embedded while another computes


class Reading:
    """The parts that read."""

    def __init__(
        self, index: "Index", embedder: "Embedder", settings: "ServiceSettings", data_dir: Path
    ) -> None:
        """Nothing is made yet."""
        self._index = index
        self._embedder = embedder
        self._settings = settings
        self._data_dir = data_dir

    def close(self) -> None:
        """Let go of what was made; the index belongs to whoever opened it."""
        for name in ("audit", "feedback", "_model"):
            if made := vars(self).get(name):
                made.close()

    @cached_property
    def answers(self) -> "Answers":
        """What everybody asks."""
        from service.answers import Answers
        from service.conversations.store import Conversations
        from service.fairness import FewAtOnce
        from service.limits import Places

        conversations = Conversations(self._settings.conversations)
        # Without a model an answer takes milliseconds: nobody holds a place long enough to matter.
        is_slow = self._settings.answering.llm is not None
        places = Places(self._settings.limits.answers_at_once) if is_slow else None
        # More at once than keep the cores busy only hinder each other; a model is waited for.
        few = None if is_slow else FewAtOnce(_ANSWERS_A_CORE * usable_cores())
        return Answers(self.asking, self.audit, conversations, self.feedback, places, few)

    @cached_property
    def asking(self) -> "Asking":
        """The same without who, for what is recorded elsewhere."""
        from service.asking import Asking

        return Asking(self._index, self._retriever, self._answerer, self._settings, self._rewriter)

    @cached_property
    def audit(self) -> "AuditLog":
        """Who was shown what."""
        from service.auditing.log import FOLDER, AuditLog

        return AuditLog(self._data_dir / FOLDER, self._settings.audit)

    @cached_property
    def feedback(self) -> "GapStore":
        """What was asked and not answered well."""
        from service.gaps.database import FILE
        from service.gaps.store import GapStore

        return GapStore(self._data_dir / FILE, self._settings.gaps)

    @cached_property
    def gaps(self) -> "GapListing":
        """The same, grouped."""
        from service.asking import Asking
        from service.gaps.listing import GapListing
        from service.gaps.nearby import Nearby

        # A list of gaps is no reason to ask a language model.
        plain = Asking(self._index, self._retriever, self._extractive, self._settings)
        nearby = Nearby(plain, self._settings.gaps.low_confidence)
        return GapListing(self.feedback, self._embedder, nearby, audit=self.audit)

    @cached_property
    def usage(self) -> "Usage":
        """How much is asked."""
        from service.auditing.log import FOLDER
        from service.usage import Usage

        return Usage(self._data_dir / FOLDER, recorded=self._settings.audit.enabled)

    @cached_property
    def _retriever(self) -> "Retriever":
        from service.retrieval import Retriever

        retrieval, reranker = self._settings.retrieval, None
        if retrieval.rerank:
            from service.reranking import CrossEncoderReranker

            reranker = CrossEncoderReranker(retrieval.rerank)
        return Retriever(
            self._index,
            self._embedder,
            retrieval,
            reranker,
            counts_withheld=self._settings.audit.enabled,
            turns=self._turns,
        )

    @cached_property
    def _extractive(self) -> "Answerer":
        from service.answering.extractive import ExtractiveAnswerer

        return ExtractiveAnswerer(self._index, self._settings, self._turns)

    @cached_property
    def _turns(self) -> "FewAtOnce":
        from service.fairness import FewAtOnce

        # Beside embedding it is Python that computes, and that has one lock: with two at once
        # sixteen askers got a tenth fewer answers.
        return FewAtOnce(1)

    @cached_property
    def _answerer(self) -> "Answerer":
        llm = self._settings.answering.llm
        if llm is None:
            return self._extractive
        from service.answering.llm.answerer import LlmAnswerer
        from service.answering.llm.prompt import SCHEMA

        return LlmAnswerer(self._index, self._settings, llm, self._model.replying(SCHEMA))

    @cached_property
    def _rewriter(self) -> "Rewriter":
        from service.conversations.following import CarryOver

        carry_over = CarryOver(self._index)
        if self._settings.answering.llm is None:
            return carry_over
        from service.conversations.condensing import Condenser

        return Condenser(self._model, self._index, carry_over)

    @cached_property
    def _model(self) -> "StreamingModel":
        from service.models.opening import open_model

        llm = self._settings.answering.llm
        if llm is None:
            raise LookupError("no language model is configured")
        return open_model(llm)
