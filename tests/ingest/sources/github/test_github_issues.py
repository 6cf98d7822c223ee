from datetime import timedelta

import pytest

from ingest.source import Complete
from tests.fakes.faults import Request
from tests.fakes.github import GHES_PREFIX, FakeGitHub
from tests.fakes.github_data import FakeRepository
from tests.ingest.sources.github.reading import Reading, deleted, many, upserted

WEEK = timedelta(days=7)


def test_every_issue_is_a_document_with_its_comments(reader: Reading) -> None:
    changes = reader.run()

    assert upserted(changes) == [f"gh:acme/tool/issues/{n}" for n in (1, 2, 3)]
    first = reader.documents["gh:acme/tool/issues/1"]
    assert (first.title, first.url) == ("Question 1 (#1)", "https://github.com/acme/tool/issues/1")
    assert "Like this." in first.text
    assert Complete() in changes


def test_second_run_only_asks_whether_anything_changed(reader: Reading) -> None:
    reader.run()

    changes = reader.run()

    assert (upserted(changes), Complete() in changes) == ([], True)
    assert all(request.is_conditional for request in reader.asked)
    assert set(reader.statuses) == {304}


def test_new_comment_is_one_upsert(reader: Reading, tool: FakeRepository) -> None:
    reader.run()
    tool.add_comment(2, "Or like that.")

    assert upserted(reader.run()) == ["gh:acme/tool/issues/2"]
    assert "Or like that." in reader.documents["gh:acme/tool/issues/2"].text


def test_edited_comment_is_one_upsert_without_asking_for_the_issue(
    reader: Reading, tool: FakeRepository, github: FakeGitHub
) -> None:
    comment = tool.add_comment(3, "Wrong.")
    reader.run()
    github.clock.advance(timedelta(minutes=5))
    tool.edit_comment(comment, body="Right.")

    assert upserted(reader.run()) == ["gh:acme/tool/issues/3"]
    assert "Right." in reader.documents["gh:acme/tool/issues/3"].text
    assert reader.statuses == {304: 2, 200: 1}


def test_changed_title_keeps_the_doc_id(reader: Reading, tool: FakeRepository) -> None:
    reader.run()
    tool.edit_issue(2, title="Better question")

    assert upserted(reader.run()) == ["gh:acme/tool/issues/2"]
    assert reader.documents["gh:acme/tool/issues/2"].title == "Better question (#2)"


def test_large_listings_are_walked_to_their_end(reader: Reading, github: FakeGitHub) -> None:
    many(github, 350)

    reader.run()

    assert len(reader.known) == 353
    assert all("Answer" in d.text for name, d in reader.documents.items() if "large" in name)


def test_many_changes_at_once_are_all_found(reader: Reading, github: FakeGitHub) -> None:
    large = many(github, 250)
    reader.run()
    github.clock.advance(timedelta(hours=1))
    for number in range(20, 220):
        large.edit_issue(number, title="Renamed")

    assert len(upserted(reader.run())) == 200


def test_rows_of_one_second_fill_more_than_a_page(reader: Reading, github: FakeGitHub) -> None:
    large = github.add("acme/imported")
    for number in range(1, 331):
        large.add_issue(number)

    reader.run()

    assert len(reader.known) == 333


def test_small_change_to_a_large_repository_takes_no_walk(
    reader: Reading, github: FakeGitHub
) -> None:
    large = many(github, 250)
    reader.run()
    github.clock.advance(timedelta(hours=1))
    large.add_comment(7, "Late answer.")

    assert upserted(reader.run()) == ["gh:acme/large/issues/7"]
    assert len(reader.asked) == 6


def test_row_that_moves_or_goes_while_reading_hides_no_other(
    reader: Reading, github: FakeGitHub
) -> None:
    large = many(github, 250)

    def change(request: Request) -> None:
        if request.path.endswith("/issues") and "since" in request.query:
            github.clock.advance(timedelta(minutes=1))
            large.edit_issue(5, title="Moved to the end")
            large.delete_issue(6)
            github.front.before = lambda _: None

    github.front.before = change

    reader.run()

    assert {f"gh:acme/large/issues/{n}" for n in range(7, 251)} <= set(reader.known)
    assert reader.documents["gh:acme/large/issues/5"].title == "Moved to the end (#5)"


