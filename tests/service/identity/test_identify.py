import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from index.access import Principal, visible_to
from index.errors import ConfigError
from service.errors import NotReady
from service.explaining import group_paths
from service.identity.database import FILE
from service.identity.identify import Identification, make_identify
from service.identity.keys import Keys, Owner
from service.identity.settings import AuthSettings
from service.identity.types import Caller, Identity
from tests.fakes.directory import FakeDirectory
from tests.fakes.faults import Fault
from tests.service.identity.asking import assert_refused, caller, with_bearer
from tests.service.identity.provider import AUDIENCE, FakeProvider

ADA = "ada@tallow.example"
CREW = "crew@tallow.example"
NOW = datetime(2026, 6, 4, 9, tzinfo=UTC)
PROXY = {"addresses": ["10.1.0.0/16"]}
SECRET = "the secret of the proxy"  # noqa: S105 - of tests
Make = Callable[..., Identification]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setenv("ANSWERABLE_PROXY_SECRET", SECRET)
    made: list[Identification] = []

    def make(**settings: Any) -> Identification:
        given = AuthSettings.model_validate(settings)
        made.append(make_identify(given, tmp_path, now=lambda: NOW, clock=time.monotonic))
        return made[-1]

    yield make
    for identify in made:
        identify.close()


@pytest.fixture
def key(tmp_path: Path) -> Iterator[Callable[[Owner], str]]:
    keys = Keys(tmp_path / FILE, lambda: NOW)
    yield lambda owner: keys.create(owner, timedelta(days=1))[0]
    keys.close()


def proxied(email: str = ADA, groups: str = "", **more: str) -> Caller:
    return caller(
        "10.1.2.3",
        x_answerable_proxy_secret=SECRET,
        x_forwarded_email=email,
        x_forwarded_groups=groups,
        **more,
    )


def in_file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_nobody_is_refused(make: Make) -> None:
    identify = make(keys=True, proxy=PROXY)

    assert_refused(identify, caller())
    assert_refused(identify, caller("127.0.0.1", host="localhost"))


def test_without_any_way_only_this_machine_may_ask(make: Make) -> None:
    identify = make()

    assert identify(caller("127.0.0.1", host="localhost")).way == "local"
    assert_refused(identify, caller(host="localhost"))


def test_each_way_leads_to_the_same_person(
    make: Make, key: Callable[[Owner], str], provider: FakeProvider
) -> None:
    identify = make(keys=True, proxy=PROXY, oidc={"issuer": provider.url, "audience": AUDIENCE})
    by_key = with_bearer(key(Owner(email=ADA)))

    found = [identify(by_key), identify(with_bearer(provider.token())), identify(proxied())]

    assert [one.way for one in found] == ["key", "oidc", "proxy"]
    assert {one.principal for one in found} == {Principal(ADA)}
    assert {one.name for one in found} == {ADA}
    assert [bool(one.key_id) for one in found] == [True, False, False]


def test_two_credentials_in_one_request_are_refused_whosever_they_are(
    make: Make, key: Callable[[Owner], str]
) -> None:
    identify = make(keys=True, proxy=PROXY)
    text = key(Owner(email=ADA))

    assert_refused(identify, proxied(authorization=f"Bearer {text}"))
    assert_refused(identify, proxied(authorization="Basic YTpi"))
    assert_refused(identify, proxied("eve@tallow.example", authorization=f"Bearer {text}"))


def test_way_that_is_not_configured_does_not_hold(
    make: Make, key: Callable[[Owner], str], provider: FakeProvider
) -> None:
    assert_refused(make(proxy=PROXY), with_bearer(key(Owner(email=ADA))))
    assert_refused(make(keys=True), with_bearer(provider.token()))
    assert_refused(make(keys=True), proxied())


def test_service_is_no_person_and_has_its_own_groups_only(
    make: Make, key: Callable[[Owner], str], tmp_path: Path
) -> None:
    groups = in_file(tmp_path / "groups.yaml", "all: [staff]")
    identify = make(keys=True, groups_file=groups)

    found = identify(with_bearer(key(Owner(service="nightly", groups=("staff",)))))

    assert found.principal == Principal("service:nightly", frozenset({"staff"}))
    assert visible_to(found.principal).readers == {"public", "user:service:nightly", "group:staff"}


def test_groups_of_credential_file_and_directory_come_together(
    make: Make, google: FakeDirectory, tmp_path: Path
) -> None:
    google.groups = {ADA: [CREW], CREW: []}
    groups = in_file(tmp_path / "groups.yaml", f"boats: ['group:{CREW}']\nall: [boats, claimed]")
    identify = make(proxy=PROXY, groups_file=groups, directory={"api_endpoint": google.url})

    assert identify(proxied(groups="Claimed")).principal.groups == {"claimed", CREW, "boats", "all"}


def test_unknown_membership_means_no_group_at_all(
    make: Make, google: FakeDirectory, tmp_path: Path
) -> None:
    google.fail(*[Fault("status", 503)] * 9)
    groups = in_file(tmp_path / "groups.yaml", f"all: [{ADA}]")
    identify = make(
        proxy=PROXY,
        groups_file=groups,
        directory={"api_endpoint": google.url},
        operators=["group:all"],
    )

    found = identify(proxied(groups="claimed"))

    assert visible_to(found.principal).readers == {"public", f"user:{ADA}", "domain:tallow.example"}
    assert not found.is_operator
    assert "503" in identify.problems()[0]


