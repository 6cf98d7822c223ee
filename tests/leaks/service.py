"""The real service over a real index, as the suite asks it: companies in, responses out."""

import logging
import string
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.access import Principal
from index.settings import IndexSettings
from index.store import Index
from index.types import ChunkDraft, DocId, Document, Revision, Section, Span
from ingest.sources.google_readers import granted
from service.answering.extractive import ExtractiveAnswerer
from service.answers import Answers
from service.app import create_app
from service.asking import Asking
from service.identity.database import AccessDatabase
from service.identity.directory import Directory
from service.identity.local import LOCAL
from service.identity.settings import DirectorySettings
from service.operations import Operations
from service.parts import Opening, Parts
from service.retrieval import Retriever
from service.settings import ServiceSettings
from service.webhooks import Webhooks
from tests.fakes.embedder import HashEmbedder
from tests.fakes.identities import gate_by_header
from tests.leaks.companies import Company, Page, State

DAY: Final = timedelta(days=1)
BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
NO_RUNS: Final[Sequence[str]] = ()


@dataclass(frozen=True)
class Bug:
    """What is put in the place of the real parts; nothing, to begin with."""

    name: str = ""
    index: type[Index] = Index
    retriever: type[Retriever] = Retriever
    asking: type[Asking] = Asking
    membership_counts_for: timedelta = timedelta(hours=1)


class Groups:
    """Google's side of the directory: who is directly in which group, now."""

    def __init__(self) -> None:
        self.members: Mapping[str, frozenset[str]] = {}

    def groups(self, member: str) -> frozenset[str]:
        return frozenset(name for name, members in self.members.items() if member in members)

    def close(self) -> None:
        pass


