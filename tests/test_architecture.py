"""The shape of the tree, as far as no other tool holds it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for package in ("index", "ingest", "service", "eval", "cli")
    for path in (ROOT / package).rglob("*.py")
)
MOST_LINES = 300


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_is_short_and_says_what_it_does(path: Path) -> None:
    text = path.read_text("utf-8")

    assert text.count("\n") <= MOST_LINES
    assert ast.get_docstring(ast.parse(text))


def test_every_decision_has_its_number() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/decisions").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


def test_readme_is_short_and_names_only_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    targets = {line.split(":")[0] for line in (ROOT / "Makefile").read_text("utf-8").splitlines()}
    commands = (ROOT / "cli/commands.py").read_text("utf-8")

    assert readme.count("\n") < 150
    for word in ("demo", "test", "serve", "bench"):
        assert f"make {word}" in readme
        assert word in targets
    for word in ("ingest", "ask", "search", "status", "doctor", "serve"):
        assert f"answerable {word}" in readme
        assert f"def {word}(" in commands
