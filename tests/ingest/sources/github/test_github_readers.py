import json

import pytest

from ingest.errors import SourceRefused
from ingest.source import Upsert
from tests.fakes import github_shapes as shapes
from tests.fakes.github import FakeGitHub
from tests.fakes.github_data import FakeRepository
from tests.ingest.sources.github.reading import Reading, skipped, upserted

ISSUE = "gh:acme/tool/issues/1"
NOTHING = {"pull": False}


@pytest.fixture
def private(tool: FakeRepository) -> FakeRepository:
    tool.about |= {"private": True, "visibility": "private"}
    tool.collaborators = [shapes.collaborator(login) for login in ("Ada", "bo", "stranger")]
    tool.teams = [shapes.team("acme", "core")]
    return tool


def people(reader: Reading, *, name: str = "people.yaml", text: str = "") -> str:
    path = reader.work_dir.parent / name
    path.write_text(text or "ada: Ada@Acme.example\nBo: bo@acme.example\n")
    return str(path)


def readers(reader: Reading) -> set[str]:
    return set(reader.documents[ISSUE].readers)


def test_what_is_public_is_for_everybody(reader: Reading) -> None:
    reader.run()

    assert readers(reader) == {"public"}
    assert not any("collaborators" in request.path for request in reader.asked)


def test_public_may_mean_less(reader: Reading) -> None:
    reader.run(public_readers=["domain:acme.example"])

    assert readers(reader) == {"domain:acme.example"}


def test_internal_is_for_nobody_unless_somebody_is_named(
    reader: Reading, tool: FakeRepository
) -> None:
    tool.about |= {"private": True, "visibility": "internal"}

    reader.run()
    assert readers(reader) == set()

    reader.run(internal_readers=["domain:acme.example"])
    assert readers(reader) == {"domain:acme.example"}


def test_private_is_for_collaborators_with_an_address_and_for_teams(
    reader: Reading, private: FakeRepository
) -> None:
    del private
    reader.run(people_file=people(reader))

    assert readers(reader) == {"user:ada@acme.example", "user:bo@acme.example", "group:acme/core"}


def test_people_may_be_a_list(reader: Reading, private: FakeRepository) -> None:
    private.teams = []
    text = json.dumps(
        [{"login": "bo", "email": "bo@acme.example"}, {"login": "ada", "email": None}]
    )

    reader.run(people_file=people(reader, name="people.json", text=text))

    assert readers(reader) == {"user:bo@acme.example"}


def test_private_without_addresses_and_teams_is_for_nobody(
    reader: Reading, private: FakeRepository
) -> None:
    private.teams = []

    reader.run()

    assert readers(reader) == set()


def test_rights_without_reading_count_for_nothing(reader: Reading, private: FakeRepository) -> None:
    for given in (*private.collaborators, *private.teams):
        given["permissions"] = NOTHING

    reader.run(people_file=people(reader))

    assert readers(reader) == set()


def test_all_pages_of_collaborators_are_read(reader: Reading, private: FakeRepository) -> None:
    private.collaborators = [shapes.collaborator(f"p{i}") for i in range(250)]
    text = "".join(f"p{i}: p{i}@acme.example\n" for i in range(250))

    reader.run(people_file=people(reader, text=text))
    assert len(readers(reader)) == 251

    assert upserted(reader.run(people_file=people(reader, text=text))) == []
    assert set(reader.statuses) == {304}


def test_collaborators_that_may_not_be_listed_leave_nobody_and_are_reported(
    reader: Reading, github: FakeGitHub, private: FakeRepository
) -> None:
    del private
    reader.run(people_file=people(reader))
    github.may_push = False

    changes = reader.run(people_file=people(reader))

    assert readers(reader) == set()
    assert "right to push" in skipped(changes)["gh:acme/tool"]


def test_named_readers_of_private_repositories_need_no_listing(
    reader: Reading, github: FakeGitHub, private: FakeRepository
) -> None:
    del private
    github.may_push = False

    assert skipped(reader.run(private_readers=["group:staff"])) == {}
    assert readers(reader) == {"group:staff"}


def test_change_of_readers_alone_is_an_upsert_of_the_same_text(
    reader: Reading, private: FakeRepository
) -> None:
    reader.run(people_file=people(reader))
    before = reader.documents[ISSUE]
    private.collaborators.pop(0)

    changes = reader.run(people_file=people(reader))

    after = next(c.document for c in changes if isinstance(c, Upsert))
    assert (after.text, after.readers) == (
        before.text,
        frozenset({"user:bo@acme.example", "group:acme/core"}),
    )


def test_repository_that_turns_private_is_hidden_at_once(
    reader: Reading, private: FakeRepository
) -> None:
    private.about |= {"private": False, "visibility": "public"}
    reader.run()
    private.about |= {"private": True, "visibility": "private"}

    assert len(upserted(reader.run())) == 3
    assert readers(reader) == {"group:acme/core"}


def test_server_that_does_not_say_visibility_is_believed_about_private(
    reader: Reading, private: FakeRepository
) -> None:
    del private.about["visibility"]

    reader.run()

    assert readers(reader) == {"group:acme/core"}


@pytest.mark.parametrize("text", ["- ada\n- bo\n", "words", "{"])
def test_people_file_that_makes_no_sense_is_refused(reader: Reading, text: str) -> None:
    with pytest.raises(SourceRefused, match="people_file"):
        reader.run(people_file=people(reader, text=text))

    assert reader.asked == []
