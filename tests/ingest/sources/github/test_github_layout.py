from datetime import UTC, datetime
from typing import Any

import pytest

from index.types import DocId, Document
from ingest.sources.github_layout import Layout, Place
from ingest.sources.github_mirror import Stored
from ingest.sources.github_models import Comment, Issue
from tests.fakes import github_shapes as shapes

TIMES = {"created_at": "2025-03-01T10:00:00Z", "updated_at": "2025-03-02T10:00:00Z"}
READERS = frozenset({"public"})
PLACE = Place("gh", DocId("gh:acme/tool/issues/7"), READERS)


def stored(*comments: dict[str, Any], **issue: Any) -> Stored:
    made = shapes.issue("acme/tool", {"number": 7, "title": "Login fails", **TIMES, **issue})
    body = Issue.model_validate(made).model_dump_json(exclude_defaults=True)
    said = []
    for position, given in enumerate(comments):
        number = {"id": 100 + position, "issue_url": "https://api.github.com/repos/a/t/issues/7"}
        comment = Comment.model_validate(
            shapes.comment(
                "acme/tool", {**number, "created_at": "2025-03-02T09:00:00Z"} | TIMES | given
            )
        )
        said.append(comment.model_dump_json(exclude_defaults=True))
    return Stored(7, body, tuple(said))


def document(*comments: dict[str, Any], layout: Layout = Layout(), **issue: Any) -> Document:  # noqa: B008
    return layout.document(stored(*comments, **issue), PLACE)


def headings(document: Document) -> list[str]:
    return [" > ".join(section.headings[1:]) for section in document.sections[1:]]


def test_issue_begins_with_its_title_and_its_state() -> None:
    made = document(
        body="It does not work.",
        user="ada",
        author_association="MEMBER",
        labels=[{"name": "bug"}, {"name": "ui"}],
        milestone={"title": "2.1"},
        assignees=["bo"],
    )

    assert made.text == (
        "# Login fails (#7)\n\n"
        "Issue opened by ada (member) on 2025-03-01. Open. Labels: bug, ui. Milestone: 2.1. "
        "Assigned to bo.\n\n"
        "It does not work.\n\n"
    )
    assert (made.title, made.status, made.authors) == ("Login fails (#7)", "open", ("ada",))


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"state": "open"}, "open", "Open."),
        ({"state_reason": "reopened"}, "open", "Open."),
        ({"state": "closed"}, "closed", "Closed."),
        ({"state": "closed", "state_reason": "completed"}, "closed", "Closed as completed."),
        (
            {"state": "closed", "state_reason": "not_planned", "closed_at": "2025-04-01T00:00:00Z"},
            "closed as not planned",
            "Closed as not planned on 2025-04-01.",
        ),
        (
            {"state": "closed", "state_reason": "duplicate"},
            "closed as duplicate",
            "Closed as duplicate.",
        ),
        (
            {"state": "closed", "pull_request": {"merged_at": "2025-04-02T00:00:00Z"}},
            "merged",
            "Merged on 2025-04-02.",
        ),
        ({"state": "closed", "pull_request": {"merged_at": None}}, "closed", "Closed."),
    ],
)
def test_state_says_how_it_ended(fields: dict[str, Any], status: str, said: str) -> None:
    made = document(**fields)

    assert made.status == status
    assert f". {said}" in made.text


def test_comment_is_a_section_that_lands_on_it() -> None:
    comment = document({"body": "Try again.", "user": "bo", "id": 55}).sections[1]

    assert comment.headings == ("Login fails (#7)", "Comment by bo on 2025-03-01")
    assert comment.url == "https://github.com/acme/tool/issues/7#issuecomment-55"
    assert comment.anchor == "issuecomment-55"


def test_maintainers_comment_says_so_and_the_closing_one_too() -> None:
    made = document(
        {"user": "ada", "author_association": "OWNER", "created_at": "2025-03-05T12:00:01Z"},
        {"user": "guest", "created_at": "2025-03-05T12:00:02Z"},
        {"user": "bo", "author_association": "MEMBER", "created_at": "2025-03-06T12:00:00Z"},
        state="closed",
        closed_at="2025-03-05T12:00:00Z",
    )

    assert headings(made) == [
        "Closing comment by ada (owner) on 2025-03-05",
        "Comment by guest on 2025-03-05",
        "Comment by bo (member) on 2025-03-06",
    ]


