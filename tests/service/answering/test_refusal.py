from dataclasses import replace

import pytest

from index.access import Principal, visible_to
from service.answering.refusal import refused
from service.answering.types import Answer
from tests.service.answering.desk import ANYBODY, Desk, make_document

INGRID = visible_to(Principal("ingrid@example.com"))
QUESTION = "how deep is the basin"


def put(desk: Desk, text: str, name: str, *authors: str, readers: str = "public") -> None:
    document = make_document(text, name=name, readers=readers)
    desk.put(replace(document, authors=authors))


@pytest.fixture
def silent(desk: Desk) -> Desk:
    return Desk(desk.index, min_confidence=1.0)


def refuse(desk: Desk, who: object = ANYBODY) -> Answer:
    answer = desk.ask(QUESTION, visible_to=who)  # type: ignore[arg-type]
    return refused(answer, desk.index, visible_to=who)  # type: ignore[arg-type]


def test_refusal_counts_only_what_this_person_may_read(silent: Desk) -> None:
    put(silent, "# Basin\n\nThe basin is wet.", "a.md", "Ada")
    put(silent, "# Depth\n\nThe basin is deep.", "b.md", "Bo", readers="user:ingrid@example.com")

    stranger, ingrid = refuse(silent).refusal, refuse(silent, INGRID).refusal

    assert stranger
    assert ingrid
    assert (stranger.documents, stranger.sources, stranger.ask) == (1, ("docs",), ("Ada",))
    assert (ingrid.documents, set(ingrid.ask)) == (2, {"Ada", "Bo"})


def test_nobody_may_read_anything(silent: Desk) -> None:
    put(silent, "# Depth\n\nThe basin is deep.", "b.md", "Bo", readers="user:ingrid@example.com")

    found = refuse(silent).refusal

    assert found
    assert (found.documents, found.sources, found.ask) == (0, (), ())


def test_owner_of_a_page_is_asked_before_its_authors_and_programs_are_not(silent: Desk) -> None:
    text = "---\nowner: Gunnhild Aas\n---\n# Basin\n\nThe basin is wet."
    put(silent, text, "a.md", "renovate[bot]", "ghost", "deploy-bot", "Abbot", "gunnhild aas")

    found = refuse(silent).refusal

    assert found
    assert found.ask == ("Gunnhild Aas", "Abbot")


def test_no_more_than_three_are_named(silent: Desk) -> None:
    put(silent, "# Basin\n\nThe basin is wet.", "a.md", "A", "B", "C", "D")

    found = refuse(silent).refusal

    assert found
    assert found.ask == ("A", "B", "C")


def test_document_that_was_shut_meanwhile_is_not_named(silent: Desk) -> None:
    put(silent, "# Basin\n\nThe basin is wet.", "a.md", "Ada")
    answer = silent.ask(QUESTION)
    put(silent, "# Basin\n\nThe basin is wet.", "a.md", "Ada", readers="user:ingrid@example.com")

    answer = refused(answer, silent.index, visible_to=ANYBODY)

    assert answer.refusal
    assert (answer.nearest, answer.refusal.ask) == ((), ())


def test_answer_is_left_as_it_is(desk: Desk) -> None:
    put(desk, "# Basin\n\nThe basin is nine metres deep.", "a.md", "Ada")
    answer = desk.ask(QUESTION)

    assert not answer.abstained
    assert refused(answer, desk.index, visible_to=ANYBODY) is answer
