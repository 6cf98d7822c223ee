"""Rendered by a Markdown parser, nothing of a document is more than text."""

import re
from datetime import UTC, datetime

import pytest
from markdown_it import MarkdownIt

from service.chat.markdown import ending, escaped, linked, whole, written
from service.schemas import Answer, Citation, Sentence, Validity
from service.shapes import Lines, Span

NASTY = [
    "![x](https://evil.example/?q=secret)",
    "[click](https://evil.example)",
    "[click][1] and [1]",
    "<https://evil.example>",
    "https://evil.example/a_b",
    "www.evil.example",
    "ask eve@evil.example now",
    "<img src=https://evil.example/x.png>",
    "<script>alert(1)</script>",
    "&lt;script&gt;",
    "\\[a](https://evil.example)",
    "\\`[a](https://evil.example)`",
    "`[a](https://evil.example)",
    "``` [a](https://evil.example)",
    "a ](https://evil.example) b",
    "[1]: https://evil.example",
    "| a | b |\n|---|---|\n| ![x](//evil.example) | c |",
    "# A heading\n\n---\n\n> quoted",
    "1. one\n2. ![x](//evil.example)",
    "text\n===",
    "    indented [a](//evil.example)",
    "**[a](//evil.example)**",
    "~~~\n[a](//evil.example)",
    "```\n```\n![x](//evil.example)\n```",
]
MARKED = re.compile(r"<(?!/?(?:p|code|pre|ul|ol|li|strong|br)\b)[^>]*>|<\w+ (?!start=)[^>]*>")


def rendered(text: str) -> str:
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return str(markdown.render(text))


def sentence(text: str, kind: str = "sentence") -> Sentence:
    return Sentence(text=text, kind=kind, citations=[1])


def citation(marker: int = 1, **changes: object) -> Citation:
    fields: dict[str, object] = {
        "marker": marker,
        "doc_id": "docs:a.md",
        "source": "docs",
        "title": "Money",
        "headings": ["Money", "Receipts"],
        "url": "https://docs.example/a",
        "source_url": None,
        "quote": "q",
        "lines": Lines(first=1, last=1),
        "span": Span(start=0, end=1),
        "updated_at": datetime(2026, 6, 1, tzinfo=UTC),
        "status": "",
        **changes,
    }
    return Citation.model_validate(fields)


def answer(*sentences: Sentence, **changes: object) -> Answer:
    fields: dict[str, object] = {
        "question": "q",
        "standalone": "q",
        "answer": "",
        "sentences": list(sentences),
        "citations": [citation()],
        "confidence": 1.0,
        "abstained": False,
        "nearest": [],
        "timings_ms": {},
        **changes,
    }
    return Answer.model_validate(fields)


@pytest.mark.parametrize("kind", ["sentence", "list", "steps", "code", "table"])
@pytest.mark.parametrize("text", NASTY)
def test_nothing_of_a_document_is_rendered(text: str, kind: str) -> None:
    page = rendered(written(sentence(text, kind), ""))

    assert not MARKED.findall(page)
    assert "[1]" in page


@pytest.mark.parametrize("text", NASTY)
def test_titles_are_no_markup_either(text: str) -> None:
    page = rendered(ending(answer(citations=[citation(title=text, headings=[text])])))
    links = re.findall(r'(?:href|src)="([^"]*)"', page)

    assert links == ["https://docs.example/a"]


@pytest.mark.parametrize("text", ["https://evil.example/x", "www.evil.example", "a@evil.example"])
def test_bare_address_stands_in_a_code_span(text: str) -> None:
    # Elsewhere renderers that link bare addresses would make a link of it.
    assert escaped(f"See ({text}).") == f"See (`{text}`)."


def test_plain_words_stay_as_they_are() -> None:
    text = "Upload snake_case files, e.g. 3.5 of them (both), at 12:30 - or later."
    assert escaped(text) == text


@pytest.mark.parametrize("character", ["\x1b", "\u202e", "\u200b", "\U000e0041", "\x00"])
def test_what_nobody_sees_is_left_out(character: str) -> None:
    assert escaped(f"pa{character}y") == "pay"
    assert character not in written(sentence(f"pa{character}y", "code"), "")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "notes/a.md"]
)
def test_only_addresses_of_the_web_can_be_followed(url: str) -> None:
    assert linked(url) == f"`{url}`"


def test_address_cannot_end_its_link() -> None:
    page = rendered(linked("https://docs.example/a> <img src=x> [b](c) \u00e9"))
    (address,) = re.findall(r'href="([^"]*)"', page)
    assert address.startswith("https://docs.example/a%3E%20%3Cimg%20src=x%3E%20")
    assert "<img" not in page


def test_parts_are_joined_like_the_text_of_the_answer() -> None:
    made = answer(sentence("One."), sentence("Two."), sentence("x = 1", "code"), sentence("Three."))
    assert whole(made).partition("\n\n**Sources**")[0] == (
        "One. [1] Two. [1]\n\n```\nx = 1\n```\n\n[1]\n\nThree. [1]"
    )


def test_steps_stay_a_list() -> None:
    page = rendered(written(sentence("1. Open it.\n2. Close it.", "steps"), ""))
    assert page.count("<li>") == 2


def test_superseded_source_is_marked_with_what_took_its_place() -> None:
    by = {
        "doc_id": "docs:b.md",
        "title": "New rules",
        "headings": [],
        "url": "https://docs.example/b",
        "updated_at": None,
        "authors": [],
    }
    since = datetime(2026, 1, 2, tzinfo=UTC)
    validity = Validity.model_validate({"state": "superseded", "since": since, "by": by})
    said = ending(answer(citations=[citation(validity=validity)]))

    assert said.endswith(
        "- [1] Money \u2014 Receipts <https://docs.example/a>, 2026-06-01, **superseded** since "
        "2026-01-02 by New rules <https://docs.example/b>"
    )


def test_notes_and_disagreements_stand_before_the_sources() -> None:
    made = answer(
        citations=[citation(1), citation(2)],
        notes=[{"kind": "left_out", "text": "A part was left out."}],
        disagreements=[{"citations": [2, 1]}],
    )
    assert ending(made).split("\n\n")[1:4] == [
        "Note: A part was left out.",
        "Note: [2] and [1] disagree; [2] is the newest.",
        "**Sources**",
    ]