def test_deleted_issue_of_a_small_repository_is_found_at_once(
    reader: Reading, tool: FakeRepository
) -> None:
    reader.run()
    tool.delete_issue(2)

    assert deleted(reader.run()) == ["gh:acme/tool/issues/2"]


def test_deleted_comment_of_a_small_repository_is_found_at_once(
    reader: Reading, tool: FakeRepository
) -> None:
    comment = tool.add_comment(2, "Spam.")
    reader.run()
    tool.delete_comment(comment)

    assert upserted(reader.run()) == ["gh:acme/tool/issues/2"]
    assert "Spam." not in reader.documents["gh:acme/tool/issues/2"].text


def test_sweep_finds_what_listings_do_not_tell(reader: Reading, github: FakeGitHub) -> None:
    large = many(github, 250)
    reader.run()
    large.delete_issue(5)
    large.delete_comment(large.comments_of(6)[0]["id"])
    assert deleted(reader.run()) == []
    github.clock.advance(WEEK)

    changes = reader.run()

    assert deleted(changes) == ["gh:acme/large/issues/5"]
    assert upserted(changes) == ["gh:acme/large/issues/6"]


def test_lost_comment_of_a_changed_issue_is_found_without_a_sweep(
    reader: Reading, github: FakeGitHub
) -> None:
    large = many(github, 250)
    reader.run()
    large.delete_comment(large.comments_of(6)[0]["id"])
    large.edit_issue(6, comments=0)

    reader.run()

    assert "Answer" not in reader.documents["gh:acme/large/issues/6"].text


def test_transferred_issue_leaves_its_old_place(
    reader: Reading, github: FakeGitHub, tool: FakeRepository
) -> None:
    other = github.add("acme/other")
    other.add_issue(1, title="Question 2", id=77)
    reader.run()
    tool.delete_issue(2, moved_to=f"/repositories/{other.id}/issues/1")

    assert deleted(reader.run()) == ["gh:acme/tool/issues/2"]
    assert 301 in reader.statuses


@pytest.mark.parametrize("left", [0, 1])
def test_listing_that_leaves_out_what_is_there_deletes_nothing(
    reader: Reading, tool: FakeRepository, left: int
) -> None:
    reader.run()
    tool.left_out = {1, 2, 3} if not left else {1, 3}
    tool.edit_issue(2, title="Touched")

    changes = reader.run()

    assert deleted(changes) == []
    assert len(reader.known) == 3


@pytest.mark.parametrize("merged_at", ["2026-02-01T00:00:00Z", None])
def test_pull_requests_are_read_when_asked_for(
    reader: Reading, tool: FakeRepository, merged_at: str | None
) -> None:
    merged = {"merged_at": merged_at}
    tool.add_issue(9, title="Fix", state="closed", pull_request=merged)
    reader.run()
    assert "gh:acme/tool/issues/9" not in reader.known

    assert upserted(reader.run(pull_requests=True)) == ["gh:acme/tool/issues/9"]
    state = "merged" if merged_at else "closed"
    assert reader.documents["gh:acme/tool/issues/9"].status == state
    assert "gh:acme/tool/issues/9" not in (reader.run(), reader.known)[1]


def test_enterprise_server_is_asked_below_its_prefix(reader: Reading, github: FakeGitHub) -> None:
    many(github, 120)
    changes = reader.run(api_url=reader.url + GHES_PREFIX)

    assert len(upserted(changes)) == 123
    assert all(request.path.startswith(GHES_PREFIX) for request in reader.asked)


def test_lost_mirror_is_made_anew_and_changes_nothing(reader: Reading) -> None:
    reader.run()
    for file in reader.work_dir.iterdir():
        file.unlink()
    (reader.work_dir / "gh.sqlite").write_bytes(b"not a database, but long enough to look at" * 9)

    assert upserted(reader.run()) == []
    assert set(reader.statuses) == {200}


def test_lost_index_is_filled_from_the_mirror(reader: Reading) -> None:
    reader.run()
    reader.known.clear()
    reader.cursor = None

    assert len(upserted(reader.run())) == 3
    assert set(reader.statuses) == {304}
