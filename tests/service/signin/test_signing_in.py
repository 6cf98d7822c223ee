import logging
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from index.errors import ConfigError
from tests.fakes.faults import Fault
from tests.fakes.serve import serve
from tests.service.signin.provider import CLIENT_ID, SECRET, SignInProvider
from tests.service.signin.world import ATTEMPT, ORIGIN, SESSION, Browser, World, query

ADA = "ada@tallow.example"
VARIABLE = "PAGES_CLIENT"


def cookies(response: httpx.Response) -> SimpleCookie:
    return SimpleCookie("\r\n".join(response.headers.get_list("set-cookie")))


def cookie_line(response: httpx.Response, name: str) -> str:
    (found,) = [
        line for line in response.headers.get_list("set-cookie") if line.startswith(f"{name}=")
    ]
    return found


def test_nobody_is_told_where_to_sign_in(browser: Browser) -> None:
    said = browser.fetch("/v1/me")

    assert said.status_code == 401
    assert said.json()["error"] == "Unauthenticated"
    assert said.json()["sign_in"] == "/auth/login"


def test_whoever_signs_in_is_known_and_comes_to_where_they_wanted(browser: Browser) -> None:
    done = browser.sign_in("/auth/login?next=/%3Fq=how%2520are%2520desks%2520claimed")

    assert (done.status_code, done.headers["location"]) == (303, "/?q=how%20are%20desks%20claimed")
    said = browser.fetch("/v1/me").json()
    assert len(said.pop("csrf")) >= 43
    assert said == {
        "name": ADA,
        "way": "oidc",
        "is_operator": False,
        "sign_in": None,
        "sign_out": "/auth/logout",
    }


def test_provider_is_asked_with_state_nonce_and_a_challenge(
    browser: Browser, provider: SignInProvider
) -> None:
    browser.sign_in()

    asked, exchanged = provider.asked, provider.exchanges[0]
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT_ID
    assert asked["redirect_uri"] == f"{ORIGIN}/auth/callback"
    assert asked["scope"] == "openid email profile"
    assert asked["code_challenge_method"] == "S256"
    secret = {asked["state"], asked["nonce"], exchanged["code_verifier"]}
    assert len(secret) == 3
    assert all(len(part) >= 43 for part in secret)


def test_each_sign_in_has_secrets_of_its_own(browser: Browser, provider: SignInProvider) -> None:
    browser.sign_in()
    before = provider.asked
    browser.sign_in()

    assert not {before["state"], before["nonce"], before["code_challenge"]} & {
        *provider.asked.values()
    }


def test_address_of_the_provider_keeps_its_own_query(
    browser: Browser, provider: SignInProvider
) -> None:
    provider.discovery["authorization_endpoint"] += "?tenant=7"

    asked = parse_qs(query(browser.go("/auth/login").headers["location"]))

    assert asked["tenant"] == ["7"]
    assert asked["client_id"] == [CLIENT_ID]


def test_cookies_are_kept_from_scripts_and_from_other_sites(
    browser: Browser, provider: SignInProvider
) -> None:
    begun = browser.go("/auth/login")
    line = cookie_line(begun, ATTEMPT)
    assert line.split("; ")[1:] == [
        "HttpOnly",
        "Max-Age=600",
        "Path=/",
        "SameSite=lax",
        "Secure",
    ]

    done = browser.go(provider.visit(begun.headers["location"]))

    kept = cookie_line(done, SESSION).split("; ")
    assert kept[1:] == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax", "Secure"]
    # A browser takes no change of a __Host- cookie without these.
    gone = cookie_line(done, ATTEMPT).split("; ")
    assert gone[1:] == ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=lax", "Secure"]


@pytest.mark.parametrize("goal", ["/", "/a", "/ab", "/abc", "/?q=" + '"' * 1196])
def test_what_the_browser_keeps_fits_a_cookie_as_it_is(browser: Browser, goal: str) -> None:
    line = cookie_line(browser.go("/auth/login?" + urlencode({"next": goal})), ATTEMPT)

    name, _, value = line.partition(";")[0].partition("=")
    assert value.isascii()
    assert value.replace("-", "").replace("_", "").isalnum()
    assert len(name) + len(value) < 4096
    back = browser.provider.visit(browser.go("/auth/login").headers["location"])
    assert browser.go(back).status_code == 303


