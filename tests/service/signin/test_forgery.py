"""What others try with a browser that is signed in."""

import pytest

from tests.service.signin.provider import SignInProvider
from tests.service.signin.world import CHANGE, ORIGIN, SESSION, Browser, World

EVIL = "https://evil.example"
EVE = "eve@tallow.example"


@pytest.fixture
def ada(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


def test_own_page_may_read_and_change(ada: Browser) -> None:
    assert ada.fetch(CHANGE).status_code == 200
    assert ada.change(x_csrf_token=ada.csrf).status_code == 200
    # Older browsers say the origin only.
    assert ada.change(x_csrf_token=ada.csrf, sec_fetch_site="").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"x_csrf_token": ""},
        {"x_csrf_token": "guessed"},
        {"origin": EVIL},
        {"origin": "null"},
        {"origin": f"{ORIGIN}.evil.example"},
        {"origin": ORIGIN + ":8443"},
        {"origin": "http://answers.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "", "origin": ""},
        {"origin": EVIL, "sec_fetch_site": "same-origin"},
    ],
)
def test_other_page_changes_nothing(ada: Browser, headers: dict[str, str]) -> None:
    given = {"x_csrf_token": ada.csrf, **headers}

    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert ada.change(method=method, **given).status_code == 401
    assert ada.change("/auth/logout", **given).status_code == 401
    assert ada.name


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_other_page_reads_nothing(ada: Browser, site: str) -> None:
    assert ada.go(CHANGE, site=site).status_code == 401
    assert ada.go("/v1/me", site=site).status_code == 401
    assert ada.fetch(CHANGE, origin=EVIL).status_code == 401


def test_token_of_another_session_changes_nothing(world: World, ada: Browser) -> None:
    other = world.browser()
    other.sign_in()

    assert ada.change(x_csrf_token=other.csrf).status_code == 401


def test_token_against_forgery_is_told_to_our_own_page_only(ada: Browser) -> None:
    said = ada.client.get("/v1/me", headers={"origin": EVIL})

    assert said.status_code == 401
    assert "access-control-allow-origin" not in said.headers
    assert said.headers["cache-control"] == "no-store"


def test_session_beside_another_credential_is_refused(ada: Browser) -> None:
    csrf = ada.csrf

    for credential in ("Bearer ans_0123456789abcdef_x", "Basic YTpi", "x"):
        assert ada.fetch(CHANGE, authorization=credential).status_code == 401
        assert ada.change(x_csrf_token=csrf, authorization=credential).status_code == 401


def test_session_that_is_there_twice_is_refused(ada: Browser) -> None:
    session_id = ada.client.cookies[SESSION]
    ada.client.cookies.clear()

    for cookies in (f"{SESSION}={session_id}; {SESSION}=x", f"{SESSION}=x; {SESSION}={session_id}"):
        assert ada.fetch(CHANGE, cookie=cookies).status_code == 401
    assert ada.fetch(CHANGE, cookie=f"a=b; {SESSION}={session_id}; c").status_code == 200


@pytest.mark.parametrize("name", ["answerable", "__Secure-answerable", SESSION.lower()])
def test_session_under_another_name_is_none(ada: Browser, name: str) -> None:
    session_id = ada.client.cookies[SESSION]
    ada.client.cookies.clear()

    assert ada.fetch(CHANGE, cookie=f"{name}={session_id}").status_code == 401


def test_session_that_was_planted_is_not_taken_over(world: World, provider: SignInProvider) -> None:
    eve, victim = world.browser(), world.browser()
    provider.changed = {"email": EVE}
    eve.sign_in()
    planted = eve.client.cookies[SESSION]
    victim.client.cookies.set(SESSION, planted, domain="answers.example")
    provider.changed = {}

    victim.sign_in()

    assert eve.name is None
    found = [cookie.value for cookie in victim.client.cookies.jar if cookie.name == SESSION]
    assert found != [planted]
    assert world.sign_in
    assert world.sign_in.sessions.find(planted) is None


def test_signing_in_again_ends_the_session_before(world: World, ada: Browser) -> None:
    before, csrf = ada.client.cookies[SESSION], ada.csrf
    ada.sign_in()

    assert ada.client.cookies[SESSION] != before
    assert ada.csrf != csrf
    late = world.browser()
    assert late.fetch(CHANGE, cookie=f"{SESSION}={before}").status_code == 401


def test_signing_out_ends_this_session_and_no_other(world: World, ada: Browser) -> None:
    elsewhere = world.browser()
    elsewhere.sign_in()
    kept = ada.client.cookies[SESSION]

    done = ada.change("/auth/logout", x_csrf_token=ada.csrf)

    assert done.status_code == 204
    (line,) = done.headers.get_list("set-cookie")
    assert line.split("; ")[1:] == ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=lax", "Secure"]
    assert ada.name is None
    assert world.browser().fetch(CHANGE, cookie=f"{SESSION}={kept}").status_code == 401
    assert elsewhere.name


def test_signing_out_everywhere_ends_all_sessions_of_this_person(
    world: World, ada: Browser, provider: SignInProvider
) -> None:
    elsewhere, eve = world.browser(), world.browser()
    elsewhere.sign_in()
    provider.changed = {"email": EVE}
    eve.sign_in()

    ada.change("/auth/logout?everywhere=true", x_csrf_token=ada.csrf)

    assert ada.name is None
    assert elsewhere.name is None
    assert eve.name == EVE


def test_signing_out_by_a_link_does_nothing(ada: Browser) -> None:
    assert ada.go("/auth/logout").status_code == 405
    assert ada.name


def test_nobody_can_sign_out_without_a_session(browser: Browser) -> None:
    assert browser.change("/auth/logout").status_code == 401