class Listener(logging.Handler):
    """Everything that is logged at INFO and above, with what came beside the message."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # The client that asks here logs addresses with their queries; the service does not.
        if not record.name.startswith("httpx"):
            self.lines.append(f"{record.getMessage()} {record.__dict__}")


class Service:
    """One index and one application for many companies, one company at a time.

    Attributes:
        logged: what was logged since it was emptied.
    """

    def __init__(self, folder: Path, bug: Bug) -> None:
        self._bug = bug
        self._now = BEGIN
        self._groups = Groups()
        age = bug.membership_counts_for
        settings = DirectorySettings(max_age=max(age, timedelta(hours=1)), refresh=age)
        self._access = AccessDatabase(folder / "access.sqlite3")
        self._directory = Directory(settings, self._access, self._groups, now=lambda: self._now)
        self.index = bug.index(
            IndexSettings(data_dir=folder / "index"), HashEmbedder(), chunker="paragraphs"
        )
        self._people: dict[str, Principal] = {}
        self._put: dict[int, Document] = {}
        self.number = 0
        self._listener = Listener()
        self.logged = self._listener.lines

    def close(self) -> None:
        """Let go of everything."""
        self._directory.close()
        self.index.close()

    @contextmanager
    def asked(self) -> Iterator[TestClient]:
        """The application; closed at the end."""
        logger = logging.getLogger()
        level = logger.level
        logger.addHandler(self._listener)
        logger.setLevel(logging.INFO)
        opening = Opening(self._parts)
        try:
            with TestClient(self._app(opening), raise_server_exceptions=False) as client:
                opening.wait()
                yield client
        finally:
            logger.removeHandler(self._listener)
            logger.setLevel(level)

    def _app(self, opening: Opening) -> FastAPI:
        # The one place that knows how a request becomes a person.
        return create_app(opening, gate_by_header(lambda name: self._people.get(name, LOCAL)))

    def founded(self) -> None:
        """Begin with another company: nothing is left of the one before."""
        self.index.delete([document.doc_id for document in self._put.values()])
        self._put.clear()
        self.number += 1

    def sync(self, company: Company, state: State, people: Sequence[str]) -> None:
        """Bring index and identities to a state, as a sync and a new day do."""
        self._now += DAY
        self._groups.members = state.groups
        self._people = {
            person: Principal(person, self._directory.groups_of(person).groups) for person in people
        }
        now = {n: self._document(company, state, n, page) for n, page in state.pages.items()}
        self.index.delete([self._put.pop(n).doc_id for n in list(self._put) if n not in now])
        changed = [document for n, document in now.items() if self._put.get(n) != document]
        self.index.put([(document, _paragraphs(document)) for document in changed])
        self._put.update(now)
        self.index.withhold(state.unconfirmed)

    def doc_id(self, number: int, page: Page) -> str:
        """As anybody may guess it."""
        return f"{page.source}:{self.number}-{number}"

    def word(self, number: int) -> str:
        """That only this page has, and that anybody may guess."""
        return "ask" + _letters(self.number * 10 + number)

    def canary(self, number: int) -> str:
        """That only this page has, and that nobody asks for."""
        return "zqj" + _letters(self.number * 10 + number)

    def _document(self, company: Company, state: State, number: int, page: Page) -> Document:
        readers = granted(
            _as_drive_lists_them(state, page),
            now=BEGIN + state.day * DAY,
            link_shared=company.link_shared,
        ).readers
        word, canary = self.word(number), self.canary(number)
        text = (
            f"The {page.topic} plan of {word} needs the form {canary} by Friday.\n\n"
            f"Who wants the {page.topic} form asks {canary} for it, every Monday."
        )
        url = f"https://docs.example/{canary}"
        return Document(
            doc_id=DocId(self.doc_id(number, page)),
            source=page.source,
            title=f"The {page.topic} of {canary}",
            url=url,
            text=text,
            markup="text",
            sections=(Section((f"About {canary}",), Span(0, len(text)), url),),
            readers=readers,
            revision=Revision(f"{sorted(readers)}"),
            lines_url=url + "#{start}",
            authors=(canary,),
            status=canary,
        )

    def _parts(self) -> Parts:
        # Any evidence is enough for an answer: the more is said, the more may leak.
        settings = ServiceSettings(answering={"min_confidence": 0.0})
        retriever = self._bug.retriever(self.index, HashEmbedder(), settings.retrieval)
        answerer = ExtractiveAnswerer(self.index, settings)
        asking = self._bug.asking(self.index, retriever, answerer, settings)
        operations = Operations(self.index, {}, lambda *_: NO_RUNS)
        webhooks = Webhooks(self.index.sources.wakeups, operations.wake, lambda _: [], None)
        return Parts(Answers(asking), operations, webhooks, lambda: None)


@contextmanager
def opened(folder: Path, bug: Bug) -> Iterator[tuple[Service, TestClient]]:
    """A service in a folder, and its client."""
    with ExitStack() as stack:
        service = Service(folder, bug)
        stack.callback(service.close)
        yield service, stack.enter_context(service.asked())


def _as_drive_lists_them(state: State, page: Page) -> list[dict[str, Any]]:
    """The permissions of a page with those that it has from its folders, as the API names them."""
    found, above = list(page.permissions), page.folder
    while above:
        found += state.folders[above].permissions
        above = state.folders[above].parent
    return [
        {
            "type": p.kind,
            "role": "reader",
            "emailAddress" if p.kind in ("user", "group") else "domain": p.who,
            **({} if p.kind in ("user", "group") else {"allowFileDiscovery": p.by_search}),
            **({} if p.last_day is None else {"expirationTime": _end_of(p.last_day)}),
        }
        for p in found
    ]


def _end_of(day: int) -> str:
    return (BEGIN + day * DAY + DAY / 2).isoformat().replace("+00:00", "Z")


def _paragraphs(document: Document) -> list[ChunkDraft]:
    cut = document.text.index("\n\n")
    spans = Span(0, cut), Span(cut + 2, len(document.text))
    return [ChunkDraft(0, span, span.of(document.text)) for span in spans]


def _letters(number: int) -> str:
    """The number in consonants, with an end that no stemmer takes away."""
    digits = [string.ascii_lowercase[1:][int(d)] for d in f"{number:07d}"]
    return "".join(digits) + "x"
