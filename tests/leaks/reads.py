"""Every way to read, as every person, compared with what the oracle says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi.testclient import TestClient
from httpx import Response
from starlette.routing import Route

from tests.fakes.identities import HEADER
from tests.leaks.companies import PEOPLE, Company, State
from tests.leaks.oracle import may_read
from tests.leaks.service import Service

QUESTIONS: Final = (
    "Who wants the {topic} form?",
    "What does the plan of {word} need by Friday?",
    "{word}",
    "When is the {topic} form asked for, and where is {word}?",
)
OUTSIDER: Final = "eve@elsewhere.example"
PERSONS: Final = (None, OUTSIDER, *PEOPLE)
_SELDOM: Final = 10
"""Every so many companies: pages that should be the same for all of them."""
_SHOWN_KEYS: Final = ("hits", "citations", "nearest", "documents")


@dataclass
class Tally:
    """What came of it.

    Attributes:
        reads: requests in all.
        asked: those of them that are a question or query of a person.
        leaks: what somebody got who may not have it.
        withheld: what somebody did not get who may have it.
    """

    companies: int = 0
    reads: int = 0
    asked: int = 0
    leaks: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count another one in."""
        self.companies += other.companies
        self.reads += other.reads
        self.asked += other.asked
        self.leaks += other.leaks
        self.withheld += other.withheld


@dataclass(frozen=True)
class Reader:
    """One person at one moment, and the documents by what the oracle says of them."""

    person: str | None
    allowed: frozenset[int]
    forbidden: frozenset[int]


class Reads:
    """The reads of one company in one state."""

    def __init__(self, service: Service, client: TestClient, tally: Tally) -> None:
        self._service, self._client, self._tally = service, client, tally
        self._paths = sorted(_paths(client))

    def all(self, company: Company, state: State) -> None:
        """Read everything as everybody."""
        self._ids = {n: self._service.doc_id(n, page) for n, page in state.pages.items()}
        self._service.logged.clear()
        asked = sorted(state.pages)
        for place, person in enumerate(PERSONS):
            allowed = {n for n, p in state.pages.items() if may_read(company, state, p, person)}
            reader = Reader(person, frozenset(allowed), frozenset(state.pages.keys() - allowed))
            # Not everybody asks for everything: the next company brings other pairs.
            first = self._service.number + place
            self._lists(reader)
            self._fetches(reader, [asked[(first + step) % len(asked)] for step in range(2)])
            self._asks(reader, asked[first % len(asked)], state)
        self._refusals(Reader(None, frozenset(), frozenset(self._ids)))
        if self._service.number % _SELDOM == 1:
            self._rest()
        self._logs(state)

    def _lists(self, reader: Reader) -> None:
        found = self._get("/v1/documents", reader)
        self._is_shown(reader, "documents", found)
        missing = {self._ids[n] for n in reader.allowed} - _documents_in(found.json())
        self._misses(reader, "documents", missing)

    def _fetches(self, reader: Reader, numbers: Sequence[int]) -> None:
        for number in dict.fromkeys(numbers):
            doc_id = self._ids[number]
            found = self._get(f"/v1/documents/{doc_id}", reader)
            if number in reader.forbidden:
                absent = self._get(f"/v1/documents/{doc_id}0", reader)
                # Not only the same status: the same words and headers, but for the name.
                if _without(found, doc_id) != _without(absent, f"{doc_id}0"):
                    self._leaks(reader, "document", doc_id)
            elif found.status_code != 200:
                self._misses(reader, "document", {doc_id})

    def _asks(self, reader: Reader, number: int, state: State) -> None:
        word, doc_id = self._service.word(number), self._ids[number]
        half = self._service.number % 2
        for pattern in QUESTIONS[half * 2 : half * 2 + 2]:
            question = pattern.format(word=word, topic=state.pages[number].topic)
            self._tally.asked += 1
            answer = self._request("POST", "/v1/ask", reader, json={"question": question})
            self._is_shown(reader, "ask", answer)
        for by in ("chunk", "document"):
            params = {"q": word, "limit": "50", "by": by}
            self._tally.asked += 1
            found = self._request("GET", "/v1/search", reader, params=params)
            self._is_shown(reader, f"search by {by}", found)
            # By both legs: by its word, and by its vector. A document is shown by its best chunk,
            # which need not be the one with the word.
            legs = {"lexical", "dense"} if by == "chunk" else {"dense"}
            has = {h["doc_id"] for h in found.json()["hits"] if legs <= h["signals"].keys()}
            if number in reader.allowed and doc_id not in has:
                self._misses(reader, f"search by {by}", {doc_id})

    def _refusals(self, reader: Reader) -> None:
        """What is refused must not say more than what is given."""
        self._request("POST", "/v1/ask", reader, json={"question": ""})
        self._request("POST", "/v1/ask", reader, json={"query": 1})
        self._request("GET", "/v1/search", reader, params={"q": "form", "limit": "0"})
        self._request("GET", "/v1/documents/", reader)
        self._request("DELETE", "/v1/documents", reader)

    def _rest(self) -> None:
        """Every page of the application that needs no argument; nobody's secrets are there."""
        for path in self._paths:
            if path != "/v1/documents":
                self._request("GET", path, Reader(None, frozenset(), frozenset(self._ids)))

    def _logs(self, state: State) -> None:
        text = "\n".join(self._service.logged)
        for number in state.pages:
            if self._service.canary(number) in text or self._service.word(number) in text:
                self._tally.leaks.append(f"log: {self._ids[number]}")

    def _get(self, path: str, reader: Reader) -> Response:
        return self._request("GET", path, reader)

    def _request(self, method: str, path: str, reader: Reader, **given: Any) -> Response:
        headers = {HEADER: reader.person} if reader.person else {}
        response = self._client.request(method, path, headers=headers, **given)
        self._tally.reads += 1
        if response.status_code >= 500 and response.status_code != 503:
            self._tally.withheld.append(f"{method} {path}: {response.status_code}")
        said = f"{response.text} {response.headers}"
        for number in reader.forbidden:
            if self._service.canary(number) in said:
                self._leaks(reader, f"{method} {path}", self._ids[number])
        return response

    def _is_shown(self, reader: Reader, how: str, response: Response) -> None:
        """Only what the person may read is named, with words or without."""
        allowed = {self._ids[n] for n in reader.allowed}
        for doc_id in _documents_in(response.json()) - allowed:
            self._leaks(reader, how, doc_id)

    def _leaks(self, reader: Reader, how: str, doc_id: str) -> None:
        self._tally.leaks.append(f"{how}: {reader.person} got {doc_id}")

    def _misses(self, reader: Reader, how: str, doc_ids: set[str]) -> None:
        self._tally.withheld += [f"{how}: {reader.person} did not get {d}" for d in doc_ids]


def _documents_in(body: dict[str, Any]) -> set[str]:
    return {line["doc_id"] for key in _SHOWN_KEYS for line in body.get(key, ())}


def _without(response: Response, doc_id: str) -> tuple[int, str, Sequence[tuple[str, str]]]:
    headers = [(k, v) for k, v in response.headers.items() if k not in ("content-length", "date")]
    return response.status_code, response.text.replace(doc_id, "…"), headers


def _paths(client: TestClient) -> Iterator[str]:
    # Of the document and beside it: pages like /docs, and metrics if there are some.
    routes = {r.path for r in client.app.routes if isinstance(r, Route)}  # type: ignore[attr-defined]
    for path in {*client.get("/openapi.json").json()["paths"], *routes, "/metrics"}:
        if "{" not in path:
            yield path
