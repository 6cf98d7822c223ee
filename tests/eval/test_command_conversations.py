"""`answerable eval conversations` and `answerable eval run --gaps` as their users type them."""

import json
from pathlib import Path

import pytest

from eval.following_report import FollowingReport
from tests.eval.shell import CONFIG, Eval
from tests.fakes.lying_model import LyingModel, Reply
from tests.fakes.serve import serve

ASKED = "Within how many days is the receipts form due?"
BY_HAND = "Within how many days is the holidays form due?"
TUBA = "What does the <i>tuba</i> cost?"


def conversation(number: int, **changes: object) -> dict[str, object]:
    return {
        "conversation_id": f"c-{number}",
        "earlier": [ASKED],
        "question": "And the holidays one?",
        "standalone": BY_HAND,
        "relevant": [{"document": "wiki:holidays.md", "heading": "Deadline", "quote": "12 days"}],
        **changes,
    }


class Conversations(Eval):
    """The command, with conversations in its folder."""

    def hold(self, *options: str, code: int = 0) -> str:
        where = (str(self.folder), "--config", str(self.folder / "config.yaml"))
        return self("eval", "conversations", *where, *options, code=code)

    def kept(self) -> FollowingReport:
        text = (self.folder / "out" / "conversations.json").read_text(encoding="utf-8")
        return FollowingReport.model_validate_json(text)

    def tell(self, *lines: dict[str, object]) -> None:
        self.write("conversations.jsonl", "".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def shell(tmp_path: Path) -> Conversations:
    made = Conversations(tmp_path)
    made.tell(*map(conversation, range(1, 5)))
    made("ingest", "--config", str(tmp_path / "config.yaml"))
    return made


def test_conversations_are_measured_by_wording_and_half(shell: Conversations) -> None:
    printed = shell.hold("--out", str(shell.folder / "out"))

    report = shell.kept()
    assert [(part.name, part.conversations) for part in report.parts] == [
        ("even ids", 2), ("odd ids", 2), ("all", 4),
    ]  # fmt: skip
    every = report.parts[-1]
    assert every.values["by hand"].value == 1.0
    assert every.behind.value == pytest.approx(1.0 - every.values["rewritten"].value)
    rewritten = report.conversations[0].rewritten
    assert rewritten.startswith("And the holidays one? (")
    assert f"rewritten: {rewritten}" in printed
    assert (shell.folder / "out" / "conversations.md").read_text("utf-8") in printed
    assert "Access leaks: none." in printed


def test_ids_without_numbers_are_in_no_half(shell: Conversations) -> None:
    shell.tell(conversation(1, conversation_id="forms"))

    (part,) = FollowingReport.model_validate_json(shell.hold("--json")).parts

    assert (part.name, part.conversations) == ("all", 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"earlier": []}, "earlier"),
        ({"asked_by": "ada"}, "e-mail"),
        ({"relevant": [{"document": "wiki:nowhere.md"}]}, "wiki:nowhere.md"),
    ],
)
def test_broken_file_is_refused_with_its_lines(
    shell: Conversations, changes: dict[str, object], said: str
) -> None:
    shell.tell(conversation(1), conversation(2, **changes))

    printed = shell.hold("--out", str(shell.folder / "out"), code=2)

    assert "conversations.jsonl:2" in printed.replace("\n", "")
    assert said in printed
    assert not (shell.folder / "out").exists()


def test_folder_without_conversations_is_refused(shell: Conversations) -> None:
    (shell.folder / "conversations.jsonl").unlink()

    assert "there is no such file" in " ".join(shell.hold(code=2).split())


def test_model_that_is_not_configured_cannot_rewrite(shell: Conversations) -> None:
    assert "service.answering.llm" in " ".join(shell.hold("--llm", code=2).split())


@pytest.mark.parametrize(
    ("reply", "fell_back"), [(Reply(BY_HAND), False), (Reply(status=500), True)]
)
def test_report_says_where_the_model_did_not_rewrite(
    shell: Conversations, reply: Reply, *, fell_back: bool
) -> None:
    model = LyingModel()
    model.replies = [reply]
    with serve(model.app) as url:
        llm = f"{{model: liar, api_base: '{url}/v1', retries: 0}}"
        answering = f"answering: {{llm: {llm}, min_confidence: 0.0"
        shell.write("config.yaml", CONFIG.replace("answering: {min_confidence: 0.0", answering))
        printed = shell.hold("--llm", "--out", str(shell.folder / "out"))

    report = shell.kept()
    assert report.rewriter == "openai_like/liar"
    assert {one.fell_back for one in report.conversations} == {fell_back}
    assert {one.rewritten == BY_HAND for one in report.conversations} == {not fell_back}
    assert ("Carried over" in printed) == fell_back
    assert model.requests


def test_gaps_are_in_the_report_when_they_are_asked_for(shell: Conversations) -> None:
    config = str(shell.folder / "config.yaml")
    shell.write("config.yaml", CONFIG.replace("min_confidence: 0.0", "min_confidence: 1.0"))
    shell("ask", TUBA, "--config", config)

    shell.run("plain")
    shell.run("gaps", "--gaps")

    plain, gaps = ((shell.folder / name) for name in ("plain", "gaps"))
    assert "What does the &lt;i&gt;tuba&lt;/i&gt; cost?" in (gaps / "report.html").read_text()
    assert r"What does the \<i>tuba\</i> cost?" in (gaps / "report.md").read_text()
    for name in ("report.html", "report.md"):
        assert "tuba" not in (plain / name).read_text()
        assert "nowledge gap" not in (plain / name).read_text()
    assert (plain / "report.json").read_bytes() == (gaps / "report.json").read_bytes()


def test_gaps_that_nobody_asked_for_are_none(shell: Conversations) -> None:
    shell.run("gaps", "--gaps")

    assert "None were collected." in (shell.folder / "gaps" / "report.md").read_text()
