"""Anchors as GitHub, MkDocs, Sphinx and Docusaurus give them."""

import pytest

from ingest.markup.slugs import Generator, anchors


@pytest.mark.parametrize(
    ("generator", "text", "anchor"),
    [
        ("github", "Step 1: pip", "step-1-pip"),
        ("github", "Über Größe", "über-größe"),
        ("github", "What's  new?", "whats--new"),
        ("github", "snake_case & more", "snake_case--more"),
        ("docusaurus", "Über Größe", "über-größe"),
        ("mkdocs", "Step 1: pip", "step-1-pip"),
        ("mkdocs", "Über Größe", "uber-groe"),
        ("mkdocs", "What's  new?", "whats-new"),
        ("mkdocs", "a - b", "a-b"),
        ("sphinx", "Step 1: pip", "step-1-pip"),
        ("sphinx", "Über Größe", "uber-grosze"),
        ("sphinx", "snake_case", "snake-case"),
    ],
)
def test_a_heading_gets_the_generators_anchor(generator: Generator, text: str, anchor: str) -> None:
    assert anchors([(text, "")], generator) == [anchor]


@pytest.mark.parametrize(
    ("generator", "expected"),
    [
        ("github", ["a", "a-1", "a-1-1", "a-2"]),
        ("docusaurus", ["a", "a-1", "a-1-1", "a-2"]),
        ("mkdocs", ["a", "a_1", "a-1", "a_2"]),
        ("sphinx", ["a", "id1", "a-1", "id2"]),
    ],
)
def test_the_second_heading_of_a_name_gets_a_number(
    generator: Generator, expected: list[str]
) -> None:
    assert anchors([("A", ""), ("A", ""), ("A 1", ""), ("A", "")], generator) == expected


@pytest.mark.parametrize("generator", ["mkdocs", "sphinx", "docusaurus"])
def test_an_id_that_the_author_gave_wins(generator: Generator) -> None:
    assert anchors([("A", "own")], generator) == ["own"]


def test_github_does_not_know_ids_in_braces() -> None:
    assert anchors([("A", "own")], "github") == ["a"]


@pytest.mark.parametrize(
    ("generator", "expected"), [("mkdocs", ["_1", "_2"]), ("sphinx", ["id1", "id2"])]
)
def test_headings_without_a_letter_are_numbered(generator: Generator, expected: list[str]) -> None:
    assert anchors([("?", ""), ("!", "")], generator) == expected
