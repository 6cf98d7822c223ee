import pytest
from fastapi.testclient import TestClient

from service.errors import Unauthenticated
from service.identity.settings import AuthSettings
from service.identity.types import Caller
from tests.service.signin.provider import SignInProvider
from tests.service.signin.world import CHANGE, ORIGIN, SESSION, Browser, World, application

KEYS_ONLY = AuthSettings(keys=True)
LOCAL = AuthSettings()


def client_of(settings: AuthSettings, **headers: str) -> TestClient:
    return TestClient(
        application(settings, None),
        base_url="http://localhost",
        client=("127.0.0.1", 50000),
        headers=headers,
    )


def test_person_at_this_machine_needs_not_sign_in() -> None:
    assert client_of(LOCAL).get("/v1/me").json() == {
        "name": "local",
        "way": "local",
        "is_operator": True,
        "sign_in": None,
        "sign_out": None,
        "csrf": None,
    }


def test_where_there_are_only_keys_nobody_is_sent_to_sign_in() -> None:
    said = client_of(KEYS_ONLY).get("/v1/me")

    assert said.status_code == 401
    assert said.json()["sign_in"] is None
    assert said.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("settings", [LOCAL, KEYS_ONLY], ids=["local", "keys"])
def test_where_nobody_signs_in_there_is_nothing_to_sign_in_with(settings: AuthSettings) -> None:
    client = client_of(settings)

    assert client.get("/auth/login").status_code == 404
    assert client.get("/auth/callback?state=x&code=y").status_code == 404
    assert client.post("/auth/logout").status_code == 404


def test_credential_that_does_not_hold_is_told_where_to_sign_in(
    world: World, provider: SignInProvider
) -> None:
    said = world.browser().fetch("/v1/me", authorization=f"Bearer {provider.token(exp=1)}")

    assert said.status_code == 401
    assert said.json()["sign_in"] == "/auth/login"


def test_rights_are_looked_up_with_each_request(bare: World, provider: SignInProvider) -> None:
    provider.changed = {"groups": ["Platform"]}
    world = bare.start(oidc={"groups_claim": "groups"}, operators=["group:platform"])
    browser = world.browser()
    browser.sign_in()

    assert browser.fetch("/v1/me").json()["is_operator"] is True


def test_request_whose_method_is_not_known_counts_as_a_change(world: World) -> None:
    browser = world.browser()
    browser.sign_in()
    assert world.sign_in
    session = browser.client.cookies[SESSION]
    headers = {"Cookie": f"{SESSION}={session}", "Sec-Fetch-Site": "same-origin"}

    with pytest.raises(Unauthenticated):
        world.sign_in.prove(Caller(headers, "203.0.113.7"))
    named = Caller({**headers, "X-CSRF-Token": browser.csrf}, "203.0.113.7")
    assert world.sign_in.prove(named)


def test_session_ends_when_it_is_idle(world: World) -> None:
    browser = world.browser()
    browser.sign_in()

    world.seconds = 4 * 3600 + 1

    assert browser.name is None
    assert browser.fetch(CHANGE).status_code == 401


def test_other_sites_keep_no_session_awake(world: World) -> None:
    browser = world.browser()
    browser.sign_in()
    world.seconds = 3 * 3600
    assert browser.go(CHANGE, site="cross-site").status_code == 401

    world.seconds = 5 * 3600

    assert browser.name is None


def test_old_browsers_that_say_nothing_may_read(world: World) -> None:
    browser: Browser = world.browser()
    browser.sign_in()

    assert browser.client.get("/v1/me").status_code == 200
    assert browser.client.post(CHANGE, headers={"origin": ORIGIN}).status_code == 401
