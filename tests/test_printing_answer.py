from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from cli.printing_answer import print_answer
from service.schemas import (
    Answer,
    Citation,
    Disagreement,
    Nearest,
    Note,
    Refusal,
    Sentence,
    Validity,
)
from service.shapes import Lines, Span

DAY = datetime(2025, 5, 3, tzinfo=UTC)
BY = Nearest(doc_id="d:b", title="Travel\x1b[2J", headings=[], url="", updated_at=None, authors=[])


def cited(marker: int, title: str, validity: Validity | None = None) -> Citation:
    return Citation(
        marker=marker,
        doc_id="d:a",
        source="d",
        title=title,
        headings=[],
        url="https://docs.example/a",
        source_url=None,
        lines=Lines(first=1, last=1),
        span=Span(start=0, end=4),
        updated_at=DAY,
        status="",
        quote="Text",
        validity=validity,
    )


def printed(**changes: object) -> str:
    answer = Answer(
        question="q",
        standalone="q",
        answer="Text [1]",
        sentences=[Sentence(text="Text", kind="sentence", citations=[1])],
        citations=[cited(1, "A"), cited(2, "B")],
        confidence=0.5,
        abstained=False,
        nearest=[],
        timings_ms={"total_ms": 1.0},
    )
    out = StringIO()
    print_answer(Console(file=out, width=200), answer.model_copy(update=changes))
    return out.getvalue()


def test_answer_that_holds_has_no_warnings() -> None:
    text = printed()

    assert "superseded" not in text
    assert "disagree" not in text
    assert "Searched" not in text


def test_citation_says_what_took_its_place_without_steering_the_terminal() -> None:
    validity = Validity(state="superseded", since=DAY, by=BY)

    text = printed(citations=[cited(1, "A", validity)])

    assert "superseded on 3 May 2025 by “Travel[2J”" in text
    assert "\x1b" not in text


def test_disagreement_names_both_documents_with_their_days() -> None:
    text = printed(disagreements=(Disagreement(citations=[2, 1]),))

    assert "The documents disagree: [2] “B” (3 May 2025), [1] “A” (3 May 2025)." in text


def test_note_is_printed() -> None:
    assert "A part was left out." in printed(
        notes=(Note(kind="left_out", text="A part was left out."),)
    )


def test_refusal_says_what_was_searched_and_whom_to_ask() -> None:
    refusal = Refusal(documents=1200, sources=["drive", "handbook"], ask=["Ada", "Bo"])

    text = printed(abstained=True, sentences=[], citations=[], refusal=refusal)

    assert "Searched: 1,200 documents from drive, handbook, all that you may read." in text
    assert "Who may know: Ada, Bo." in text


def test_refusal_without_anybody_to_ask_names_nobody() -> None:
    refusal = Refusal(documents=1, sources=["drive"], ask=[])

    text = printed(abstained=True, sentences=[], citations=[], refusal=refusal)

    assert "Searched: 1 document from drive" in text
    assert "Who may know" not in text
