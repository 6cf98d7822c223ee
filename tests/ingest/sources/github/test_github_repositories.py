import pytest

from ingest.errors import SourceRefused
from tests.fakes.faults import Fault
from tests.fakes.github import FakeGitHub
from tests.fakes.github_data import FakeRepository
from tests.ingest.sources.github.reading import Reading, deleted, many, upserted


def test_renamed_repository_keeps_its_documents(
    reader: Reading, github: FakeGitHub, tool: FakeRepository
) -> None:
    reader.run()
    github.rename(tool, "acme/instrument")
    tool.add_comment(3, "Under the new name.")

    under_the_old_name = reader.run(repositories=["acme/tool"])
    under_the_new_name = reader.run(repositories=["acme/instrument"])

    assert upserted(under_the_old_name) == ["gh:acme/tool/issues/3"]
    assert (upserted(under_the_new_name), deleted(under_the_new_name)) == ([], [])
    assert len(reader.known) == 3


def test_new_repository_under_an_old_name_does_not_mix_with_the_old(
    reader: Reading, github: FakeGitHub, tool: FakeRepository
) -> None:
    reader.run()
    github.repositories.remove(tool)
    github.add("acme/tool", id=4242).add_issue(1, title="Another")

    reader.run()

    assert [d.title for d in reader.documents.values()] == ["Another (#1)"]


def test_old_and_new_owner_of_a_name_keep_apart(
    reader: Reading, github: FakeGitHub, tool: FakeRepository
) -> None:
    reader.run()
    github.rename(tool, "acme/instrument")
    github.add("acme/tool", id=4242).add_issue(1, title="Another")

    reader.run()

    titles = {doc_id: document.title for doc_id, document in reader.documents.items()}
    assert titles["gh:acme/tool/issues/1"] == "Question 1 (#1)"
    assert titles["gh:acme/tool~4242/issues/1"] == "Another (#1)"
    assert len(titles) == 4


def test_repository_that_is_no_longer_configured_is_taken_out(
    reader: Reading, github: FakeGitHub
) -> None:
    many(github, 2, "acme/other")
    reader.run()

    reader.run(repositories=["acme/other"])

    assert sorted(reader.known) == ["gh:acme/other/issues/1", "gh:acme/other/issues/2"]


@pytest.mark.parametrize(("status", "said"), [(404, "does not exist"), (403, "issues: read")])
def test_refused_repository_is_named_and_the_others_go_on(
    reader: Reading, github: FakeGitHub, tool: FakeRepository, status: int, said: str
) -> None:
    many(github, 2, "acme/other")
    reader.run()
    tool.add_comment(1, "Unseen.")
    github.repositories[1].add_comment(1, "Seen.")
    github.front.faults.append(Fault("status", status, path="/repos/acme/tool$"))

    with pytest.raises(SourceRefused, match=f"acme/tool.*{said}"):
        reader.run()

    assert "Seen." in reader.documents["gh:acme/other/issues/1"].text
    assert len(reader.known) == 5


def test_repository_whose_issues_are_switched_off_keeps_its_documents(
    reader: Reading, tool: FakeRepository
) -> None:
    reader.run()
    tool.about["has_issues"] = False

    with pytest.raises(SourceRefused, match="switched off"):
        reader.run()

    assert len(reader.known) == 3


def test_wrong_token_is_refused_and_deletes_nothing(reader: Reading, github: FakeGitHub) -> None:
    reader.run()
    github.tokens = {"another"}

    with pytest.raises(SourceRefused, match="renew it"):
        reader.run()

    assert (len(reader.known), len(reader.asked)) == (3, 1)


def test_missing_token_is_named_by_its_variable(reader: Reading) -> None:
    reader.environment.clear()

    with pytest.raises(SourceRefused, match="GITHUB_TOKEN is not set"):
        reader.run()


def test_no_token_is_asked_for_where_none_is_wanted(reader: Reading, github: FakeGitHub) -> None:
    github.tokens = None
    reader.environment.clear()

    assert len(upserted(reader.run(token_env=None))) == 3
    assert not any("authorization" in request.headers for request in reader.asked)