def test_what_the_browser_keeps_tells_nothing(browser: Browser, provider: SignInProvider) -> None:
    browser.sign_in()
    begun = browser.go("/auth/login?next=/secret-goal")
    provider.visit(begun.headers["location"])

    sealed = cookies(begun)[ATTEMPT].value
    assert provider.asked["state"] not in sealed
    assert "secret-goal" not in sealed
    assert ADA not in browser.client.cookies[SESSION]


def test_signing_in_works_over_real_http_on_this_machine(bare: World) -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        await bare.app(scope, receive, send)

    with serve(app) as url:
        bare.start(redirect_url=f"{url}/auth/callback")
        with httpx.Client(base_url=url) as client:
            browser = Browser(client, bare.provider)
            done = browser.sign_in("/auth/login?next=/status")

            assert done.headers["location"] == "/status"
            line = cookie_line(done, "answerable")
            assert "Secure" not in line
            assert "HttpOnly" in line
            assert browser.name == ADA
            csrf = browser.csrf
            assert browser.change(origin=url, x_csrf_token=csrf).json() == ADA
            out = browser.change("/auth/logout", origin=url, x_csrf_token=csrf)
            assert out.status_code == 204
            assert browser.name is None


@pytest.mark.parametrize("methods", [None, ["client_secret_post"], ["client_secret_basic"]])
def test_confidential_client_shows_its_secret(
    bare: World,
    provider: SignInProvider,
    monkeypatch: pytest.MonkeyPatch,
    methods: list[str] | None,
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    provider.secret = SECRET
    if methods:
        provider.discovery["token_endpoint_auth_methods_supported"] = methods
    browser = bare.start(client_secret_env=VARIABLE).browser()

    assert browser.sign_in().status_code == 303
    assert ("client_secret" in provider.exchanges[0]) == (methods == ["client_secret_post"])


def test_missing_secret_is_said_at_the_start(bare: World) -> None:
    with pytest.raises(ConfigError, match=VARIABLE):
        bare.start(client_secret_env=VARIABLE)


def test_groups_of_the_token_are_the_session_s(bare: World, provider: SignInProvider) -> None:
    provider.changed = {"groups": ["Staff"]}
    world = bare.start(oidc={"groups_claim": "groups"})
    browser = world.browser()
    browser.sign_in()

    assert world.sign_in
    session = world.sign_in.sessions.find(browser.client.cookies[SESSION])
    assert session
    assert session.proven.groups == {"staff"}


def test_provider_that_is_down_is_said_and_nobody_is_signed_in(
    browser: Browser, provider: SignInProvider, world: World
) -> None:
    provider.faulty.faults.append(Fault("status", 503))
    begun = browser.go("/auth/login")
    assert begun.status_code == 503
    assert "try again" in begun.text

    world.seconds += 61
    back = browser.begin()
    provider.faulty.faults.append(Fault("status", 503, path="token"))
    done = browser.go(back)

    assert done.status_code == 503
    assert SESSION not in cookies(done)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", 200, body=b"[]", path="token"),
        Fault("status", 200, body=b'{"id_token": 7}', path="token"),
        Fault("status", 200, body=b"<html>", path="token"),
        Fault("cut", path="token"),
        Fault("status", 302, headers={"location": "http://127.0.0.1:9/"}, path="token"),
    ],
    ids=["list", "number", "page", "cut", "redirect"],
)
def test_answer_that_cannot_be_understood_signs_nobody_in(
    browser: Browser, provider: SignInProvider, fault: Fault
) -> None:
    back = browser.begin()
    provider.faulty.faults.append(fault)

    assert browser.go(back).status_code == 503
    assert browser.name is None


@pytest.mark.parametrize(
    "address", ["http://id.example/authorize", "javascript:alert(1)", "", None, ["https://x"]]
)
def test_browser_is_sent_to_no_address_without_https(
    browser: Browser, provider: SignInProvider, address: object
) -> None:
    provider.discovery["authorization_endpoint"] = address

    assert browser.go("/auth/login").status_code == 503


def test_page_of_a_failure_has_nothing_that_runs_or_was_sent(browser: Browser) -> None:
    page = browser.go("/auth/callback?error=%3Cscript%3E&state=%3Cb%3Ex&code=secret-code")

    assert page.status_code == 400
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert "script" not in page.text
    assert "secret-code" not in page.text
    assert 'href="/auth/login"' in page.text


def test_log_says_why_without_codes_or_tokens(
    browser: Browser, provider: SignInProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="service")
    provider.changed = {"email_verified": False}
    back = browser.begin()
    browser.go(back)

    assert "its address is not verified" in caplog.text
    for secret in parse_qs(urlsplit(back).query).values():
        assert secret[0] not in caplog.text
