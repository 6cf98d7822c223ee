"""The service with its webhooks, over sources that follow a script."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi.testclient import TestClient
from pydantic import SecretStr

from index.store import Index
from service.answering.extractive import ExtractiveAnswerer
from service.answers import Answers
from service.app import create_app
from service.asking import Asking
from service.github_events import GithubEvent
from service.parts import Opening, Parts
from service.retrieval import Retriever
from service.settings import ServiceSettings
from service.webhooks import Webhooks
from tests.fakes.embedder import HashEmbedder
from tests.fakes.identities import gate_by_header
from tests.service.syncing import Desk

SECRET = "correct horse"  # noqa: S105 - of the tests


@dataclass
class Receiver:
    """The service with its webhooks, and which sources were woken.

    Attributes:
        concerned: the sources that every event is news for.
    """

    index: Index
    desk: Desk
    secret: str | None = SECRET
    concerned: list[str] = field(default_factory=lambda: ["issues"])
    woken: list[Sequence[str]] = field(default_factory=list)
    events: list[GithubEvent] = field(default_factory=list)

    def client(self) -> TestClient:
        opening = Opening(self._parts)
        client = TestClient(create_app(opening, gate_by_header()))
        client.__enter__()
        opening.wait()
        return client

    def webhooks(self) -> Webhooks:
        secret = SecretStr(self.secret) if self.secret else None
        return Webhooks(
            self.index.sources.wakeups, self._wake, self._concerned, secret, soon=timedelta(0)
        )

    def _parts(self) -> Parts:
        settings = ServiceSettings()
        retriever = Retriever(self.index, HashEmbedder(), settings.retrieval)
        asking = Asking(self.index, retriever, ExtractiveAnswerer(self.index, settings), settings)
        return Parts(Answers(asking), self.desk.operations, self.webhooks(), lambda: None)

    def _wake(self, sources: Sequence[str], within: timedelta) -> None:
        self.woken.append(sources)
        self.desk.operations.wake(sources, within)

    def _concerned(self, event: GithubEvent) -> list[str]:
        self.events.append(event)
        return self.concerned
