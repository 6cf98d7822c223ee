"""A desk with a few answers, for tests of what Slack shows of them."""

import threading
from collections.abc import Collection
from datetime import UTC, datetime

from service.gaps.schemas import Feedback
from service.schemas import REFUSAL, Answer, Citation, Nearest, Refusal, Sentence, Validity
from service.slack.types import Person
from tests.fakes.slack import TEAM

ANN, BEN, GUEST = "U0ANN", "U0BEN", "U0GUEST"
PUBLIC = None


class FakeDesk:
    """Answers what it was given to answer.

    Attributes:
        answers: by question; any other is refused.
        readers: user ids by document; None: everybody.
        failures: raised by the next questions.
        opened: questions wait for it.
        asked: questions and their conversations.
    """

    def __init__(self) -> None:
        self.people: dict[str, Person | None] = {
            ANN: Person(ANN, TEAM, "ann@example.com"),
            BEN: Person(BEN, TEAM, "ben@example.com"),
            GUEST: Person(GUEST, TEAM, None),
        }
        self.answers: dict[str, Answer] = {}
        self.readers: dict[str, frozenset[str] | None] = {}
        self.failures: list[Exception] = []
        self.feedback_failures: list[Exception] = []
        self.opened = threading.Event()
        self.opened.set()
        self.asked: list[tuple[str, str | None]] = []
        self.taken: list[tuple[Person, Feedback]] = []
        self.checked: list[Collection[str] | None] = []

    def person(self, user_id: str, team_id: str) -> Person | None:
        assert team_id == TEAM
        return self.people.get(user_id)

    def ask(self, person: Person, question: str, conversation: str | None = None) -> Answer:
        assert self.people[person.user_id] == person
        assert self.opened.wait(20)
        self.asked.append((question, conversation))
        if self.failures:
            raise self.failures.pop(0)
        given = "c1" if conversation == "new" else conversation
        return self.answers.get(question, refusal(question)).model_copy(
            update={"question": question, "conversation": given}
        )

    def feedback(self, person: Person, feedback: Feedback) -> None:
        if self.feedback_failures:
            raise self.feedback_failures.pop(0)
        self.taken.append((person, feedback))

    def shareable(
        self, person: Person, answer: Answer, members: Collection[str] | None
    ) -> Answer | None:
        assert self.people[person.user_id] == person
        self.checked.append(members)
        open_to_all = {c.marker for c in answer.citations if self._may_all(c.doc_id, members)}
        kept = [s for s in answer.sentences if open_to_all.issuperset(s.citations)]
        cited = [c for c in answer.citations if c.marker in open_to_all]
        update = {"sentences": kept, "citations": cited, "answer_id": None, "conversation": None}
        return answer.model_copy(update=update) if kept else None

    def _may_all(self, doc_id: str, members: Collection[str] | None) -> bool:
        readers = self.readers[doc_id]
        return readers is None or (members is not None and readers.issuperset(members))


def cited(
    *sentences: tuple[str, str],
    kind: str = "sentence",
    validity: Validity | None = None,
    title: str = "",
    url: str = "",
) -> Answer:
    """An answer of sentences, each with the one document that it rests on."""
    documents = list(dict.fromkeys(doc_id for _, doc_id in sentences))
    citations = [
        citation(number, doc_id, validity=validity, title=title, url=url)
        for number, doc_id in enumerate(documents, 1)
    ]
    return Answer(
        question="?",
        standalone="?",
        answer_id="answer-1",
        answer=" ".join(text for text, _ in sentences),
        sentences=[
            Sentence(text=text, kind=kind, citations=[documents.index(doc_id) + 1])
            for text, doc_id in sentences
        ],
        citations=citations,
        confidence=0.9,
        abstained=False,
        nearest=[],
        timings_ms={},
    )


def citation(
    marker: int, doc_id: str, *, validity: Validity | None = None, title: str = "", url: str = ""
) -> Citation:
    return Citation.model_validate(
        {
            "marker": marker,
            "doc_id": doc_id,
            "source": "handbook",
            "title": title or f"Title of {doc_id}",
            "headings": [],
            "url": url or f"https://handbook.example/{doc_id}",
            "source_url": None,
            "lines": {"first": 1, "last": 1},
            "span": {"start": 0, "end": 1},
            "updated_at": datetime(2026, 4, 14, tzinfo=UTC),
            "status": "current",
            "quote": "quote",
            "validity": validity,
        }
    )


def refusal(question: str = "?") -> Answer:
    """The statement that the documents do not say."""
    return Answer(
        question=question,
        standalone=question,
        answer_id="answer-0",
        answer=REFUSAL,
        sentences=[],
        citations=[],
        confidence=0.1,
        abstained=True,
        nearest=[nearest("Salaries")],
        refusal=Refusal(documents=1200, sources=["handbook"], ask=["Ada Lovelace"]),
        timings_ms={},
    )


def nearest(title: str) -> Nearest:
    return Nearest(
        doc_id=title,
        title=title,
        headings=[],
        url="https://handbook.example/salaries",
        updated_at=None,
        authors=["Ada Lovelace"],
    )
