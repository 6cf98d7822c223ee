"""From question to sentences that a language model words, and what comes of those that fail."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from index.access import Principal, user, visible_to
from index.settings import IndexSettings
from index.store import Index
from index.types import DocId
from service.answering.types import EXTRACTIVE
from tests.fakes.embedder import HashEmbedder
from tests.fakes.lies import APPROVE, EXPIRE, LEAVE, QUESTION, SUPPORTED, TRAVEL, TRUE, line
from tests.fakes.lying_model import LyingModel, Reply
from tests.service.answering.desk import make_document
from tests.service.answering.llm.writing import LlmDesk, assert_holds, whole

Opens = Callable[..., LlmDesk]
FALSE = line("Managers approve leave within nine working days.", (1, APPROVE))
MENDED = line(APPROVE, (1, APPROVE))
NOTHING = '{"sentences": []}'


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    settings = IndexSettings(data_dir=tmp_path / "data")
    with Index(settings, HashEmbedder(dimension=256), chunker="test") as opened:
        yield opened


@pytest.fixture
def opened(index: Index, liar: LyingModel) -> Iterator[Opens]:
    made: list[LlmDesk] = []

    def make(**values: object) -> LlmDesk:
        made.append(LlmDesk(index, liar.url, **values))
        made[-1].put(make_document(LEAVE, name="leave.md"), make_document(TRAVEL, name="travel.md"))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


def test_sentence_is_given_as_soon_as_it_is_checked(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(SUPPORTED, then="silence")]
    writing = opened().write(QUESTION)

    assert next(writing).sentence.text == TRUE
    writing.close()
    assert liar.left.wait(5)


def test_answer_in_other_words_cites_the_exact_place(liar: LyingModel, opened: Opens) -> None:
    said = "There are 28 days of paid leave a year for everybody."
    liar.replies = [Reply(line(said, (1, "Everybody has 28  days of paid leave a year")))]
    desk = opened()

    steps, answer = whole(desk.write(QUESTION))

    assert_holds(desk.index, steps, answer)
    assert answer.sentences[0].text == said
    assert answer.citations[0].quote == "Everybody has 28 days of paid leave a year"
    assert answer.written_by == "openai_like/liar"
    assert (answer.notes, 0.0 < answer.confidence < 1.0) == ((), True)


def test_quote_that_two_sentences_rest_on_has_one_marker(liar: LyingModel, opened: Opens) -> None:
    other = "The paid leave of everybody is 28 days a year."
    liar.replies = [Reply(SUPPORTED + MENDED + line(other, (1, TRUE)))]
    desk = opened()

    steps, answer = whole(desk.write(QUESTION))

    assert_holds(desk.index, steps, answer)
    assert [one.markers for one in answer.sentences] == [(1,), (2,), (1,)]


def test_what_fails_is_asked_for_once_more_and_named(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(SUPPORTED + FALSE), Reply(MENDED)]
    _, answer = whole(opened().write(QUESTION))

    assert [one.text for one in answer.sentences] == [TRUE, APPROVE]
    assert answer.notes == ()
    assert len(liar.requests) == 2
    turns = liar.requests[1]["messages"]
    assert "nine working days" in turns[-1]["content"]  # type: ignore[index]


def test_what_fails_twice_is_left_out_and_that_is_said(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(SUPPORTED + FALSE)]
    _, answer = whole(opened().write(QUESTION))

    assert [one.text for one in answer.sentences] == [TRUE]
    (note,) = answer.notes
    assert note.kind == "left_out"
    assert note.text.startswith("One sentence of the language model was left out")
    assert len(liar.requests) == 2


def test_answer_without_one_supported_sentence_is_an_abstention(
    liar: LyingModel, opened: Opens
) -> None:
    liar.replies = [Reply(FALSE)]
    steps, answer = whole(opened().write(QUESTION))

    assert (answer.abstained, steps, answer.citations) == (True, [], ())
    assert answer.nearest[0].doc_id == "docs:leave.md"
    assert [note.kind for note in answer.notes] == ["left_out"]
    assert answer.features


@pytest.mark.parametrize("reply", [NOTHING, "NOT_IN_DOCUMENTS", "[]"])
def test_model_may_say_that_the_documents_do_not(
    liar: LyingModel, opened: Opens, reply: str
) -> None:
    liar.replies = [Reply(reply)]
    _, answer = whole(opened().write(QUESTION))

    assert (answer.abstained, answer.notes) == (True, ())
    assert answer.written_by == "openai_like/liar"
    assert len(liar.requests) == 1


def test_too_little_evidence_is_not_sent_to_the_model(liar: LyingModel, opened: Opens) -> None:
    _, answer = whole(opened(answering={"min_confidence": 1.0}).write(QUESTION))

    assert answer.abstained
    assert liar.requests == []


def test_model_that_fails_leaves_the_sentences_of_the_documents(
    liar: LyingModel, opened: Opens
) -> None:
    liar.replies = [Reply(status=503)]
    desk = opened(retries=0)
    steps, answer = whole(desk.write(QUESTION))

    assert_holds(desk.index, steps, answer)
    assert answer.sentences[0].text == TRUE
    assert answer.written_by == EXTRACTIVE
    assert [note.text for note in answer.notes] == [
        "The language model did not answer (its server is overloaded); "
        "these are sentences of the documents."
    ]


def test_what_was_shown_before_the_model_failed_stays(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(SUPPORTED, then="break")]
    _, answer = whole(opened().write(QUESTION))

    assert [one.text for one in answer.sentences] == [TRUE]
    assert answer.written_by == "openai_like/liar"
    assert [note.text for note in answer.notes] == [
        "The language model did not finish (it sent no usable reply); the rest is missing."
    ]


def test_stopped_answer_has_what_was_said_and_no_more(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(SUPPORTED, then="silence")]
    heard: list[str] = []
    writing = opened().write(QUESTION, should_stop=lambda: bool(heard))
    heard.append(next(writing).sentence.text)
    _, answer = whole(writing)

    assert [one.text for one in answer.sentences] == heard
    assert answer.notes == ()
    assert liar.left.wait(5)


def test_stopped_before_the_first_sentence_is_no_reason_to_fall_back(
    liar: LyingModel, opened: Opens
) -> None:
    liar.replies = [Reply(first=60)]
    _, answer = whole(opened().write(QUESTION, should_stop=lambda: bool(liar.requests)))

    assert (answer.abstained, answer.notes) == (True, ())


def test_answer_has_no_more_sentences_than_the_settings_say(
    liar: LyingModel, opened: Opens
) -> None:
    liar.replies = [Reply(SUPPORTED + MENDED, then="silence")]
    _, answer = whole(opened(answering={"max_sentences": 2}).write(QUESTION))

    assert [one.text for one in answer.sentences] == [TRUE, APPROVE]
    assert liar.left.wait(5)


def test_sentence_said_twice_is_read_once(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(SUPPORTED + SUPPORTED)]
    _, answer = whole(opened().write(QUESTION))

    assert (len(answer.sentences), answer.notes) == (1, ())


def test_repair_shares_the_time_of_the_answer(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(SUPPORTED + FALSE), Reply(MENDED, first=60)]
    desk = opened(timeout=timedelta(seconds=3), first_token_timeout=timedelta(seconds=3))
    _, answer = whole(desk.write(QUESTION))

    assert [one.text for one in answer.sentences] == [TRUE]
    assert [note.kind for note in answer.notes] == ["left_out"]


def test_passages_that_do_not_fit_are_not_sent(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(SUPPORTED)]
    desk = opened(context_tokens=1300, max_answer_tokens=100)
    long = " ".join(f"Leave of kind {n} for everybody is paid a year." for n in range(200))
    desk.put(make_document(f"# Kinds of leave\n\n{long}\n", name="kinds.md"))
    _, answer = whole(desk.write(QUESTION))

    sent = liar.requests[0]["messages"]
    assert desk.llm.context_tokens == 1300
    assert sum(desk.model.count_tokens(turn["content"]) for turn in sent) < 1200  # type: ignore[attr-defined]
    assert answer.sentences


def test_context_too_small_for_any_passage_falls_back(liar: LyingModel, opened: Opens) -> None:
    _, answer = whole(opened(context_tokens=512, max_answer_tokens=100).write(QUESTION))

    assert (answer.written_by, liar.requests) == (EXTRACTIVE, [])
    assert "no passage of the documents fits into its context" in answer.notes[0].text


def test_document_that_changes_while_the_model_writes_is_not_cited(
    liar: LyingModel, opened: Opens
) -> None:
    liar.replies = [Reply(SUPPORTED + MENDED + line(EXPIRE, (1, EXPIRE)), piece=60), Reply(NOTHING)]
    desk = opened()
    writing = desk.write(QUESTION)
    first = next(writing).sentence.text
    desk.put(make_document(LEAVE.replace("three", "four"), name="leave.md"))
    _, answer = whole(writing)

    assert first == TRUE
    assert APPROVE not in {one.text for one in answer.sentences}


def test_document_that_is_shut_while_the_model_writes_is_not_shown(
    liar: LyingModel, opened: Opens
) -> None:
    liar.replies = [Reply(SUPPORTED + MENDED)]
    desk = opened()
    writing = desk.write(QUESTION)
    next(writing)
    desk.index.delete([DocId("docs:leave.md")])
    _, answer = whole(writing)

    assert [one.text for one in answer.sentences] == [TRUE]


@pytest.mark.parametrize(
    ("reader", "is_sent"), [(None, False), ("eve@x.example", False), ("ann@x.example", True)]
)
def test_model_is_sent_only_what_this_person_may_read(
    liar: LyingModel, opened: Opens, reader: str | None, is_sent: bool
) -> None:
    liar.replies = [Reply(SUPPORTED)]
    desk = opened()
    of_ann = "# Leave of Ann\n\nAnn has 41 days of paid leave a year.\n"
    desk.put(make_document(of_ann, name="ann.md", readers=user("ann@x.example")))
    whole(desk.write(QUESTION, visible_to=visible_to(Principal(reader) if reader else None)))

    assert ("41 days" in liar.prompt) is is_sent
    assert "28 days" in liar.prompt


def test_state_of_a_document_is_told_to_the_model(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(SUPPORTED)]
    desk = opened()
    desk.put(replace(make_document(LEAVE, name="leave.md"), status="deprecated"))
    _, answer = whole(desk.write(QUESTION))

    assert "State: deprecated" in liar.prompt
    assert answer.citations[0].validity is not None
