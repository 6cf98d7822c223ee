"""What of an answer a channel may be shown: every kind of reader in every kind of channel."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from index.access import PUBLIC, Principal, visible_to
from index.settings import IndexSettings
from index.store import Index
from index.types import DocId
from ingest.cutting import chunker
from service.answering.extractive import ExtractiveAnswerer
from service.asking import Asking
from service.errors import NotReady
from service.identity.types import Proven
from service.retrieval import Retriever
from service.schemas import REFUSAL, Answer
from service.settings import ServiceSettings
from service.slack.audience import ANYBODY, Audience, Sharing, audience_of
from service.slack.desk import checked, least_asked
from service.slack.settings import SlackSettings
from service.slack.types import Person
from tests.fakes.embedder import HashEmbedder
from tests.service.answering.desk import make_document

ADA, BOB, EVE = "ada@tallow.example", "bob@tallow.example", "eve@other.example"
GROUPS = {ADA: frozenset({"crew"}), BOB: frozenset({"crew", "board"}), EVE: frozenset[str]()}
READERS = (
    (PUBLIC,),
    (f"user:{ADA}",),
    (f"user:{ADA}", f"user:{BOB}"),
    ("group:crew",),
    ("group:board", f"user:{ADA}"),
    ("domain:tallow.example",),
    (),
)
CHANNELS = [set(c) for size in (1, 2, 3) for c in combinations((ADA, BOB, EVE), size)]
TEXT = "The secret boat is called Marigold."


class Office:
    """A real index, and answers that cite what is in it."""

    def __init__(self, index: Index) -> None:
        self.index = index
        settings = ServiceSettings()
        retriever = Retriever(index, HashEmbedder(), settings.retrieval)
        asking = Asking(index, retriever, ExtractiveAnswerer(index, settings), settings)
        self.sharing = Sharing(asking, lambda proven: principal(proven))

    def put(self, name: str, *readers: str, text: str = TEXT) -> str:
        document = replace(make_document(text, name=name), readers=frozenset(readers))
        self.index.put([(document, chunker(self.index.embedder)(document))])
        return document.doc_id

    def hide(self, doc_id: str) -> None:
        found = self.index.document(
            DocId(doc_id), visible_to=visible_to(Principal(ADA, GROUPS[ADA]))
        )
        assert found
        self.index.put([(replace(found, readers=frozenset({f"user:{ADA}"})), [])])

    def shared(self, answer: Answer, *members: str) -> Answer | None:
        audience = Audience(frozenset(members), is_known=True) if members else ANYBODY
        return self.sharing.reduced(answer, principal(ADA), audience)


def principal(of: Proven | str) -> Principal:
    email = of if isinstance(of, str) else of.email
    return Principal(email, GROUPS[email])


def may_read(email: str, readers: tuple[str, ...]) -> bool:
    """The oracle: written down by itself, not asked of the index."""
    named = {PUBLIC, f"user:{email}", f"domain:{email.rpartition('@')[2]}"}
    return bool((named | {f"group:{group}" for group in GROUPS[email]}) & set(readers))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Index(IndexSettings(data_dir=tmp_path), HashEmbedder(), chunker="test") as index:
        yield Office(index)


def answer(*sentences: tuple[str, list[str]], nearest: tuple[str, ...] = (), **more: Any) -> Answer:
    """An answer whose sentences rest on documents."""
    docs = list(dict.fromkeys(doc for _, cited in sentences for doc in cited))
    fields = {
        "question": "and what is it called?",
        "standalone": "what is the secret boat called?",
        "conversation": "conversation of ada",
        "answer_id": "answer of ada",
        "answer": "",
        "sentences": [
            {"text": text, "kind": "sentence", "citations": [docs.index(d) + 1 for d in cited]}
            for text, cited in sentences
        ],
        "citations": [place(doc) | {"marker": n, "quote": TEXT} for n, doc in enumerate(docs, 1)],
        "confidence": 0.9,
        "abstained": not sentences,
        "nearest": [near(doc) for doc in nearest],
        "notes": [{"kind": "left_out", "text": "Something was left out."}],
        "timings_ms": {"total_ms": 3.0},
    }
    return Answer.model_validate(fields | more)


def place(doc_id: str) -> dict[str, Any]:
    return {
        "doc_id": doc_id,
        "source": "notes",
        "title": f"Title of {doc_id}",
        "headings": [],
        "url": "https://tallow.example",
        "source_url": None,
        "lines": (1, 1),
        "span": {"start": 0, "end": len(TEXT)},
        "updated_at": None,
        "status": "",
    }


def near(doc_id: str) -> dict[str, Any]:
    title = f"Title of {doc_id}"
    return {
        "doc_id": doc_id,
        "title": title,
        "headings": [],
        "url": "https://tallow.example",
        "updated_at": None,
        "authors": ["Ada"],
        "quote": "",
    }


def test_no_document_reaches_a_channel_that_one_of_its_members_may_not_read(
    office: Office,
) -> None:
    docs = {office.put(f"doc{n}", *readers): readers for n, readers in enumerate(READERS)}
    checks = 0
    for (first, of_first), (second, of_second) in product(docs.items(), repeat=2):
        given = answer(("One.", [first]), ("Two.", [second]), ("Both.", [first, second]))
        for members in [set[str](), *CHANNELS]:
            found = office.shared(given, *members)
            everybody = members | {ADA}
            allowed = {
                doc
                for doc, readers in ((first, of_first), (second, of_second))
                if PUBLIC in readers
                or (members and all(may_read(email, readers) for email in everybody))
            }
            expected = [
                sentence.text
                for sentence in given.sentences
                if {given.citations[m - 1].doc_id for m in sentence.citations} <= allowed
            ]
            shown = found.model_dump_json() if found else ""
            assert ([s.text for s in found.sentences] if found else []) == expected
            assert (found is None) == (not expected)
            assert all(doc in allowed or doc not in shown for doc in docs)
            checks += 1
    assert checks == len(READERS) ** 2 * 8


def test_what_belongs_to_the_asker_alone_is_not_in_it(office: Office) -> None:
    found = office.shared(answer(("One.", [office.put("a", PUBLIC)])), BOB)

    assert found
    assert (found.conversation, found.answer_id, found.notes, found.timings_ms) == (
        *(None, None, ()),
        {},
    )
    assert found.standalone == found.question, "a follow-up is completed with private words"


def test_citations_are_counted_anew_and_so_is_the_text(office: Office) -> None:
    private, public = office.put("a", f"user:{ADA}"), office.put("b", PUBLIC)
    given = answer(("Private.", [private]), ("Public.", [public]), ("Mixed.", [private, public]))

    found = office.shared(given, ADA, BOB)

    assert found
    assert found.answer == "Public. [1]"
    assert [(c.marker, c.doc_id) for c in found.citations] == [(1, public)]
    assert [s.citations for s in found.sentences] == [[1]]


def test_what_superseded_a_document_is_not_named_to_those_who_may_not_read_it(
    office: Office,
) -> None:
    old, new = office.put("old", PUBLIC), office.put("new", f"user:{ADA}")
    given = answer(("One.", [old]))
    validity = {"state": "superseded", "since": "2026-05-03T00:00:00Z", "by": near(new)}
    marked = given.citations[0].model_validate(
        given.citations[0].model_dump() | {"validity": validity}
    )
    given = given.model_copy(update={"citations": [marked]})

    found, for_ada = office.shared(given, ADA, BOB), office.shared(given, ADA)

    assert found
    assert for_ada
    assert new not in found.model_dump_json()
    assert found.citations[0].validity
    assert found.citations[0].validity.state == "superseded"
    assert found.citations[0].validity.since is None
    assert "2026-05-03" in for_ada.model_dump_json()
    assert new in for_ada.model_dump_json()


def test_disagreement_with_a_document_that_is_not_there_is_not_mentioned(office: Office) -> None:
    private, public = office.put("a", f"user:{ADA}"), office.put("b", PUBLIC)
    given = answer(
        ("Private.", [private]), ("Public.", [public]), disagreements=[{"citations": [1, 2]}]
    )

    found, for_ada = office.shared(given, ADA, BOB), office.shared(given, ADA)

    assert found
    assert found.disagreements == ()
    assert for_ada
    assert for_ada.disagreements[0].citations == [1, 2]


def test_sentence_that_rests_on_nothing_is_not_shared(office: Office) -> None:
    given = answer(("One.", [office.put("a", PUBLIC)]), ("Rests on nothing.", []))

    found = office.shared(given, BOB)

    assert found
    assert [s.text for s in found.sentences] == ["One."]


def test_refusal_names_only_documents_for_all_and_nobody_to_ask(office: Office) -> None:
    private, public = office.put("a", f"user:{ADA}"), office.put("b", PUBLIC)
    refusal = {"documents": 12, "sources": ["board minutes"], "ask": ["Ada"]}

    found = office.shared(answer(nearest=(private, public), refusal=refusal), BOB)

    assert found
    assert ([n.doc_id for n in found.nearest], found.refusal) == ([public], None)
    assert found.answer == REFUSAL
    assert office.shared(answer(nearest=(private,), refusal=refusal), BOB) is None


def test_right_that_was_taken_away_since_the_answer_counts(office: Office) -> None:
    doc = office.put("a", "group:crew")
    given = answer(("One.", [doc]))
    assert office.shared(given, ADA, BOB)

    office.hide(doc)

    assert office.shared(given, ADA, BOB) is None


def test_text_that_is_not_there_any_more_is_not_shared(office: Office) -> None:
    doc = office.put("a", PUBLIC)
    given = answer(("One.", [doc]))

    office.put("a", PUBLIC, text="The boat has no name now, and none is secret.")

    assert office.shared(given, BOB) is None


def test_what_the_asker_may_not_read_any_more_is_shared_by_nobody(office: Office) -> None:
    doc = office.put("a", f"user:{BOB}")

    assert office.shared(answer(("One.", [doc])), BOB) is None


def person(email: str | None) -> Person:
    return Person("U0", "T0", email)


@pytest.mark.parametrize("stranger", [None, person(None)], ids=["bot", "guest"])
def test_channel_with_a_bot_or_a_guest_gets_what_is_public(stranger: Person | None) -> None:
    people = {"U1": person(ADA), "U2": stranger}

    assert audience_of(["U1", "U2"], people.__getitem__) == ANYBODY
    assert audience_of(["U1"], people.__getitem__) == Audience(frozenset({ADA}), is_known=True)


@pytest.mark.parametrize("members", [None, [], ()])
def test_channel_whose_members_are_not_known_gets_what_is_public(members: Any) -> None:
    assert audience_of(members, lambda _: person(ADA)) == ANYBODY


def test_channel_is_looked_at_up_to_a_size_and_without_trusted_bots() -> None:
    settings = SlackSettings(team_ids=("T0",), max_members=2, trusted_bots=("U0BOT",))

    assert checked(["U1", "U0BOT"], settings) == {"U1"}
    assert checked(["U1", "U2", "U3"], settings) is None


def _fails() -> Audience:
    raise NotReady("Slack cannot be asked")


def test_members_are_looked_up_only_if_something_is_not_public(office: Office) -> None:
    def shared(given: Answer, audience: Callable[[], Audience]) -> Answer | None:
        return least_asked(
            given, audience, lambda who: office.sharing.reduced(given, principal(ADA), who)
        )

    public = answer(("One.", [office.put("a", PUBLIC)]))
    private = answer(("One.", [office.put("b", "group:crew")]))

    assert shared(public, _fails)
    with pytest.raises(NotReady):
        shared(private, _fails)
    assert shared(private, lambda: ANYBODY) is None
    assert shared(private, lambda: Audience(frozenset({ADA, BOB}), is_known=True))
