import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from index.access import PUBLIC, Principal, visible_to
from index.revocations import Revocation
from index.store import Index
from index.types import DocId
from service.explaining import Explaining, Explanation, Grant, Paths, group_paths
from service.operator_schemas import SyncReport
from tests.index.documents import item

NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
ADA = Principal("ada@tallow.example", frozenset({"pilots", "staff"}))
KINDS = {"notes": "google_docs"}


def report_of(source: str, error: str | None = None) -> str:
    return SyncReport(
        source=source,
        started_at=NOW,
        finished_at=NOW,
        listed=1,
        indexed=1,
        unchanged=0,
        deleted=0,
        skipped={},
        chunks=1,
        embedded=1,
        complete=error is None,
        error=error,
        seconds={},
        plan=None,
        last_success_at=NOW - timedelta(days=1) if error else NOW,
    ).model_dump_json()


def explained(
    index: Index,
    *readers: str,
    who: Principal = ADA,
    paths: Paths | None = None,
    oldest: datetime | None = None,
) -> Explanation:
    index.put([item("plan", "A plan.", readers)])
    return Explaining(index, index.sources, KINDS, oldest).explain(who, "notes:plan", paths)


@pytest.mark.parametrize(
    ("reader", "grant"),
    [
        (PUBLIC, Grant("public", "public")),
        ("user:ada@tallow.example", Grant("user:ada@tallow.example", "user")),
        ("domain:tallow.example", Grant("domain:tallow.example", "domain")),
        ("group:staff", Grant("group:staff", "group", ("staff",))),
    ],
)
def test_rule_that_grants_is_named(empty_index: Index, reader: str, grant: Grant) -> None:
    found = explained(empty_index, reader, "user:bo@tallow.example")

    assert found.is_allowed
    assert found.grants == (grant,)


def test_nested_group_is_explained_by_the_groups_between(empty_index: Index) -> None:
    found = explained(empty_index, "group:staff", paths={"staff": ("pilots", "crew", "staff")})
    assert [grant.path for grant in found.grants] == [("pilots", "crew", "staff")]


def test_every_rule_that_grants_is_named(empty_index: Index) -> None:
    found = explained(empty_index, "group:staff", "group:pilots", PUBLIC)
    assert [grant.reader for grant in found.grants] == ["group:pilots", "group:staff", "public"]


@pytest.mark.parametrize(
    "readers", [(), ("user:bo@tallow.example",), ("domain:low.example", "group:board")]
)
def test_denied_person_learns_who_may(empty_index: Index, readers: tuple[str, ...]) -> None:
    found = explained(empty_index, *readers)

    assert not found.is_allowed
    assert found.grants == ()
    assert found.readers == tuple(sorted(readers))
    assert "domain:tallow.example" in found.admitting


def test_document_that_is_not_there_is_said_to_be_unknown(empty_index: Index) -> None:
    found = Explaining(empty_index, empty_index.sources, KINDS).explain(ADA, "notes:nothing")
    assert found.readers is None
    assert not found.is_allowed


def test_deleted_document_is_unknown(empty_index: Index) -> None:
    found = explained(empty_index, PUBLIC)
    empty_index.delete([DocId("notes:plan")])
    again = Explaining(empty_index, empty_index.sources, KINDS).explain(ADA, found.document)
    assert again.readers is None


def test_origin_says_which_source_and_how_old(empty_index: Index) -> None:
    empty_index.sources.save_report("notes", report_of("notes", error="401 from Google"))
    origin = explained(empty_index, PUBLIC).origin

    assert (origin.source, origin.kind, origin.error) == ("notes", "google_docs", "401 from Google")
    assert (origin.last_run_at, origin.last_success_at) == (NOW, NOW - timedelta(days=1))


def test_report_that_cannot_be_read_is_no_success(empty_index: Index) -> None:
    empty_index.sources.save_report("notes", json.dumps({"of": "another version"}))
    assert explained(empty_index, PUBLIC).origin.last_success_at is None


@pytest.mark.parametrize(("readers", "is_allowed"), [(("group:staff",), False), ((PUBLIC,), True)])
@pytest.mark.parametrize("is_known", [True, False])
def test_readers_that_are_too_old_do_not_count_but_public_does(
    empty_index: Index, readers: tuple[str, ...], is_allowed: bool, is_known: bool
) -> None:
    if is_known:
        empty_index.sources.save_report("notes", report_of("notes"))
    found = explained(empty_index, *readers, oldest=NOW + timedelta(seconds=1))

    assert found.is_withheld
    assert found.is_allowed == is_allowed


@pytest.mark.parametrize("hides_public", [False, True])
@pytest.mark.parametrize("reader", [PUBLIC, "group:staff"])
def test_revocation_is_explained_as_it_is_enforced(
    empty_index: Index, hides_public: bool, reader: str
) -> None:
    revocation = Revocation("notes", "1", hides_public, NOW)
    empty_index.sources.wakeups.revocations.add([revocation])
    found = explained(empty_index, reader)

    assert found.is_withheld
    assert found.doubt is not None
    assert "2027-01-04 09:00 UTC" in found.doubt.why
    assert found.is_allowed == bool(empty_index.documents(visible_to=visible_to(ADA)))
    assert found.is_allowed == (reader == PUBLIC and not hides_public)


def test_readers_of_the_allowed_age_count(empty_index: Index) -> None:
    empty_index.sources.save_report("notes", report_of("notes"))
    assert explained(empty_index, "group:staff", oldest=NOW).is_allowed


@pytest.mark.parametrize("who", [ADA, Principal("local"), Principal("service:ci")])
@pytest.mark.parametrize(
    "readers", [(), (PUBLIC,), ("group:staff",), ("domain:tallow.example",), ("user:local",)]
)
def test_explanation_agrees_with_what_is_enforced(
    empty_index: Index, who: Principal, readers: tuple[str, ...]
) -> None:
    found = explained(empty_index, *readers, who=who)
    seen = empty_index.documents(visible_to=visible_to(who))
    assert found.is_allowed == bool(seen)


def test_shortest_path_to_each_group_is_found_in_circles_too() -> None:
    direct: Mapping[str, list[str]] = {
        "ada@tallow.example": ["pilots"],
        "ada@old.example": ["staff"],
        "group:pilots": ["crew"],
        "group:crew": ["staff", "pilots", "all"],
        "group:staff": ["all"],
    }
    found = group_paths(
        ["ada@tallow.example", "ada@old.example"], lambda member: direct.get(member, [])
    )
    assert found == {
        "pilots": ("pilots",),
        "crew": ("pilots", "crew"),
        "staff": ("staff",),
        "all": ("staff", "all"),
    }


def test_group_with_the_form_of_an_address_is_not_taken_for_the_person() -> None:
    direct = {"ada@tallow.example": ["ada@tallow.example"], "group:ada@tallow.example": ["staff"]}
    found = group_paths(["ada@tallow.example"], lambda member: direct.get(member, []))
    assert found["staff"] == ("ada@tallow.example", "staff")


def test_path_begins_with_the_group_that_a_credential_names() -> None:
    found = group_paths([], lambda member: {"group:crew": ["staff"]}.get(member, []), ["crew"])
    assert found == {"crew": ("crew",), "staff": ("crew", "staff")}
