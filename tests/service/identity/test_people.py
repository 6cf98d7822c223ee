import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ConfigError
from service.identity.addresses import address, name
from service.identity.people import People

ADA = "ada@tallow.example"


class Folder:
    """The two files, which may be written again."""

    def __init__(self, path: Path) -> None:
        self.people_file, self.groups_file = path / "people.yaml", path / "groups.yaml"
        self._writes = 0
        self.write(self.people_file, "")
        self.write(self.groups_file, "")

    def write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        # Two writes may fall on the same tick of the file system's clock.
        self._writes += 1
        os.utime(path, ns=(self._writes, self._writes))

    def people(self, people: str = "", groups: str = "") -> People:
        self.write(self.people_file, people)
        self.write(self.groups_file, groups)
        return People(self.people_file, self.groups_file)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize(
    ("given", "compared"),
    [
        ("Ada@Tallow.Example", "ada@tallow.example"),
        ("  ada@tallow.example\n", "ada@tallow.example"),
        ("ada+boats@tallow.example", "ada+boats@tallow.example"),
        ("jose\u0301@tallow.example", "jos\u00e9@tallow.example"),
        ("JOS\u00c9@tallow.example", "jos\u00e9@tallow.example"),
        ("o'brien@sub.tallow.example", "o'brien@sub.tallow.example"),
    ],
)
def test_addresses_are_compared_in_one_form(given: str, compared: str) -> None:
    assert address(given) == compared
    assert address(compared) == compared


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ada",
        "@tallow.example",
        "ada@",
        "a da@tallow.example",
        "ada@tallow.example\x00",
        "ada@tal\nlow.example",
        "ada@evil.example@tallow.example",
        '"ada@evil.example"@tallow.example',
        "ada@tallow.example,boss@tallow.example",
        "user:ada@tallow.example",
        "ada@tallow.example.",
        "ada@.example",
        "ada\u200b@tallow.example",
        "ada\u202e@tallow.example",
        "boo\u212a@tallow.example",
        "a" * 300 + "@tallow.example",
    ],
)
def test_addresses_that_cannot_be_are_refused(given: str) -> None:
    with pytest.raises(ValueError, match="no e-mail address"):
        address(given)


@given(st.text(max_size=40), st.sampled_from(["@tallow.example", "@x", ""]))
def test_form_of_an_address_is_its_own_form(text: str, domain: str) -> None:
    try:
        found = address(text + domain)
    except ValueError:
        return
    assert address(found) == found
    assert found.count("@") == 1
    assert not any(character.isspace() or character in ',:;"<>()[]\\' for character in found)


@given(st.text(max_size=30))
def test_form_of_a_name_is_its_own_form(text: str) -> None:
    try:
        found = name(text)
    except ValueError:
        return
    assert name(found) == found


def test_person_is_known_by_one_address(folder: Folder) -> None:
    people = folder.people(f"{ADA}: [Ada.Old@Tallow.example, ada@boats.example]")

    assert people.canonical("ada.old@tallow.example") == ADA
    assert people.canonical("ADA@boats.example") == ADA
    assert people.canonical(ADA) == ADA
    assert people.canonical("bo@tallow.example") == "bo@tallow.example"
    assert people.addresses_of("ada@boats.example") == {
        ADA,
        "ada.old@tallow.example",
        "ada@boats.example",
    }


@pytest.mark.parametrize(
    "text",
    [
        "a@x.y: [c@x.y]\nb@x.y: [C@x.y]",
        "a@x.y: [b@x.y]\nb@x.y: []",
        "a@x.y: [b@x.y]\na@x.y: []",
        "a@x.y: b@x.y",
        "a@x.y: [nobody]",
        "ada: []",
        "- a@x.y",
        "a@x.y: [",
        "1: [2]",
    ],
)
def test_file_that_leaves_it_open_who_is_who_is_refused(folder: Folder, text: str) -> None:
    with pytest.raises(ConfigError, match="people_file"):
        folder.people(people=text)


def test_groups_contain_people_and_groups(folder: Folder) -> None:
    people = folder.people(
        groups="Crew: [Ada@Tallow.example]\nstaff: [crew, bo@tallow.example]\nall: [Staff]\nx: []"
    )

    assert people.groups_of(ADA, ()) == {"crew", "staff", "all"}
    assert people.groups_of("bo@tallow.example", ()) == {"staff", "all"}
    assert people.groups_of("eve@tallow.example", ()) == frozenset()