def test_headings_of_a_body_stay_below_its_comment() -> None:
    made = document({"user": "bo", "body": "# Big\n\nOne.\n\n### Small\n\nTwo."}, {"user": "cy"})

    top = "Comment by bo on 2025-03-01"
    assert headings(made) == [
        top,
        f"{top} > Big",
        f"{top} > Big > Small",
        "Comment by cy on 2025-03-01",
    ]
    assert {section.anchor for section in made.sections[1:4]} == {"issuecomment-100"}


def test_open_fence_ends_with_its_comment() -> None:
    made = document({"user": "bo", "body": "```\nnever closed"}, {"user": "cy", "body": "Words."})

    kinds = [[block.kind for block in section.blocks] for section in made.sections[1:]]
    assert kinds == [["heading", "code"], ["heading", "paragraph"]]


def test_dashes_at_the_beginning_are_not_front_matter() -> None:
    made = document(body="---\nname: bug\n---\n\nWords.")

    said = [b.span.of(made.text) for s in made.sections for b in s.blocks if b.kind == "metadata"]
    assert len(said) == 1
    assert "name: bug" in made.text
    assert "name: bug" not in said[0]


def test_facts_of_the_issue_are_metadata_and_its_words_are_not() -> None:
    made = document(body="The pump leaks.")

    kinds = {b.span.of(made.text).strip(): b.kind for s in made.sections for b in s.blocks}
    assert kinds["The pump leaks."] == "paragraph"
    assert [k for text, k in kinds.items() if text.startswith("Issue opened by")] == ["metadata"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "\r\n\r\nWindows\r\nlines\r\n",
        "# Heading first\n\ntext",
        "> quote\n\n- a\n- b\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "<details>\n\nhidden\n\n</details>",
        "\ttab\n\n1. one\n   ```\n   code\n   ```\n2. two #12 owner/repo#12",
        "~~~\nopen",
        "# \n\nempty heading",
    ],
)
def test_sections_partition_the_text_and_blocks_cover_it(body: str | None) -> None:
    made = document({"body": body}, {"body": body}, body=body)

    ends = [0, *(section.span.end for section in made.sections)]
    assert [section.span.start for section in made.sections] == ends[:-1]
    assert ends[-1] == len(made.text)
    for section in made.sections:
        covered = "".join(block.span.of(made.text) for block in section.blocks)
        assert "".join(covered.split()) == "".join(section.span.of(made.text).split())
        assert all(section.span.contains(block.span) for block in section.blocks)
        assert all(section.headings)


def test_hidden_comments_and_skipped_authors_are_left_out() -> None:
    made = document(
        {"user": "spam", "minimized": {"reason": "spam"}},
        {"user": "dependabot[bot]"},
        {"user": "Ada"},
        layout=Layout(("*[[]bot]",)),
    )

    assert headings(made) == ["Comment by Ada on 2025-03-01"]
    assert made.authors == ("ghost", "Ada")


def test_deleted_account_is_a_ghost_without_rank() -> None:
    issue = stored(author_association="MEMBER")
    gone = Stored(7, issue.issue.replace('"user":{"login":"ghost"},', ""), ())

    assert "opened by ghost on" in Layout().document(gone, PLACE).text


def test_comments_stand_in_the_order_of_their_time() -> None:
    made = document(
        {"user": "late", "created_at": "2025-03-03T00:00:00Z"},
        {"user": "early", "created_at": "2025-03-02T00:00:00Z"},
    )

    assert [heading.split()[2] for heading in headings(made)] == ["early", "late"]


def test_document_is_as_new_as_its_newest_comment() -> None:
    made = document({"updated_at": "2025-06-01T00:00:00Z"})

    assert made.updated_at == datetime(2025, 6, 1, tzinfo=UTC)


def test_revision_covers_text_readers_and_layout() -> None:
    plain, layout = stored(), Layout()
    revisions = {
        layout.revision(plain, READERS),
        layout.revision(plain, frozenset()),
        layout.revision(stored({"body": "More."}), READERS),
        layout.revision(stored(title="Other"), READERS),
        Layout(("bot",)).revision(plain, READERS),
    }

    assert len(revisions) == 5
    assert layout.revision(stored(), READERS) in revisions


def test_what_is_not_shown_makes_no_new_revision() -> None:
    one, two = (stored(user={"login": "ada", "avatar_url": url}) for url in ("a.png", "b.png"))

    assert Layout().revision(one, READERS) == Layout().revision(two, READERS)
