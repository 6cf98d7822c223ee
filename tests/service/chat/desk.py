"""A running service with keys: some documents for everybody, one for Ada alone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from index.access import PUBLIC
from index.settings import IndexSettings
from index.store import Index
from index.types import Block, ChunkDraft, DocId, Document, Revision, Section, Span
from service.answering.extractive import ExtractiveAnswerer
from service.answers import Answers
from service.app import create_app
from service.asking import Asking
from service.auditing.log import AuditLog
from service.auditing.settings import AuditSettings
from service.gate import Gate
from service.identity.database import FILE
from service.identity.identify import make_identify
from service.identity.keys import Keys, Owner
from service.identity.settings import AuthSettings
from service.limits import Limits, LimitSettings
from service.operations import Operations
from service.parts import Opening, Parts
from service.retrieval import Retriever
from service.settings import ServiceSettings
from service.webhooks import Webhooks
from tests.fakes.embedder import HashEmbedder
from tests.fakes.serve import serve

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ADA, BO = "ada@tallowmere.example", "bo@tallowmere.example"
RECEIPTS = "Upload the receipt within 30 days of the purchase."
PAYROLL = "The payroll of June is approved by Ada."
TRICKY = "Visit [the form](https://evil.example/a) or ![x](https://evil.example/b) for the anchor."
QUESTION = "When must I upload the receipt?"
TEXTS: Mapping[str, tuple[str, str]] = {
    "docs:receipts.md": (RECEIPTS, PUBLIC),
    "docs:payroll.md": (PAYROLL, f"user:{ADA}"),
    "docs:anchor.md": (TRICKY, PUBLIC),
}


@dataclass(frozen=True)
class Desk:
    """Where the service listens, the keys of two people, and what it recorded."""

    url: str
    keys: Mapping[str, str]
    folder: Path

    def recorded(self) -> list[str]:
        """The lines of the audit log, oldest first."""
        return [
            line
            for path in sorted((self.folder / "audit").glob("*.jsonl"))
            for line in path.read_text().splitlines()
        ]


def document(doc_id: str, text: str, reader: str) -> Document:
    whole = Span(0, len(text))
    url = f"https://docs.example/{doc_id}"
    return Document(
        doc_id=DocId(doc_id),
        source="docs",
        title="Money",
        url=url,
        text=text,
        markup="text",
        sections=(Section(("Money",), whole, url, blocks=(Block("paragraph", whole),)),),
        readers=frozenset({reader}),
        revision=Revision("1"),
        updated_at=NOW,
        status="current",
    )


def fill(index: Index) -> None:
    for doc_id, (text, reader) in TEXTS.items():
        made = document(doc_id, text, reader)
        index.put([(made, [ChunkDraft(0, Span(0, len(text)), text)])])


@contextmanager
def desk(folder: Path, *, min_confidence: float = 0.0, asks: int = 0) -> Iterator[Desk]:
    """A service that answers with whatever evidence there is, unless told otherwise."""
    settings = ServiceSettings(answering={"min_confidence": min_confidence})
    audit = AuditLog(folder / "audit", AuditSettings())
    audit.open()
    with Index(IndexSettings(data_dir=folder), HashEmbedder(), chunker="whole") as index:
        fill(index)
        retriever = Retriever(index, HashEmbedder(), settings.retrieval)
        asking = Asking(index, retriever, ExtractiveAnswerer(index, settings), settings)
        operations = Operations(index, {}, lambda *_: [])
        webhooks = Webhooks(index.sources.wakeups, operations.wake, lambda _: [], None)
        parts = Parts(Answers(asking, audit), operations, webhooks, audit.close, audit)
        keys = made_keys(folder)
        opening = Opening(lambda: parts)
        opening.start()
        opening.wait()
        with serve(create_app(opening, gate(folder, asks))) as url:
            yield Desk(url, keys, folder)
        opening.close()


def made_keys(folder: Path) -> dict[str, str]:
    keys = Keys(folder / FILE)
    made = {email: keys.create(Owner(email), timedelta(days=1))[0] for email in (ADA, BO)}
    keys.close()
    return made


def gate(folder: Path, asks: int) -> Gate:
    identify = make_identify(AuthSettings(keys=True), folder)
    limits = Limits(LimitSettings(asks_per_minute=asks))
    return Gate(identify, limits, close=identify.close)
