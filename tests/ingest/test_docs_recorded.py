"""Whole documents, the sample company's and recorded ones, lose nothing on their way."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import eval as eval_package
from index.plaintext import plain
from ingest.markup.docs_json import ParsedDocs, parse_docs
from tests.ingest.docs import marked

COMPANY = Path(eval_package.__file__).parent / "data" / "company" / "gdocs" / "documents"
FIXTURES = os.getenv("ANSWERABLE_FIXTURES", "")
RECORDED = sorted(Path(FIXTURES, "gdocs").glob("*.json")) if FIXTURES else []
DOCUMENTS = [
    *(pytest.param(path, id=path.stem[:12]) for path in sorted(COMPANY.glob("*.json"))),
    *(pytest.param(path, id=path.stem, marks=pytest.mark.corpus) for path in RECORDED),
]


def read(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def words_of(text: str) -> list[str]:
    return [word.strip("[]().,:") for word in plain(text, "markdown").split()]


def home(parsed: ParsedDocs, word: str) -> tuple[str, ...]:
    """Headings of the one section in which the word stands."""
    (found,) = [s for s in parsed.sections if word in words_of(s.section.span.of(parsed.text))]
    return found.section.headings


@pytest.mark.corpus
@pytest.mark.skipif(not FIXTURES, reason="ANSWERABLE_FIXTURES names no folder")
def test_there_are_recorded_documents() -> None:
    assert len(RECORDED) >= 16


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_shown_run_appears_exactly_once(path: Path) -> None:
    document, shown = marked(read(path))
    words = words_of(parse_docs(document).text)

    assert [words.count(word) for word, _, _ in shown] == [1] * len(shown)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_runs_keep_their_order(path: Path) -> None:
    document, shown = marked(read(path))
    words = words_of(parse_docs(document).text)
    # A footnote follows the whole paragraph, list or table that refers to it.
    positions = [words.index(word) for word, kind, _ in shown if kind != "footnote"]

    assert positions == sorted(positions)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_headings_items_cells_and_text_are_in_their_section(path: Path) -> None:
    document, shown = marked(read(path))
    parsed = parse_docs(document)
    above = {word: heading for word, _, heading in shown if heading}

    for word, heading in above.items():
        assert heading in home(parsed, word)[-1].split(), word


@pytest.mark.parametrize("path", DOCUMENTS)
def test_words_read_as_they_were_written(path: Path) -> None:
    document = read(path)
    said = "".join(plain(parse_docs(document).text, "markdown").split())
    _, shown = marked(document)
    runs = _shown_runs(document)

    assert len(runs) == len(shown)
    assert [run for run in runs if run not in said] == []


@pytest.mark.parametrize("path", DOCUMENTS)
def test_sections_partition_the_text(path: Path) -> None:
    parsed = parse_docs(read(path))
    spans = [s.section.span for s in parsed.sections]

    assert "".join(span.of(parsed.text) for span in spans) == parsed.text
    for found in parsed.sections:
        covered = [(b.span.start, b.span.end) for b in found.section.blocks]
        assert covered == sorted(covered)


def _shown_runs(document: Any) -> list[str]:
    """Each run that `marked` counts, without its white space."""
    copied, shown = marked(document)
    originals: list[str] = []
    wanted = {word for word, _, _ in shown}
    _collect(document, copied, wanted, originals)
    return originals


def _collect(old: Any, new: Any, wanted: set[str], originals: list[str]) -> None:
    if isinstance(new, list):
        for before, after in zip(old, new, strict=True):
            _collect(before, after, wanted, originals)
    elif isinstance(new, dict):
        content = new.get("content")
        if isinstance(content, str) and content.strip() in wanted:
            originals.append("".join(old["content"].replace("\ue907", "").split()))
        for key, value in new.items():
            _collect(old[key], value, wanted, originals)