def test_groups_may_contain_groups_from_elsewhere(folder: Folder) -> None:
    people = folder.people(groups="staff: ['group:Crew@tallow.example', boat hands]")

    assert people.groups_of("bo@x.y", ["crew@tallow.example"]) == {"staff"}
    assert people.groups_of("bo@x.y", ["boat hands"]) == {"staff"}
    # Whoever has the address of a group is not thereby in it.
    assert people.groups_of("crew@tallow.example", ()) == frozenset()


def test_group_with_the_form_of_an_address_is_no_person(folder: Folder) -> None:
    people = folder.people(groups="crew@x.y: [ada@x.y]\nstaff: [crew@x.y]")

    assert people.groups_of("ada@x.y", ()) == {"crew@x.y", "staff"}
    assert people.groups_of("crew@x.y", ()) == frozenset()


def test_groups_in_a_circle_come_to_an_end(folder: Folder) -> None:
    people = folder.people(groups="a: [b]\nb: [c]\nc: [a, ada@x.y]\nd: [d]")

    assert people.groups_of("ada@x.y", ()) == {"a", "b", "c"}


def test_groups_hold_for_every_address_of_a_person(folder: Folder) -> None:
    people = folder.people(f"{ADA}: [old@x.y]", "crew: [old@x.y]\nstaff: [ada@tallow.example]")

    assert people.groups_of("old@x.y", ()) == people.groups_of(ADA, ()) == {"crew", "staff"}


def test_direct_groups_are_those_that_name_the_member_itself(folder: Folder) -> None:
    people = folder.people(groups=f"crew: [{ADA}]\nstaff: [crew]\nall: ['group:{ADA}']")

    assert people.direct_groups(ADA) == {"crew"}
    assert people.direct_groups("group:crew") == {"staff"}
    assert people.direct_groups(f"group:{ADA}") == {"all"}
    assert people.direct_groups("crew") == frozenset()


def test_changed_files_count_at_once(folder: Folder) -> None:
    people = folder.people(f"{ADA}: [old@x.y]", f"crew: [{ADA}]")
    assert people.groups_of("old@x.y", ()) == {"crew"}

    folder.write(folder.groups_file, "crew: []")
    folder.write(folder.people_file, "")

    assert people.groups_of("old@x.y", ()) == people.groups_of(ADA, ()) == frozenset()
    assert people.canonical("old@x.y") == "old@x.y"


def test_file_that_was_spoilt_says_nothing_until_it_is_mended(folder: Folder) -> None:
    people = folder.people(groups=f"crew: [{ADA}]")
    folder.write(folder.groups_file, "crew: [")
    for _ in range(2):
        with pytest.raises(ConfigError, match="groups_file"):
            people.groups_of(ADA, ())
    assert "groups_file" in people.problems()[0]

    folder.write(folder.groups_file, f"crew: [{ADA}]")

    assert people.groups_of(ADA, ()) == {"crew"}
    assert people.problems() == []


def test_file_that_was_away_for_a_while_is_no_problem_any_more(folder: Folder) -> None:
    people = folder.people(groups=f"crew: [{ADA}]")
    away = folder.groups_file.rename(folder.groups_file.with_suffix(".away"))
    with pytest.raises(ConfigError, match="groups_file"):
        people.groups_of(ADA, ())

    away.rename(folder.groups_file)

    assert people.groups_of(ADA, ()) == {"crew"}
    assert people.problems() == []


@pytest.mark.parametrize("text", ["crew: ada@x.y", "crew: [1]", "Crew: []\ncrew: []", "crew: ['']"])
def test_file_of_groups_that_cannot_be_understood_is_refused(folder: Folder, text: str) -> None:
    with pytest.raises(ConfigError):
        folder.people(groups=text)


def test_without_files_everybody_is_who_they_say_and_in_no_group() -> None:
    people = People()

    assert people.canonical("Bo@x.y") == "bo@x.y"
    assert people.groups_of("bo@x.y", ["crew"]) == frozenset()
