"""A set that would measure something else is told so, line by line."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from eval.sets.checking import check
from eval.topics import Judgement, Topic, TopicSet
from index.access import Principal
from index.settings import IndexSettings
from index.store import Index
from index.types import ChunkDraft, DocId, Document, Revision, Section, Span
from tests.fakes.embedder import HashEmbedder

TEXT = "# Leave\n\n30 days.\n"
READERS = {
    "handbook:leave.md": "public",
    "handbook:trains.md": "public",
    "drive:pay": "user:eva@x.example",
}
EVA = Principal("eva@x.example")
LOCAL = Principal("local")
LEAVE = Judgement("handbook:leave.md", 2)


def document(doc_id: str, reader: str) -> Document:
    return Document(
        doc_id=DocId(doc_id),
        source=doc_id.partition(":")[0],
        title="Leave",
        url="",
        text=TEXT,
        markup="markdown",
        sections=(Section(("Leave",), Span(0, len(TEXT)), ""),),
        readers=frozenset({reader}),
        revision=Revision("1"),
    )


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    settings = IndexSettings(data_dir=tmp_path_factory.mktemp("index"))
    with Index(settings, HashEmbedder(), chunker="test") as index:
        drafts = [ChunkDraft(0, Span(0, len(TEXT)), TEXT)]
        index.put([(document(doc_id, reader), drafts) for doc_id, reader in READERS.items()])
        yield index


def topic(number: int = 1, /, **changed: object) -> Topic:
    given: Mapping[str, object] = {
        "query_id": f"q{number}",
        "text": f"question {number}",
        "principal": LOCAL,
        "judgements": (LEAVE,),
        "line": number,
        **changed,
    }
    return Topic(**given)  # type: ignore[arg-type]


def problems(index: Index, *topics: Topic) -> list[str]:
    found = check(TopicSet("set", topics, "", file=Path("questions.jsonl")), index)
    return [str(problem) for problem in found]


def test_a_sound_set_has_no_problems(index: Index) -> None:
    placed = Judgement("handbook:leave.md", 2, heading="Leave", quote="30 days")
    assert (
        problems(
            index,
            topic(1, judgements=(placed,), hidden=frozenset({"drive:pay"})),
            topic(2, judgements=(), answerable=False, excluded=frozenset({"handbook:trains.md"})),
            topic(3, judgements=(Judgement("drive:pay"),), asked_by=EVA.email, principal=EVA),
            topic(4, judgements=(Judgement("handbook:leave.md", 1),), answerable=False),
        )
        == []
    )


def test_a_set_that_asks_nothing_is_a_problem(index: Index) -> None:
    assert problems(index) == [
        "questions.jsonl: nothing is asked here: a set needs at least one question"
    ]


def test_an_id_that_comes_again_is_told_with_both_lines(index: Index) -> None:
    said = problems(index, topic(1), topic(2, query_id="q1"))
    assert said == ["questions.jsonl:2: the query_id 'q1' is that of line 1, too: give it another"]


def test_a_question_that_is_asked_again_is_told(index: Index) -> None:
    said = problems(index, topic(1, text="How much  leave?"), topic(2, text="how much leave? "))
    assert len(said) == 1
    assert said[0].startswith("questions.jsonl:2: 'q1' on line 1 asks the same")


def test_two_people_may_ask_the_same(index: Index) -> None:
    asked = topic(2, text="question 1", asked_by=EVA.email, principal=EVA)
    assert problems(index, topic(1), asked) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"judgements": ()}, "answerable, but no document is relevant"),
        ({"answerable": False}, "not answerable, but 'handbook:leave.md' answers it (grade 2)"),
        ({"judgements": (Judgement("handbook:gone.md"),)}, "no document 'handbook:gone.md'"),
        ({"judgements": (Judgement("leave.md"),)}, "no document 'leave.md'"),
        ({"judgements": (LEAVE, LEAVE)}, "the same place is judged twice"),
        ({"judgements": (Judgement("drive:pay", 2),)}, "local may not read 'drive:pay'"),
        ({"judgements": (LEAVE, Judgement("drive:pay"))}, "local may not read 'drive:pay'"),
        ({"hidden": frozenset({"drive:none"})}, "no document 'drive:none'"),
        ({"hidden": frozenset({"handbook:trains.md"})}, "is hidden, but local may read it"),
        ({"hidden": frozenset({"handbook:leave.md"})}, "is relevant and hidden"),
        ({"excluded": frozenset({"handbook:leave.md"})}, "is relevant and excluded"),
        ({"excluded": frozenset({"handbook:none.md"})}, "no document 'handbook:none.md'"),
    ],
)
def test_what_contradicts_itself_or_the_documents_is_told(
    index: Index, changed: dict[str, object], said: str
) -> None:
    assert any(said in one and ":7: " in one for one in problems(index, topic(7, **changed)))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"heading": "Boats"}, "has no heading 'Boats'"),
        ({"quote": "31 days"}, "whose text has it nowhere: '31 days'"),
        ({"lines": (3, 4)}, "has lines 1 to 3; 3 to 4 are not among them"),
    ],
)
def test_a_place_that_is_not_in_its_document_is_told(
    index: Index, place: dict[str, object], said: str
) -> None:
    judgement = Judgement("handbook:leave.md", 2, **place)  # type: ignore[arg-type]
    assert [said in one for one in problems(index, topic(judgements=(judgement,)))] == [True]


def test_problems_come_in_the_order_of_the_lines(index: Index) -> None:
    said = problems(
        index, topic(1), topic(2, query_id="q1", judgements=()), topic(3, text="question 1")
    )
    assert [one.split(": ")[0] for one in said] == [
        "questions.jsonl:2",
        "questions.jsonl:2",
        "questions.jsonl:3",
    ]


def test_ids_of_the_set_may_be_others_than_those_of_the_index(index: Index) -> None:
    topics = (topic(judgements=(Judgement("leave.md"), Judgement("boats.md"))),)
    found = check(TopicSet("set", topics, ""), index, lambda own: DocId(f"handbook:{own}"))

    assert [problem.message.partition(":")[0] for problem in found] == ["no document 'boats.md'"]
