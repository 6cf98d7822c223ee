import re
from datetime import UTC, datetime

import pytest
from markdown_it import MarkdownIt

from service.gaps.schemas import Gap
from service.gaps.texts import issue_markdown

TRAPS = (
    "@everybody",
    "see #12",
    "acme/boats#7",
    "GH-12",
    "https://github.com/acme/boats/issues/1",
    "www.evil.example",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "closes #1",
    "`code` ``two`` @a",
    "```\n@a\n```",
    "line\n\n# heading\n- @list",
    "a4f2a9c1b7d3e5f60718293a4b5c6d7e8f901234",
    "ada@tallow.example",
    "|a|b|",
    "\u202eevil\u200b\ue0001",
)


def gap(text: str) -> Gap:
    moment = datetime(2026, 6, 3, tzinfo=UTC)
    near = {
        "doc_id": "docs:a.md", "title": text, "headings": [], "url": f"https://docs.example/{text}",
        "updated_at": None, "authors": [text],
    }  # fmt: skip
    return Gap.model_validate(
        {
            "gap_id": "0123456789ab",
            "question": text,
            "phrasings": [{"text": text, "asked": 2}, {"text": "plain", "asked": 1}],
            "asked": 3,
            "people": 1,
            "reasons": {"unanswered": 2, "wrong": 1},
            "first_asked": moment,
            "last_asked": moment,
            "weeks": [0] * 11 + [3],
            "nearest": [near],
            "cited": [near],
            "ask": [text],
            "answered_meanwhile": True,
            "comments": [{"verdict": "wrong", "text": text, "asked_at": moment}],
        }
    )


def outside_code(markdown: str) -> str:
    """What GitHub looks for mentions in: the text nodes that are not in code."""
    found = []
    for token in MarkdownIt("commonmark").parse(markdown):
        assert token.type not in ("html_block", "fence", "code_block")
        for child in token.children or ():
            assert child.type not in ("link_open", "image", "html_inline")
            if child.type == "text":
                found.append(child.content)
    return "\n".join(found)


@pytest.mark.parametrize("trap", TRAPS)
def test_nothing_that_people_wrote_pings_or_links(trap: str) -> None:
    text = outside_code(issue_markdown(gap(trap)))

    assert not re.search(r"@\w|#\d|GH-\d|://\w|www\.\w|\b[0-9a-f]{7,40}\b", text, re.IGNORECASE)
    assert not re.search(r"[\u202e\ue000-\uf8ff]", text)


@pytest.mark.parametrize("trap", TRAPS)
def test_text_of_people_opens_no_block_of_its_own(trap: str) -> None:
    kinds = [
        t.tag for t in MarkdownIt("commonmark").parse(issue_markdown(gap(trap))) if t.level == 0
    ]

    assert kinds == [
        t.tag for t in MarkdownIt("commonmark").parse(issue_markdown(gap("plain"))) if t.level == 0
    ]


def test_issue_says_what_was_asked_how_often_and_whom_to_ask() -> None:
    text = issue_markdown(gap("Who repairs the lift?"))

    assert text.startswith("# Not answered well: Who repairs the lift?\n")
    assert "Asked 3 times by one person, between 2026-06-03 and 2026-06-03" in text
    assert "2 times not answered, once the answer was called wrong" in text
    assert "- ` Who repairs the lift? ` (2 times)" in text
    assert "## Whom to ask" in text