def test_spoilt_groups_file_means_no_group_at_all(make: Make, tmp_path: Path) -> None:
    groups = in_file(tmp_path / "groups.yaml", f"all: [{ADA}]")
    identify = make(proxy=PROXY, groups_file=groups)
    assert identify(proxied()).principal.groups == {"all"}

    in_file(groups, "all: [")

    assert identify(proxied(groups="claimed")).principal.groups == frozenset()
    assert "groups_file" in identify.problems()[0]


def test_spoilt_people_file_lets_nobody_in_and_names_no_path(make: Make, tmp_path: Path) -> None:
    people = in_file(tmp_path / "people.yaml", f"{ADA}: [old@tallow.example]")
    identify = make(proxy=PROXY, people_file=people)

    in_file(people, "[")

    with pytest.raises(NotReady) as refusal:
        identify(proxied())
    assert str(tmp_path) not in str(refusal.value)


def test_renamed_person_is_the_same_person(make: Make, tmp_path: Path) -> None:
    people = in_file(tmp_path / "people.yaml", f"{ADA}: [old@tallow.example]")
    identify = make(proxy=PROXY, people_file=people, operators=["Old@tallow.example"])

    for email in ("OLD@tallow.example", ADA):
        found = identify(proxied(email))
        assert (found.principal.email, found.name, found.is_operator) == (ADA, ADA, True)


def test_former_addresses_admit_and_their_domains_do_not(make: Make, tmp_path: Path) -> None:
    people = in_file(tmp_path / "people.yaml", f"{ADA}: [ada@old.example]")
    identify = make(proxy=PROXY, people_file=people)

    for email in ("ada@old.example", ADA):
        principal = identify(proxied(email)).principal
        assert principal == Principal(ADA, aliases=frozenset({"ada@old.example"}))
        assert visible_to(principal).readers == {
            "public",
            f"user:{ADA}",
            "user:ada@old.example",
            "domain:tallow.example",
        }


def test_person_without_an_entry_has_no_other_address(make: Make, tmp_path: Path) -> None:
    people = in_file(tmp_path / "people.yaml", "bo@tallow.example: [ada@old.example]")
    identify = make(proxy=PROXY, people_file=people)

    assert identify(proxied()).principal.aliases == frozenset()


def test_paths_through_files_and_directory_are_found(
    make: Make, google: FakeDirectory, tmp_path: Path
) -> None:
    google.groups = {ADA: [CREW], CREW: [], "old@tallow.example": ["secret@tallow.example"]}
    people = in_file(tmp_path / "people.yaml", f"{ADA}: [old@tallow.example]")
    groups = in_file(tmp_path / "groups.yaml", f"boats: ['group:{CREW}']\nall: [boats, {ADA}]")
    identify = make(
        proxy=PROXY,
        people_file=people,
        groups_file=groups,
        directory={"api_endpoint": google.url},
    )

    found = group_paths(identify.addresses_of("OLD@tallow.example"), identify.direct_groups)
    assert found == {CREW: (CREW,), "boats": (CREW, "boats"), "all": ("all",)}
    assert found.keys() == identify(proxied()).principal.groups


def test_direct_groups_that_nobody_knows_are_none(
    make: Make, google: FakeDirectory, tmp_path: Path
) -> None:
    google.fail(*[Fault("status", 503)] * 9)
    groups = in_file(tmp_path / "groups.yaml", f"all: [{ADA}]")
    identify = make(proxy=PROXY, groups_file=groups, directory={"api_endpoint": google.url})

    assert identify.direct_groups(ADA) == frozenset()


def test_readers_count_for_a_week_unless_somebody_says_otherwise() -> None:
    assert AuthSettings().max_permission_age == timedelta(days=7)
    assert AuthSettings(max_permission_age="12h").max_permission_age == timedelta(hours=12)
    assert AuthSettings(max_permission_age=None).max_permission_age is None
    with pytest.raises(ValidationError):
        AuthSettings(max_permission_age="0s")


@pytest.mark.parametrize(
    ("operators", "expected"),
    [
        ([], False),
        (["Ada@Tallow.example"], True),
        (["group:Crew"], True),
        (["bo@tallow.example", "group:staff", "service:ada@tallow.example"], False),
    ],
)
def test_operators_are_who_is_named(make: Make, operators: list[str], expected: bool) -> None:
    found: Identity = make(proxy=PROXY, operators=operators)(proxied(groups="crew"))

    assert found.is_operator is expected


def test_service_may_be_an_operator(make: Make, key: Callable[[Owner], str]) -> None:
    identify = make(keys=True, operators=["service:nightly"])

    assert identify(with_bearer(key(Owner(service="nightly")))).is_operator
    assert not identify(with_bearer(key(Owner(service="daily")))).is_operator


def test_missing_files_and_secrets_stop_the_start(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="people_file"):
        make(people_file=tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match="GOOGLE_DIRECTORY_KEY"):
        make(keys=True, directory={})
    monkeypatch.delenv("ANSWERABLE_PROXY_SECRET")
    with pytest.raises(ConfigError, match="ANSWERABLE_PROXY_SECRET"):
        make(proxy=PROXY)


def test_no_file_is_made_where_none_is_needed(make: Make, tmp_path: Path) -> None:
    make(proxy=PROXY)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", [{"operators": ["ada"]}, {"operators": ["group:"]}, {"unknown": 1}, {"keys": None}]
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AuthSettings.model_validate(wrong)
