from typing import Any

import pytest

from index.types import DocId, Document
from ingest.sources.github_discussion_layout import DiscussionLayout
from ingest.sources.github_discussion_models import Discussion
from ingest.sources.github_layout import Place
from tests.fakes.github_discussions import discussion
from tests.fakes.github_shapes import Json

READERS = frozenset({"public"})
PLACE = Place("gh", DocId("gh:acme/tool/discussions/7"), READERS)
URL = "https://github.com/acme/tool/discussions/7"
TIMES = {"createdAt": "2025-03-01T10:00:00Z", "updatedAt": "2025-03-02T10:00:00Z"}


def stored(*comments: Json, **fields: Any) -> str:
    """As the mirror keeps it: with lists that are read to their ends."""
    made = discussion(
        "acme/tool", {"number": 7, "title": "Which way?", "comments": comments, **TIMES, **fields}
    )
    made["comments"] = [{**row, "replies": ended(row["replies"])} for row in made["comments"]]
    made["comments"] = ended(made["comments"])
    return Discussion.model_validate(made).model_dump_json(by_alias=True)


def ended(rows: list[Json]) -> Json:
    return {"nodes": [*rows, None], "pageInfo": {"hasNextPage": False}}


def said(id_: int, body: str = "Yes.", **fields: Any) -> Json:
    return {"databaseId": id_, "body": body, "author": "bo", **TIMES, **fields}


def document(*comments: Json, skip: tuple[str, ...] = (), **fields: Any) -> Document:
    return DiscussionLayout(skip).document(stored(*comments, **fields), PLACE)


def headings(made: Document) -> list[str]:
    return [section.headings[-1] for section in made.sections[1:]]


def test_discussion_begins_with_its_title_and_its_state() -> None:
    made = document(
        body="Left or right?",
        author="ada",
        authorAssociation="MEMBER",
        labels={"nodes": [{"name": "paths"}, None]},
    )

    assert made.text == (
        "# Which way? (#7)\n\n"
        "Discussion in Q&A opened by ada (member) on 2025-03-01. Open. "
        "Unanswered: no answer was accepted. Labels: paths.\n\n"
        "Left or right?\n\n"
    )
    assert (made.title, made.url, made.status) == ("Which way? (#7)", URL, "unanswered")
    assert made.sections[0].blocks[1].kind == "metadata"


def test_comments_and_replies_are_sections_with_their_own_links() -> None:
    no = said(14, "No.", author="ada", createdAt="2025-03-01T13:00:00Z")
    answer = said(12, "Left.", isAnswer=True, author="cy", authorAssociation="OWNER")
    made = document(
        said(11, "Right?", replies=[no]),
        {**answer, "createdAt": "2025-03-01T12:00:00Z"},
        answerChosenAt="2025-03-02T09:00:00Z",
    )

    assert headings(made) == [
        "Comment by bo on 2025-03-01",
        "Reply to bo by ada on 2025-03-01",
        "Accepted answer by cy (owner) on 2025-03-01",
    ]
    anchors = [f"discussioncomment-{n}" for n in (11, 14, 12)]
    assert [section.url for section in made.sections[1:]] == [f"{URL}#{a}" for a in anchors]
    assert [section.anchor for section in made.sections[1:]] == anchors
    assert "Answered by cy, accepted on 2025-03-02." in made.text
    assert (made.status, made.authors) == ("answered", ("ghost", "bo", "ada", "cy"))


def test_reply_can_be_the_accepted_answer() -> None:
    made = document(said(11, replies=[said(12, isAnswer=True, author="cy")]))

    assert headings(made)[-1] == "Accepted answer by cy on 2025-03-01"


@pytest.mark.parametrize(
    ("fields", "status", "fact"),
    [
        ({"closed": True, "stateReason": "RESOLVED"}, "closed", "Closed as resolved."),
        ({"closed": True, "stateReason": "OUTDATED"}, "closed as outdated", "Closed as outdated."),
        ({"closed": True}, "closed", "Closed."),
        ({"stateReason": "REOPENED"}, "open", "Open."),
        ({"closed": True, "closedAt": "2025-03-09T00:00:00Z"}, "closed", "Closed on 2025-03-09."),
    ],
)
def test_state_is_said_in_words_and_in_the_status(fields: Json, status: str, fact: str) -> None:
    made = document(category={"name": "Ideas", "isAnswerable": False}, **fields)

    assert made.status == status
    assert f"2025-03-01. {fact}" in made.text
    assert "nswered" not in made.text


@pytest.mark.parametrize("fields", [{"isMinimized": True}, {"deletedAt": "2025-03-02T00:00:00Z"}])
def test_hidden_and_deleted_comments_are_left_out_but_not_the_replies_to_them(fields: Json) -> None:
    made = document(said(11, "Spam.", replies=[said(12, "Go away.")], **fields))

    assert headings(made) == ["Reply to bo by bo on 2025-03-01"]
    assert "Spam." not in made.text


def test_bots_have_the_names_by_which_they_are_skipped() -> None:
    bot = said(11, author={"__typename": "Bot", "login": "helper"})

    assert document(bot).authors == ("ghost", "helper[bot]")
    assert headings(document(bot, skip=("*[[]bot]",))) == []


def test_headings_in_a_comment_stay_below_it() -> None:
    made = document(said(11, "# Large\n\nWords."))

    assert made.sections[-1].headings == (
        "Which way? (#7)",
        "Comment by bo on 2025-03-01",
        "Large",
    )
    ends = [0, *(section.span.end for section in made.sections)]
    assert [section.span.start for section in made.sections] == ends[:-1]
    assert ends[-1] == len(made.text)


def test_revision_follows_text_readers_and_what_is_skipped() -> None:
    layout = DiscussionLayout()
    plain = layout.revision(stored(), READERS)

    assert layout.revision(stored(), READERS) == plain
    assert layout.revision(stored(said(11)), READERS) != plain
    assert layout.revision(stored(), frozenset()) != plain
    assert DiscussionLayout(("x",)).revision(stored(), READERS) != plain
