"""The files of a run: what machines read beside what people read."""

import json
from collections.abc import Sequence
from pathlib import Path

from eval.following_report import FollowingReport
from eval.outcomes import Outcome
from eval.reporting.following import following_markdown
from eval.reporting.html import comparison_html, report_html, sweep_html
from eval.reporting.markdown import comparison_markdown, report_markdown
from eval.reporting.plots import SweepPoint
from eval.reporting.sweeping import sweep_markdown
from eval.results import Comparison, Report, Timings
from eval.sets.trec import write_run
from index.errors import ConfigError
from service.gaps.schemas import Gap


def keep_run(
    folder: Path,
    outcomes: Sequence[Outcome],
    report: Report,
    timings: Timings,
    gaps: Sequence[Gap] | None = None,
) -> list[Path]:
    """Write run.trec, answers.jsonl, report.json, .md, .html and timings.json; where they are.

    All but what tells of time is the same, byte for byte, for the same input. `gaps` are for those
    who read; None leaves them out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = {one.topic.query_id: one.ranking for one in outcomes}
    write_run(folder / "run.trec", run, tag=f"answerable-{report.provenance.retrieval}")
    answers = "".join(json.dumps(_answer(one), ensure_ascii=False) + "\n" for one in outcomes)
    return [
        folder / "run.trec",
        _write(folder / "answers.jsonl", answers),
        _write(folder / "report.json", report.model_dump_json(indent=1) + "\n"),
        _write(folder / "timings.json", timings.model_dump_json(indent=1) + "\n"),
        _write(folder / "report.md", report_markdown(report, timings, gaps)),
        _write(folder / "report.html", report_html(report, timings, gaps)),
    ]


def keep_baseline(path: Path, report: Report) -> Path:
    """Write a report without rankings and texts: small enough to lie in a repository."""
    nothing = {"ranking": (), "wanted": (), "sentences": (), "citations": (), "answers": ()}
    questions = tuple(asked.model_copy(update=nothing) for asked in report.questions)
    path.parent.mkdir(parents=True, exist_ok=True)
    brief = report.model_copy(update={"questions": questions, "slices": ()})
    return _write(path, brief.model_dump_json() + "\n")


def keep_comparison(folder: Path, comparison: Comparison) -> list[Path]:
    """Write comparison.json, .md and .html; where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(folder / "comparison.json", comparison.model_dump_json(indent=1) + "\n"),
        _write(folder / "comparison.md", comparison_markdown(comparison)),
        _write(folder / "comparison.html", comparison_html(comparison)),
    ]


def keep_sweep(folder: Path, set_name: str, points: Sequence[SweepPoint]) -> list[Path]:
    """Write sweep.md and sweep.html; where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(folder / "sweep.md", sweep_markdown(set_name, points)),
        _write(folder / "sweep.html", sweep_html(set_name, points)),
    ]


def keep_following(folder: Path, report: FollowingReport) -> list[Path]:
    """Write conversations.json and conversations.md; where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(folder / "conversations.json", report.model_dump_json(indent=1) + "\n"),
        _write(folder / "conversations.md", following_markdown(report)),
    ]


def read_report(path: Path) -> Report:
    """The report of a run, by its folder or by the file.

    Raises:
        ConfigError: there is none, or it is of another version.
    """
    file = path / "report.json" if path.is_dir() else path
    try:
        return Report.of_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"cannot read {file}: {error.strerror}; `answerable eval run` writes one"
        ) from error
    except ValueError as error:
        raise ConfigError(
            f"{file} is no report of this version; run `answerable eval run` again"
        ) from error


def _answer(outcome: Outcome) -> dict[str, object]:
    return {
        "query_id": outcome.topic.query_id,
        "question": outcome.topic.text,
        "abstained": outcome.abstained,
        "confidence": round(outcome.confidence, 6),
        "answer": list(outcome.sentences),
        "citations": [
            {"document": one.document, "quote": one.quote, "lines": one.lines, "url": one.url}
            for one in outcome.citations
        ],
        "features": {name: round(value, 6) for name, value in outcome.features.items()},
    }


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
