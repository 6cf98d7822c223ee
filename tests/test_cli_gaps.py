"""`answerable gaps` over a real index and store; how it gets them is the lead command's."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli import gaps as command
from cli.commands import Commands
from cli.gap_printing import sparkline
from eval.sets.product import read_product
from index.access import visible_to
from index.settings import IndexSettings
from index.store import Index
from service import schemas
from service.gaps.schemas import Dismissed, Gap, GapList
from service.identity.local import IDENTITY, LOCAL
from tests.fakes.embedder import HashEmbedder
from tests.service.gaps.office import ADA, Office

root = typer.Typer(cls=Commands)
root.add_typer(command.app, name="gaps")

LIFT = "who repairs the lift in the office"
PAGE = "# Lift\n\n## Repairs\n\nThe lift in the office is repaired by Ravn Elevators.\n"


class Here:
    """What the command line asks for, of an index in this process."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def gaps(self, since: datetime | None, min_count: int, limit: int) -> GapList:
        return self.office.listing.gaps(IDENTITY, since=since, min_count=min_count, limit=limit)

    def gap(self, gap_id: str) -> Gap:
        return self.office.listing.gap(IDENTITY, gap_id)

    def dismiss_gap(self, gap_id: str) -> Dismissed:
        return self.office.listing.dismiss(IDENTITY, gap_id)

    def document(self, doc_id: str) -> schemas.Document:
        found = self.office.asking.document(doc_id, visible_to=visible_to(LOCAL))
        return schemas.Document.model_validate(found)


class Shell:
    """The command, and what it is given to work with."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self.set = folder / "set"
        self.open_embedder = HashEmbedder

    @contextmanager
    def open_product(self, *_: object) -> Iterator[Here]:
        yield Here(self.office)

    def __call__(self, *arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(root, ["gaps", *arguments], obj=self)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.stdout if code == 0 else result.stderr

    def only_id(self) -> str:
        return str(json.loads(self("--json"))["gaps"][0]["gap_id"])

    def promote(self, *arguments: str, code: int = 0) -> str:
        return self("promote", self.only_id(), "--set", str(self.set), *arguments, code=code)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    settings = IndexSettings(data_dir=tmp_path / "data")
    with Index(settings, HashEmbedder(dimension=256), chunker="test") as index:
        office = Office(index, tmp_path)
        yield Shell(office, tmp_path)
        office.store.close()


def test_without_gaps_it_says_so(shell: Shell) -> None:
    assert "There are no gaps." in shell()
    assert json.loads(shell("--json")) == {"gaps": [], "more": 0, "collects": True}


def test_list_has_a_row_for_each_gap(shell: Shell) -> None:
    shell.office.put("lift.md", "# Lift\n\nIt moves.\n", author="mara\x1b[31m")
    shell.office.refused(LIFT)
    shell.office.refused(LIFT)
    shell.office.refused("bell of the [bold]canteen")

    shown = shell()
    assert LIFT in shown
    assert "mara" in shown
    assert "\x1b" not in shown
    assert "[bold]" in shown
    assert LIFT in shell("--min-count", "2")
    assert "canteen" not in shell("--min-count", "2")
    assert "no gaps" in shell("--since", "2026-06-04")


def test_since_has_to_be_a_time(shell: Shell) -> None:
    assert "--since" in shell("--since", "yesterday", code=2)


def test_option_before_a_command_is_refused_and_not_lost(shell: Shell) -> None:
    assert "gaps show" in shell("--config", "other.yaml", "show", "abc", code=2)


def test_show_and_issue_tell_of_one_gap(shell: Shell) -> None:
    shell.office.put("lift.md", PAGE)
    shell.office.say("wrong", shell.office.answered(LIFT, 0.9, ADA), ADA, text="Not any more.")

    shown, issue = shell("show", shell.only_id()), shell("issue", shell.only_id())
    for text in (shown, issue):
        assert "Not any more." in text
        assert "https://docs.example/lift.md" in text
    assert issue.startswith("# Not answered well: ")
    assert "there is no gap" in shell("show", "nonsense", code=1)


def test_dismissed_gap_is_off_the_list(shell: Shell) -> None:
    shell.office.refused(LIFT)

    assert "dismissed" in shell("dismiss", shell.only_id())
    assert "There are no gaps." in shell()


def test_promoted_gap_is_a_question_that_a_refusal_answers(shell: Shell) -> None:
    shell.office.refused(LIFT)

    assert "added" in shell.promote()

    (topic,) = read_product(shell.set).topics
    assert (topic.text, topic.answerable, topic.tags) == (LIFT, False, ("knowledge-gap",))
    assert topic.query_id == f"gap-{shell.only_id()}"


@pytest.mark.parametrize(
    ("said", "heading", "quote"),
    [
        ("docs:lift.md", None, None),
        ("docs:lift.md#Repairs", "Repairs", None),
        ("docs:lift.md#Repairs/Ravn Elevators", "Repairs", "Ravn Elevators"),
        ("docs:lift.md#/Ravn Elevators", None, "Ravn Elevators"),
    ],
)
def test_promoted_gap_has_its_place(
    shell: Shell, said: str, heading: str | None, quote: str | None
) -> None:
    shell.office.put("lift.md", PAGE)
    shell.office.refused(LIFT)

    shell.promote("--relevant", said, "--answer", "Ravn Elevators")

    (topic,) = read_product(shell.set).topics
    (judged,) = topic.judgements
    assert (judged.document, judged.heading, judged.quote) == ("docs:lift.md", heading, quote)
    assert (topic.answerable, topic.answers) == (True, ("Ravn Elevators",))


@pytest.mark.parametrize(
    "said", ["docs:boat.md", "docs:lift.md#Sailing", "docs:lift.md#Repairs/Otis", "docs:hidden.md"]
)
def test_place_that_is_not_there_is_refused_and_nothing_written(shell: Shell, said: str) -> None:
    shell.office.put("lift.md", PAGE)
    shell.office.put("hidden.md", PAGE, readers="user:ada@tallow.example")
    shell.office.refused(LIFT)

    shell.promote("--relevant", said, code=2)

    assert not shell.set.exists()


def test_set_keeps_its_lines_and_takes_a_question_once(shell: Shell) -> None:
    shell.set.mkdir()
    file = shell.set / "questions.jsonl"
    line = '{"query_id": "q1", "question": "Is there a pool?", "answerable": false}'
    file.write_text(line, encoding="utf-8")  # without a line break at its end
    shell.office.refused(LIFT)

    shell.promote()
    before = file.read_text(encoding="utf-8")
    refused = shell.promote(code=2)

    assert before.startswith(line + "\n")
    assert next(topic.query_id for topic in read_product(shell.set).topics) == "q1"
    assert "asks the same" in refused
    assert file.read_text(encoding="utf-8") == before


def test_broken_set_is_left_alone(shell: Shell) -> None:
    shell.set.mkdir()
    (shell.set / "questions.jsonl").write_text("no json\n", encoding="utf-8")
    shell.office.refused(LIFT)

    assert "not JSON" in shell.promote(code=2)
    assert (shell.set / "questions.jsonl").read_text(encoding="utf-8") == "no json\n"


def test_sparkline_has_a_mark_for_each_week() -> None:
    assert sparkline([0, 1, 4, 8]) == "·▁▄█"
    assert sparkline([]) == ""
