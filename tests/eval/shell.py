"""A folder with a few documents and questions, and the command line on it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from cli.commands import Makers, app
from eval.results import Report
from index.settings import IndexSettings
from tests.fakes.embedder import HashEmbedder

CONFIG = """
index: {data_dir: data}
eval: {cache: cache, resamples: 100}
ingest: {sources: {wiki: {kind: docs_repo, path: wiki}, board: {kind: docs_repo, path: board,
  readers: ["user:ada@example.com"]}}}
service: {answering: {min_confidence: 0.0}}
"""
TOPICS = ("receipts", "holidays", "laptops", "badges", "parking", "travel", "pets", "coffee")


def hashed(_: IndexSettings) -> HashEmbedder:
    return HashEmbedder()


def page(topic: str, number: int) -> str:
    return (
        f"# About {topic}\n\nEverything about {topic}.\n\n"
        f"## Deadline\n\nThe {topic} form is due within {number} days.\n\n"
        f"## Owner\n\nThe {topic} office in room {number}00 decides.\n"
    )


def question(number: int, topic: str, **changes: object) -> dict[str, object]:
    return {
        "query_id": f"q{number}",
        "question": f"Within how many days is the {topic} form due?",
        "relevant": [
            {"document": f"wiki:{topic}.md", "heading": "Deadline", "quote": f"{number} days"}
        ],
        "answers": [f"{number} days"],
        "answerable": True,
        **changes,
    }


class Eval:
    """The command on this folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("config.yaml", CONFIG)
        for number, topic in enumerate(TOPICS, 11):
            self.write(f"wiki/{topic}.md", page(topic, number))
        self.write("board/salaries.md", "# Salaries\n\nThe salaries form is due within 99 days.\n")
        self.ask(*(question(number, topic) for number, topic in enumerate(TOPICS, 11)))

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def ask(self, *lines: dict[str, object]) -> None:
        self.write("questions.jsonl", "".join(json.dumps(line) + "\n" for line in lines))

    def __call__(self, *arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(arguments), obj=Makers(open_embedder=hashed))
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.output

    def run(self, out: str, *options: str, code: int = 0) -> str:
        return self("eval", "run", *self.set, "--out", str(self.folder / out), *options, code=code)

    @property
    def set(self) -> tuple[str, str, str]:
        config = str(self.folder / "config.yaml")
        return str(self.folder / "questions.jsonl"), "--config", config

    def report(self, out: str) -> Report:
        return Report.of_json((self.folder / out / "report.json").read_text(encoding="utf-8"))
