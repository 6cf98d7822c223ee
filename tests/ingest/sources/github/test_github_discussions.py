from datetime import timedelta
from pathlib import Path

import pytest

from ingest.source import Complete
from tests.fakes.github import FakeGitHub
from tests.fakes.github_data import FakeRepository
from tests.fakes.github_shapes import Json
from tests.ingest.sources.github.reading import Reading, deleted, reading, upserted
from tests.ingest.sources.github.talking import asked_graphql, doc, read

pytestmark = pytest.mark.usefixtures("talk")
WEEK = timedelta(days=7)


def test_discussions_are_read_only_where_they_are_wanted(reader: Reading) -> None:
    assert not any("/discussions/" in doc_id for doc_id in upserted(reader.run()))
    assert asked_graphql(reader) == 0

    assert read(reader) == [doc(11), doc(12), doc(13)]
    assert asked_graphql(reader) == 1


def test_second_run_asks_once_and_writes_nothing(reader: Reading) -> None:
    read(reader)

    changes = reader.run(discussions=True)

    assert (upserted(changes), deleted(changes), Complete() in changes) == ([], [], True)
    assert asked_graphql(reader) == 1


def test_new_reply_is_one_upsert(reader: Reading, tool: FakeRepository, talk: Json) -> None:
    remark = tool.add_remark(talk, talk["comments"], "Like this.")
    read(reader)
    tool.add_remark(talk, remark["replies"], "Really?")

    assert read(reader) == [doc(12)]
    assert "Really?" in reader.documents[doc(12)].text


def test_reply_that_leaves_its_discussion_untouched_is_found_among_the_newest(
    reader: Reading, tool: FakeRepository, talk: Json, github: FakeGitHub
) -> None:
    remark = tool.add_remark(talk, talk["comments"], "Like this.")
    before = talk["updatedAt"]
    github.clock.advance(timedelta(hours=1))
    tool.add_discussion(14)
    read(reader)
    tool.add_remark(talk, remark["replies"], "Unnoticed?")
    talk["updatedAt"] = before

    assert read(reader) == [doc(12)]


def test_long_discussion_that_shows_up_late_is_still_read(
    reader: Reading, tool: FakeRepository, talk: Json, github: FakeGitHub
) -> None:
    for number in range(30):
        tool.add_remark(talk, talk["comments"], f"Comment {number}.")
    talk["leftOut"] = True
    github.clock.advance(timedelta(seconds=30))
    tool.add_discussion(14)
    read(reader)
    talk["leftOut"] = False

    assert read(reader) == [doc(12)]


def test_run_ends_where_the_last_one_has_been(
    reader: Reading, tool: FakeRepository, talk: Json, github: FakeGitHub
) -> None:
    for number in range(100, 300):
        tool.add_discussion(number)
        github.clock.advance(timedelta(minutes=5))
    read(reader)
    assert asked_graphql(reader) == 5
    tool.add_remark(talk, talk["comments"], "Old, but not settled.")

    assert read(reader) == [doc(12)]
    assert asked_graphql(reader) == 1


def test_long_discussion_is_read_to_its_end(
    reader: Reading, tool: FakeRepository, talk: Json
) -> None:
    for number in range(130):
        remark = tool.add_remark(talk, talk["comments"], f"Comment {number}.")
    for number in range(115):
        tool.add_remark(talk, remark["replies"], f"Reply {number}.")

    read(reader)

    text = reader.documents[doc(12)].text
    assert [n for n in range(130) if f"\nComment {n}.\n" not in text] == []
    assert [n for n in range(115) if f"\nReply {n}.\n" not in text] == []


def test_deleted_discussion_is_found_by_the_next_sweep(
    reader: Reading, tool: FakeRepository, talk: Json, github: FakeGitHub
) -> None:
    read(reader)
    tool.discussions.remove(talk)
    assert deleted(reader.run(discussions=True)) == []
    github.clock.advance(WEEK)

    assert deleted(reader.run(discussions=True)) == [doc(12)]


def test_discussion_that_a_listing_leaves_out_stays(
    reader: Reading, talk: Json, github: FakeGitHub
) -> None:
    read(reader)
    talk["leftOut"] = True
    github.clock.advance(WEEK)

    assert deleted(reader.run(discussions=True)) == []
    assert doc(12) in reader.known


def test_listing_that_is_suddenly_empty_deletes_nothing(
    reader: Reading, tool: FakeRepository, github: FakeGitHub
) -> None:
    read(reader)
    for row in tool.discussions:
        row["leftOut"] = True
    github.clock.advance(WEEK)

    assert deleted(reader.run(discussions=True)) == []
    assert len(reader.known) == 6


def test_discussions_that_are_switched_off_are_taken_out(
    reader: Reading, tool: FakeRepository
) -> None:
    read(reader)
    tool.about["has_discussions"] = False

    assert deleted(reader.run(discussions=True)) == [doc(11), doc(12), doc(13)]


def test_setting_that_is_taken_back_takes_them_out(reader: Reading) -> None:
    read(reader)

    reader.run()

    assert sorted(reader.known) == [f"gh:acme/tool/issues/{n}" for n in (1, 2, 3)]


def test_what_was_deleted_while_the_setting_was_off_does_not_come_back(
    reader: Reading, tool: FakeRepository, talk: Json
) -> None:
    read(reader)
    reader.run()
    tool.discussions.remove(talk)

    assert read(reader) == [doc(11), doc(13)]


def test_private_repository_gives_its_readers_to_discussions_too(
    reader: Reading, tool: FakeRepository
) -> None:
    read(reader)
    tool.about |= {"private": True, "visibility": "private"}

    assert doc(12) in read(reader, private_readers=["user:ana@acme.example"])
    assert reader.documents[doc(12)].readers == {"user:ana@acme.example"}


def test_discussions_of_the_sample_company_are_read_with_the_accepted_answer(
    tmp_path: Path,
) -> None:
    company = Path(__file__).parents[4] / "eval" / "data" / "company" / "github"
    with reading(FakeGitHub().load(company), tmp_path) as reader:
        found = [doc_id for doc_id in read(reader) if "/discussions/" in doc_id]

    assert found == [f"gh:tallowmere/tidekit/discussions/{n}" for n in (49, 50, 51)]
    answered, idea, asked = (reader.documents[doc_id] for doc_id in found)
    assert [d.status for d in (answered, idea, asked)] == ["answered", "open", "unanswered"]
    assert "## Accepted answer by daniel-tw (member) on 2026-05-18\n\nAn image" in answered.text
