"""Users of Slack as people, over real HTTP: only full, confirmed members of our workspace."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import SecretStr

from service.errors import NotReady
from service.slack.people import People
from service.slack.settings import SlackSettings
from service.slack.types import Person
from tests.fakes.slack import HANGS, RATE_LIMITED, TEAM, Failure, FakeSlack, slack

ADA: dict[str, Any] = {
    "id": "U0ADA",
    "team_id": TEAM,
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
    "is_email_confirmed": True,
    "profile": {"email": "Ada@Tallow.example"},
}
MEMBER = Person("U0ADA", TEAM, "ada@tallow.example")
GUEST = Person("U0ADA", TEAM, None)
TOKEN = SecretStr("xoxb-of-tests")


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    with slack() as fake:
        fake.users["U0ADA"] = ADA
        yield fake


def people(fake: FakeSlack, **more: Any) -> People:
    settings = SlackSettings.model_validate(
        {"team_ids": [TEAM], "api_base": f"{fake.url}/api/", "timeout_seconds": 0.5, **more}
    )
    return People(settings, TOKEN)


def test_member_is_known_by_their_address(fake: FakeSlack) -> None:
    assert people(fake).person("U0ADA", TEAM) == MEMBER


@pytest.mark.parametrize(
    "said",
    [
        {"deleted": True},
        {"is_bot": True},
        {"is_workflow_bot": True},
        {"is_stranger": True},
        {"is_stranger": True, "team_id": TEAM},
        {"deleted": "no"},
        {"team_id": "T0THEIRS"},
        {"team_id": None},
        {"id": "U0SOMEBODYELSE"},
        {"team_id": "T0THEIRS", "enterprise_user": {"teams": ["T0THEIRS"]}},
    ],
)
def test_bots_former_members_and_other_workspaces_get_nothing(
    fake: FakeSlack, said: dict[str, Any]
) -> None:
    fake.users["U0ADA"] = ADA | said

    assert people(fake).person("U0ADA", TEAM) is None


@pytest.mark.parametrize(
    "said",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_invited_user": True},
        {"is_restricted": None},
        {"is_email_confirmed": False},
        {"is_email_confirmed": None},
        {"profile": {}},
        {"profile": None},
        {"profile": {"email": ""}},
        {"profile": {"email": ["ada@tallow.example"]}},
        {"profile": {"email": "ada@tallow.example, boss@tallow.example"}},
        {"profile": {"email": "\u212aim@tallow.example"}},
    ],
)
def test_guests_and_whoever_has_no_confirmed_address_may_ask_about_public_documents(
    fake: FakeSlack, said: dict[str, Any]
) -> None:
    fake.users["U0ADA"] = ADA | said

    assert people(fake).person("U0ADA", TEAM) == GUEST


@pytest.mark.parametrize(("user", "team"), [("U0ADA", "T0THEIRS"), ("USLACKBOT", TEAM), ("", TEAM)])
def test_slack_is_not_even_asked_for_who_cannot_be_a_member(
    fake: FakeSlack, user: str, team: str
) -> None:
    fake.users["USLACKBOT"] = ADA | {"id": "USLACKBOT"}

    assert people(fake).person(user, team) is None
    assert fake.of("users.info") == []


def test_user_that_slack_does_not_know_is_nobody(fake: FakeSlack) -> None:
    assert people(fake).person("U0NOBODY", TEAM) is None


def test_member_of_another_workspace_of_the_company_is_one_of_ours(fake: FakeSlack) -> None:
    company = {"enterprise_id": "E0COMPANY", "teams": ["T0BRANCH", TEAM]}
    fake.users["U0ADA"] = ADA | {"team_id": "T0BRANCH", "enterprise_user": company}

    assert people(fake).person("U0ADA", TEAM) == Person("U0ADA", "T0BRANCH", MEMBER.email)


def test_slack_is_asked_once_until_the_answer_is_too_old(fake: FakeSlack) -> None:
    now = 0.0
    settings = SlackSettings.model_validate(
        {"team_ids": [TEAM], "api_base": f"{fake.url}/api/", "user_cache": "10m"}
    )
    known = People(settings, TOKEN, clock=lambda: now)
    known.person("U0ADA", TEAM)
    fake.users["U0ADA"] = ADA | {"deleted": True}

    assert known.person("U0ADA", TEAM) == MEMBER
    now = 601.0
    assert known.person("U0ADA", TEAM) is None
    assert len(fake.of("users.info")) == 2


def test_no_more_users_are_kept_than_there_is_room_for(fake: FakeSlack) -> None:
    fake.users["U0BOB"] = ADA | {"id": "U0BOB"}
    settings = SlackSettings(team_ids=(TEAM,), api_base=f"{fake.url}/api/")
    known = People(settings, TOKEN, most_kept=1)

    for user in ("U0ADA", "U0BOB", "U0ADA"):
        assert known.person(user, TEAM) is not None

    assert len(fake.of("users.info")) == 3


def test_many_who_ask_at_once_make_one_request(fake: FakeSlack) -> None:
    known, together = people(fake), threading.Barrier(8)

    def ask(_: int) -> Person | None:
        together.wait()
        return known.person("U0ADA", TEAM)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))

    assert found == [MEMBER] * 8
    assert len(fake.of("users.info")) == 1


@pytest.mark.parametrize(
    "failure",
    [
        Failure(error="invalid_auth"),
        Failure(error="missing_scope"),
        Failure(error="token_revoked"),
        Failure(error="a <secret> & more"),
        Failure(500),
        Failure(503),
        Failure(429, "ratelimited", {"Retry-After": "60"}),
        HANGS,
    ],
    ids=lambda failure: failure.error or str(failure.status),
)
def test_while_slack_does_not_say_nobody_gets_anything_and_it_is_asked_again(
    fake: FakeSlack, failure: Failure
) -> None:
    fake.failures["users.info"] = [failure]
    known = people(fake)

    with pytest.raises(NotReady) as refusal:
        known.person("U0ADA", TEAM)

    assert "nothing can be shown" in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert known.person("U0ADA", TEAM) == MEMBER, "what failed is not kept"


def test_short_wait_that_slack_asks_for_is_waited(fake: FakeSlack) -> None:
    fake.failures["users.info"] = [RATE_LIMITED]

    assert people(fake).person("U0ADA", TEAM) == MEMBER
