from datetime import UTC, datetime
from pathlib import Path

from eval.keeping import keep_run
from eval.reporting.gaps import bars
from eval.reporting.html import report_html
from eval.reporting.markdown import report_markdown
from service.gaps.schemas import Gap
from tests.eval import reports

MOMENT = datetime(2026, 6, 3, tzinfo=UTC)


def gap(question: str, **changes: object) -> Gap:
    near = {
        "doc_id": "docs:a.md", "title": "Lifts <b>", "headings": [], "url": "https://docs.example/a",
        "updated_at": None, "authors": ["mara"],
    }  # fmt: skip
    values: dict[str, object] = {
        "gap_id": "0123456789ab", "question": question, "phrasings": [], "asked": 3, "people": 2,
        "reasons": {"unanswered": 3}, "first_asked": MOMENT, "last_asked": MOMENT,
        "weeks": [0] * 10 + [1, 2], "nearest": [near], "cited": [], "ask": ["mara"],
        "answered_meanwhile": True, "comments": [],
    }  # fmt: skip
    return Gap.model_validate(values | changes)


def test_report_without_gaps_is_as_it_was() -> None:
    made = reports.report(3)

    assert report_html(made) == report_html(made, None, None)
    assert "nowledge gap" not in report_html(made)
    assert "nowledge gap" not in report_markdown(made)


def test_kept_run_without_gaps_is_as_it_was(tmp_path: Path) -> None:
    made, timings = reports.report(3), reports.timings()

    keep_run(tmp_path, [], made, timings)

    assert (tmp_path / "report.html").read_text("utf-8") == report_html(made, timings)
    assert (tmp_path / "report.md").read_text("utf-8") == report_markdown(made, timings)


def test_kept_run_has_its_gaps(tmp_path: Path) -> None:
    keep_run(tmp_path, [], reports.report(3), reports.timings(), [gap("Who repairs the lift?")])

    for name in ("report.html", "report.md"):
        assert "Who repairs the lift?" in (tmp_path / name).read_text("utf-8")


def test_gaps_are_named_with_counts_trend_nearest_and_whom_to_ask() -> None:
    page = report_html(reports.report(3), gaps=[gap("Who repairs <i>the lift</i>?")])
    text = report_markdown(reports.report(3), gaps=[gap("Who repairs *the* lift?")])

    assert 'href="#gaps"' in page
    assert "Who repairs &lt;i&gt;the lift&lt;/i&gt;?" in page
    assert "Lifts &lt;b&gt;" in page
    assert "<b>Lifts" not in page
    assert bars([0] * 10 + [1, 2]) in page
    assert "## Knowledge gaps" in text
    assert r"Who repairs \*the\* lift?" in text
    assert "Asked 3 times by 2 people" in text
    assert "Answered meanwhile." in text
    assert "Weeks: 0 0 0 0 0 0 0 0 0 0 1 2." in text
    assert "Ask: mara." in text


def test_section_says_when_there_are_none() -> None:
    assert "None were collected." in report_html(reports.report(3), gaps=[])
    assert "None were collected." in report_markdown(reports.report(3), gaps=[])


def test_bars_are_as_high_as_their_weeks() -> None:
    drawn = str(bars([0, 1, 4]))

    assert drawn.count("<rect") == 2
    assert 'height="24"/>' in drawn
    assert 'height="6"/>' in drawn
    assert "<rect" not in bars([0, 0])
