"""The issues of four real repositories, through the fake server and back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.github import FakeGitHub
from tests.ingest.sources.github.reading import Reading, reading, upserted

# Read at import: the tests themselves run in an environment without ANSWERABLE_*.
CORPORA = os.environ.get("ANSWERABLE_CORPORA", "")  # noqa: TID251 - not a setting of the product
ISSUES = Path(CORPORA) / "issues_quic_cfrg" / "rest"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.skipif(not CORPORA, reason="ANSWERABLE_CORPORA names no folder"),
]


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Reading]:
    with reading(FakeGitHub().load(ISSUES), tmp_path) as reader:
        yield reader


def test_every_issue_and_comment_is_there_with_its_link(real: Reading) -> None:
    real.run(pull_requests=True)

    sections = {
        section.url: section.span.of(document.text)
        for document in real.documents.values()
        for section in reversed(document.sections)  # the first with an address holds its heading
    }
    for repository in real.github.repositories:
        for number in repository.numbers:
            for comment in repository.comments_of(number):
                assert sections[comment["html_url"]].startswith("## ")
    assert len(real.documents) == sum(len(r.numbers) for r in real.github.repositories)


def test_sections_partition_every_issue_and_lose_nothing(real: Reading) -> None:
    real.run(pull_requests=True)

    for document in real.documents.values():
        ends = [0, *(section.span.end for section in document.sections)]
        assert [section.span.start for section in document.sections] == ends[:-1]
        for section in document.sections:
            covered = "".join(block.span.of(document.text) for block in section.blocks)
            assert "".join(covered.split()) == "".join(section.span.of(document.text).split())


def test_second_sync_is_conditional_and_one_comment_is_one_upsert(real: Reading) -> None:
    real.run(pull_requests=True)

    assert upserted(real.run(pull_requests=True)) == []
    assert set(real.statuses) == {304}
    repository = real.github.repositories[2]
    repository.add_comment(repository.numbers[10], "A remark that is new.")
    assert len(upserted(real.run(pull_requests=True))) == 1
