"""A served company for a browser: real parts, and an answerer that can be made to wait."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.access import PUBLIC, VisibleTo
from index.settings import IndexSettings
from index.store import Index
from index.types import Block, ChunkDraft, DocId, Document, Revision, ScoredChunk, Section, Span
from ingest.cutting import chunker
from ingest.settings import DocsRepoSettings, IngestSettings
from ingest.sources.docs_repo import DocsRepo
from ingest.sync import sync
from service.answering.extractive import ExtractiveAnswerer
from service.answering.types import Answerer, Writing, said
from service.answers import Answers
from service.app import create_app
from service.asking import Asking
from service.auditing.log import FOLDER, AuditLog
from service.auditing.settings import AuditSettings
from service.conversations.following import CarryOver
from service.conversations.store import Conversations
from service.gaps.listing import GapListing
from service.gaps.nearby import Nearby
from service.gaps.store import GapStore
from service.gate import Gate
from service.identity.errors import refused
from service.identity.local import IDENTITY
from service.identity.types import Caller, Identity
from service.models.types import never
from service.operations import ConfiguredSource, Operations
from service.parts import Opening, Parts
from service.retrieval import Retriever
from service.settings import ConversationSettings, GapSettings, ServiceSettings
from service.signin.signing import SignIn
from service.usage import Usage
from service.webhooks import Webhooks
from tests.browser import texts
from tests.fakes.embedder import HashEmbedder
from tests.fakes.serve import serve

UNANSWERED = "moon"
"""What no document answers: a question with this word is refused."""


class Writer:
    """Answers in sentences of the documents; waits before each but the first until `go` is set."""

    def __init__(self, index: Index) -> None:
        self._sure = ExtractiveAnswerer(index, _settings(0.0))
        self._unsure = ExtractiveAnswerer(index, _settings(1.0))
        self.go = threading.Event()
        self.go.set()
        self.stopped = threading.Event()

    def write(
        self,
        question: str,
        evidence: tuple[ScoredChunk, ...],
        *,
        visible_to: VisibleTo,
        should_stop: Callable[[], bool] = never,
    ) -> Writing:
        answerer = self._unsure if UNANSWERED in question.lower() else self._sure
        answer = answerer.answer(question, evidence, visible_to=visible_to)
        for one in said(answer):
            yield one
            while not self.go.wait(0.02):
                if should_stop():
                    self.stopped.set()
                    return answer
        return answer


class Company:
    """An index, and the service over it.

    Attributes:
        writer: of the answers.
        now: what the gaps and the usage count days by.
    """

    def __init__(self, folder: Path) -> None:
        self.index = Index(IndexSettings(data_dir=folder / "index"), HashEmbedder(), chunker="any")
        self.writer = Writer(self.index)
        self.audit = AuditLog(folder / FOLDER, AuditSettings())
        self._folder = folder
        self._read(folder / "handbook")
        self.put(texts.TRAP, url="javascript:alert(document.domain)", doc_id="docs:trap.md")
        self.put(texts.LONG, doc_id="docs:log.txt", title="Machine log")

    def put(
        self,
        text: str,
        *,
        doc_id: str,
        title: str = texts.TRAP_TITLE,
        url: str = "https://docs.example/log",
        readers: frozenset[str] = frozenset([PUBLIC]),
    ) -> None:
        """Index a document as it stands, as a source of others could give it."""
        whole = Span(0, len(text))
        document = Document(
            doc_id=DocId(doc_id),
            source="docs",
            title=title,
            url=url,
            text=text,
            markup="text",
            sections=(Section((title,), whole, url, blocks=_paragraphs(text)),),
            readers=readers,
            revision=Revision("1"),
            lines_url=None,
            updated_at=datetime(2026, 6, 1, tzinfo=UTC),
            status="current",
        )
        drafts = [ChunkDraft(0, block.span, block.span.of(text)) for block in _paragraphs(text)]
        self.index.put([(document, drafts)])

    def app(self, gate: Gate | None = None, sign_in: SignIn | None = None) -> Any:
        """The application with its pages."""
        opening = Opening(self._parts)
        opening.start()
        opening.wait()
        return create_app(opening, gate, sign_in=sign_in)

    def close(self) -> None:
        self.audit.close()
        self.index.close()

    def _parts(self) -> Parts:
        asking, gaps = self._asking(self.writer), GapStore(self._folder / "gaps.db", GapSettings())
        nearby = Nearby(self._asking(ExtractiveAnswerer(self.index, _settings(1.0))), sure=0.45)
        operations = Operations(self.index, {"handbook": ConfiguredSource("docs_repo")}, _no_sync)
        return Parts(
            Answers(asking, self.audit, Conversations(ConversationSettings()), gaps),
            operations,
            Webhooks(self.index.sources.wakeups, operations.wake, lambda _: [], None),
            gaps.close,
            self.audit,
            gaps,
            GapListing(gaps, self.index.embedder, nearby),
            Usage(self._folder / FOLDER),
        )

    def _asking(self, answerer: Answerer) -> Asking:
        settings = _settings(0.0)
        retriever = Retriever(self.index, HashEmbedder(), settings.retrieval)
        return Asking(self.index, retriever, answerer, settings, CarryOver(self.index))

    def _read(self, folder: Path) -> None:
        for name, text in texts.HANDBOOK.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        source = DocsRepo("handbook", DocsRepoSettings(kind="docs_repo", path=folder), folder)
        report = sync(
            source, self.index, chunker=chunker(HashEmbedder()), settings=IngestSettings()
        )
        assert report.error is None


@contextmanager
def served(company: Company, gate: Gate | None = None) -> Iterator[str]:
    """The address of the company's service while the block runs."""
    with serve(company.app(gate)) as url:
        yield url


def _settings(min_confidence: float) -> ServiceSettings:
    return ServiceSettings.model_validate({"answering": {"min_confidence": min_confidence}})


def _no_sync(*_: object) -> list[str]:
    return []


def _paragraphs(text: str) -> tuple[Block, ...]:
    found, start = [], 0
    for part in text.split("\n\n"):
        found.append(Block("paragraph", Span(start, start + len(part))))
        start += len(part) + 2
    return tuple(found)


def by_key(caller: Caller) -> Identity:
    """Whoever sends the one key that is known."""
    if caller.headers.get("authorization") != "Bearer the-key":
        raise refused()
    return IDENTITY
