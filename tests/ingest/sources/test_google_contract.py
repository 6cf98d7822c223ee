"""The fake answers, and we ask, as Google describes its APIs; the fake is not trusted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import eval as eval_package
from tests.fakes.google import FakeGoogle
from tests.fakes.google_contract import problems, request_problems
from tests.fakes.google_query import BadQuery, masked, matcher
from tests.fakes.google_world import World
from tests.ingest.sources.google_reading import Reader, documents, kinds

COMPANY = Path(eval_package.__file__).parent / "data" / "company" / "gdocs"


@pytest.fixture
def company() -> Iterator[FakeGoogle]:
    with FakeGoogle(World.of_folder(COMPANY)).running() as fake:
        yield fake


def answered(fake: FakeGoogle) -> list[str]:
    return [
        f"{schema} {problem}"
        for schema, answer in fake.answers
        for problem in problems("docs.v1" if schema == "Document" else "drive.v3", schema, answer)
    ]


def asked(fake: FakeGoogle) -> list[str]:
    found = []
    for request in fake.faulty.requests:
        found += request_problems(request.method, request.path, request.query)
    return found


def test_answers_and_requests_over_the_sample_company_fit(company: FakeGoogle) -> None:
    reader = Reader(company)
    company.page_limit = 3
    reader.read()
    file_id = next(iter(reader.known)).removeprefix("g:")
    company.world.share(file_id, "new@tallowmere.example")
    reader.read()

    assert len(company.answers) > 20
    assert answered(company) == []
    assert asked(company) == []


def test_answers_and_requests_over_an_edited_world_fit(google: FakeGoogle, reader: Reader) -> None:
    google.world.add_drive("0ADRIVE")
    google.world.add_folder("top1")
    google.world.add("doc1", "# Top\nWords.", parents=["top1"])
    google.world.add("doc2", drive="0ADRIVE")
    google.world.add_shortcut("link1", "doc2", parents=["top1"])
    reader.settings = {"folders": ["top1"], "drives": ["0ADRIVE"]}
    reader.read()
    google.world.trash("doc1")
    google.world.move_to_drive("link1", "0ADRIVE")
    google.world.remove("doc2")
    reader.read()

    assert answered(google) == []
    assert asked(google) == []


def test_the_guard_finds_what_does_not_fit() -> None:
    assert problems("drive.v3", "File", {"version": 3})
    assert problems("drive.v3", "FileList", {"filez": []})
    assert request_problems("GET", "/drive/v3/files", {"corpus": "user"})
    assert request_problems("GET", "/drive/v3/files", {"pageSize": "1001"})
    assert request_problems("GET", "/drive/v3/files", {"query": "x"})
    assert request_problems("GET", "/drive/v3/changes", {})
    assert request_problems("POST", "/drive/v3/nothing", {})


def test_sample_company_is_read_with_its_readers(company: FakeGoogle) -> None:
    reader = Reader(company)
    changes = reader.read()
    found = documents(changes)

    assert len(found) == 11
    assert len(company.faulty.requests) == 18
    roadmap = next(d for d in found.values() if d.title.startswith("Roadmap"))
    assert roadmap.readers == {
        "group:all@tallowmere.example",
        "group:leads@tallowmere.example",
        "user:noor.vandijk@tallowmere.example",
    }
    assert kinds(reader.read()) == ["checkpoint"]
    assert len(company.faulty.requests) == 21


def test_suggestions_of_the_sample_company_are_not_asked_for(company: FakeGoogle) -> None:
    found = documents(Reader(company).read())
    draft = next(d for d in found.values() if d.title.startswith("DRAFT"))

    assert "From 31 to 60 working days" in draft.text


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("trashed = false", True),
        ("'f1' in parents and trashed = false", True),
        ("'f2' in parents", False),
        ("mimeType='a/b' or mimeType = 'c/d'", True),
        ("trashed = false and (mimeType = 'x' or (mimeType = 'c/d'))", True),
        ("trashed = true", False),
        ("modifiedTime > '2026-01-01T00:00:00'", True),
    ],
)
def test_the_fake_reads_searches(query: str, fits: bool) -> None:
    file = {"mimeType": "c/d", "parents": ["f1"], "modifiedTime": "2026-02-01T00:00:00.000Z"}

    assert matcher(query)(file) is fits


@pytest.mark.parametrize("query", ["name contains 'x'", "trashed = maybe", "(trashed = false"])
def test_the_fake_refuses_searches_that_it_does_not_know(query: str) -> None:
    with pytest.raises(BadQuery):
        matcher(query)


def test_the_fake_gives_only_the_fields_that_are_asked_for() -> None:
    value = {"files": [{"id": "1", "name": "x", "owners": [{"me": True, "n": 1}]}], "kind": "k"}

    assert masked(value, "files(id,owners(n))") == {"files": [{"id": "1", "owners": [{"n": 1}]}]}
    assert masked(value, "*") == value
