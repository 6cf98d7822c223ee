"""What others try with a sign-in that is under way."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.service.identity.provider import AUDIENCE, encoded, rsa_key
from tests.service.signin.provider import CLIENT_ID, SignInProvider
from tests.service.signin.world import ATTEMPT, SESSION, Browser, World

EVIL = "https://evil.example"
EVE = "eve@tallow.example"


def assert_signed_out(browser: Browser, response: httpx.Response, status: int) -> None:
    assert response.status_code == status
    assert f"{SESSION}=" not in "".join(response.headers.get_list("set-cookie"))
    assert browser.name is None


def changed_query(address: str, **changed: str | None) -> str:
    parts = urlsplit(address)
    kept = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    return f"{parts.path}?{urlencode({k: v for k, v in kept.items() if v is not None})}"


# The way back from the provider.


def test_state_of_another_browser_signs_nobody_in(world: World, provider: SignInProvider) -> None:
    eve, victim = world.browser(), world.browser()
    provider.changed = {"email": EVE}
    back_of_eve = eve.begin()

    assert_signed_out(victim, victim.go(back_of_eve, site="cross-site"), 400)
    victim.begin()
    assert_signed_out(victim, victim.go(back_of_eve, site="cross-site"), 400)
    assert provider.exchanges == []


def test_code_of_another_sign_in_does_not_fit_its_verifier(
    world: World, provider: SignInProvider
) -> None:
    eve, victim = world.browser(), world.browser()
    code_of_victim = parse_qs(urlsplit(victim.begin()).query)["code"][0]

    stolen = eve.go(changed_query(eve.begin(), code=code_of_victim))

    assert_signed_out(eve, stolen, 403)
    assert provider.exchanges


def test_way_back_leads_in_once(world: World, browser: Browser, provider: SignInProvider) -> None:
    back = browser.begin()
    kept = browser.client.cookies[ATTEMPT]
    assert browser.go(back).status_code == 303
    assert ATTEMPT not in browser.client.cookies

    again = world.browser()
    again.client.cookies.set(ATTEMPT, kept)

    assert_signed_out(again, again.go(back), 400)
    assert len(provider.exchanges) == 1


def test_failed_way_back_cannot_be_tried_again(browser: Browser) -> None:
    back = browser.begin()
    kept = browser.client.cookies[ATTEMPT]
    assert browser.go(changed_query(back, code="guessed")).status_code == 403

    browser.client.cookies.set(ATTEMPT, kept)
    assert_signed_out(browser, browser.go(back), 400)


def test_way_back_is_open_for_ten_minutes(world: World) -> None:
    in_time, late = world.browser(), world.browser()
    back, back_late = in_time.begin(), late.begin()

    world.seconds = 599
    assert in_time.go(back).status_code == 303
    world.seconds = 602
    assert_signed_out(late, late.go(back_late), 400)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": None},
        {"state": ""},
        {"state": "guessed"},
        {"state": "\u212a"},
        {"code": None, "status": 403},
        {"code": "", "status": 403},
        {"code": "x" * 5000, "status": 403},
        {"code": None, "error": "access_denied", "status": 403},
        {"error": "access_denied", "status": 403},
        {"iss": EVIL, "status": 403},
    ],
)
def test_way_back_that_was_changed_is_none(browser: Browser, wrong: dict[str, Any]) -> None:
    wrong = dict(wrong)
    status = wrong.pop("status", 400)

    assert_signed_out(browser, browser.go(changed_query(browser.begin(), **wrong)), status)


@pytest.mark.parametrize("kept", ["", "x", "gAAAAA==", "\u00e9".encode().decode("latin-1")])
def test_cookie_that_we_did_not_seal_is_none(browser: Browser, kept: str) -> None:
    back = browser.begin()
    browser.client.cookies.clear()

    response = browser.client.get(
        back, headers={"cookie": f"{ATTEMPT}={kept}".encode("latin-1")}, follow_redirects=False
    )

    assert_signed_out(browser, response, 400)


def test_issuer_that_names_itself_is_accepted(browser: Browser, provider: SignInProvider) -> None:
    assert browser.go(changed_query(browser.begin(), iss=provider.url)).status_code == 303


def test_who_fails_too_often_has_to_wait(world: World, provider: SignInProvider) -> None:
    browser = world.browser()
    for _ in range(30):
        browser.go("/auth/callback?state=guessed&code=guessed")
    back = browser.begin()

    waiting = browser.go(back)

    assert waiting.status_code == 429
    assert int(waiting.headers["retry-after"]) > 0
    assert provider.exchanges == []


def test_opening_the_page_is_no_failed_guess(world: World) -> None:
    browser = world.browser()
    browser.client.cookies.set(SESSION, "long-over")
    for _ in range(40):
        assert browser.name is None

    assert browser.sign_in().status_code == 303


# What the token says.


def changed(**claims: Any) -> Callable[[SignInProvider, dict[str, Any]], str]:
    return lambda fake, good: fake.signed(
        {name: value for name, value in {**good, **claims}.items() if value is not None}
    )


def unsigned(_: SignInProvider, good: dict[str, Any]) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'k1'})}.{encoded(good)}."


def tampered(fake: SignInProvider, good: dict[str, Any]) -> str:
    head, _, signature = fake.signed(good).split(".")
    return f"{head}.{encoded({**good, 'email': 'boss@tallow.example'})}.{signature}"


TOKENS = {
    "unsigned": unsigned,
    "tampered": tampered,
    "another key": lambda fake, good: fake.signed(good, rsa_key(1)),
    "no token": lambda *_: "",
    "of another sign-in": changed(nonce="another"),
    "without a nonce": changed(nonce=None),
    "nonce is a list": changed(nonce=["x"]),
    "for the API": changed(aud=AUDIENCE),
    "for two, made for nobody": changed(aud=[CLIENT_ID, "other"]),
    "made for another": changed(azp="other"),
    "made for another of two": changed(aud=[CLIENT_ID, "other"], azp="other"),
    "another issuer": changed(iss=EVIL),
    "expired": changed(exp=1),
    "without an address": changed(email=None),
    "address not verified": changed(email_verified=False),
    "another domain": changed(email="ada@evil.example"),
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_token_that_does_not_hold_signs_nobody_in(
    bare: World,
    provider: SignInProvider,
    token: Callable[[SignInProvider, dict[str, Any]], str],
) -> None:
    browser = bare.start(oidc={"allowed_domains": ["tallow.example"]}).browser()
    provider.make = lambda good: token(provider, good)

    done = browser.sign_in()

    assert_signed_out(browser, done, 403)
    assert "ask whoever runs this service" in done.text


def test_token_for_two_that_was_made_for_us_holds(
    browser: Browser, provider: SignInProvider
) -> None:
    provider.changed = {"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID}

    assert browser.sign_in().status_code == 303


# Where it leads.


@pytest.mark.parametrize(
    "goal",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5Cevil.example",
        "/%2f%2fevil.example",
        "%2f%2fevil.example",
        "/%252f%252fevil.example",
        "/%25252fevil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/\u202eevil",
        "/auth/login",
        "/auth/callback?state=1",
        "",
        "/" + "x" * 2000,
    ],
)
def test_goal_elsewhere_leads_home(browser: Browser, goal: str) -> None:
    done = browser.sign_in("/auth/login?" + urlencode({"next": goal}))

    assert done.headers["location"] == "/"


@pytest.mark.parametrize(
    ("goal", "location"),
    [
        ("/status", "/status"),
        ("/?q=a//b\\c&d=https://x", "/?q=a//b%5Cc&d=https://x"),
        ("/?q=a%0Ab", "/?q=a%0Ab"),
        ("/#new", "/#new"),
        ("/?q=Stra\u00dfe", "/?q=Stra%C3%9Fe"),
    ],
)
def test_goal_here_is_kept(browser: Browser, goal: str, location: str) -> None:
    done = browser.sign_in("/auth/login?" + urlencode({"next": goal}))

    assert done.headers["location"] == location
