"""The oracle on cases worked out by hand: it is what everything else is compared with."""

from dataclasses import replace

import pytest

from tests.leaks.companies import PEOPLE, Company, Folder, Page, Permission, State
from tests.leaks.oracle import may_read

ADA, BO, _, DEE, _ = PEOPLE  # Ada and Dee are at one.example, Bo is at notone.example
STATE = State(groups={"g0@one.example": frozenset({"g1@one.example"})})


def read(person: str | None, *permissions: Permission, state: State = STATE, **page: str) -> bool:
    company = Company(link_shared=False, before=state, after=state)
    return may_read(
        company, state, Page("drive", "travel", permissions=permissions, **page), person
    )


def test_no_permission_is_nobody() -> None:
    assert not read(ADA)


def test_address_is_compared_in_any_case() -> None:
    assert read(ADA, Permission("user", f" {ADA.upper()} "))
    assert not read(BO, Permission("user", ADA))


def test_domain_is_exact() -> None:
    everybody_at_one = Permission("domain", "One.Example")

    assert [read(person, everybody_at_one) for person in PEOPLE] == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_link_counts_for_nobody_unless_the_company_says_so() -> None:
    link = Permission("anyone", by_search=False)
    page = Page("drive", "travel", permissions=(link,))

    assert not read(ADA, link)
    assert may_read(Company(True, STATE, STATE), STATE, page, None)


@pytest.mark.parametrize(("day", "expected"), [(5, True), (6, False)])
def test_permission_ends_after_its_last_day(day: int, expected: bool) -> None:
    assert read(ADA, Permission("user", ADA, last_day=5), state=replace(STATE, day=day)) is expected


def test_groups_in_a_circle_have_the_people_of_each() -> None:
    groups = {
        "g0@one.example": frozenset({"g1@one.example"}),
        "g1@one.example": frozenset({"g0@one.example", BO}),
    }

    state = replace(STATE, groups=groups)
    assert read(BO, Permission("group", "G0@one.example"), state=state)
    assert not read(DEE, Permission("group", "g0@one.example"), state=state)


def test_folders_above_count_at_any_depth() -> None:
    folders = {"f0": Folder("", (Permission("user", ADA),)), "f1": Folder("f0")}

    assert read(ADA, state=replace(STATE, folders=folders), folder="f1")
    assert not read(ADA, state=replace(STATE, folders=folders))


def test_unconfirmed_source_shows_only_what_is_for_anyone() -> None:
    state = replace(STATE, unconfirmed=frozenset({"drive"}))

    assert not read(ADA, Permission("user", ADA), state=state)
    assert read(None, Permission("anyone"), state=state)
