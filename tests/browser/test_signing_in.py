"""Sign in at a provider, ask what nobody else may, sign out: and nothing of it is left."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from index.access import user
from service.gate import Gate
from service.identity.identify import Identification, Sources
from service.identity.people import People
from service.identity.settings import AuthSettings
from service.signin.signing import make_sign_in
from tests.browser.conftest import DESKTOP, Visit
from tests.browser.tallowmere import Company
from tests.fakes.serve import serve
from tests.service.identity.provider import AUDIENCE
from tests.service.signin.provider import CLIENT_ID, SignInProvider, sign_in_provider

ADA, BO = "ada@tallow.example", "bo@tallow.example"
SALARY = "What is the salary of the harbour pilot?"
PAID = "91,000"
PRIVATE = f"The salary of the harbour pilot is {PAID} guilders.\n\nIt is paid in May."


@pytest.fixture(scope="module")
def provider_server() -> Iterator[SignInProvider]:
    with sign_in_provider() as fake:
        yield fake


@pytest.fixture(autouse=True)
def provider(provider_server: SignInProvider) -> SignInProvider:
    provider_server.reset()
    return provider_server


@pytest.fixture(scope="module")
def address(company: Company, provider_server: SignInProvider) -> Iterator[str]:
    """Of a service at which people sign in, and that holds a document for Ada alone."""
    company.put(PRIVATE, doc_id="docs:pay.md", title="Pay", readers=frozenset([user(ADA)]))
    made: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await made[0](scope, receive, send)

    with serve(app) as url:
        auth = AuthSettings.model_validate(
            {
                "oidc": {"issuer": provider_server.url, "audience": AUDIENCE},
                "sign_in": {"client_id": CLIENT_ID, "redirect_url": f"{url}/auth/callback"},
            }
        )
        sign_in = make_sign_in(auth)
        assert sign_in
        gate = Gate(Identification(auth, [sign_in.prove], Sources(People(None, None))))
        made.append(company.app(gate, sign_in))
        yield url
        sign_in.close()


def sign_in(visit: Visit, path: str = "/") -> Page:
    page = visit.open(path)
    page.get_by_role("link", name="Sign in").click()
    page.locator(".who").wait_for()
    return page


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def shows_nothing(page: Page) -> None:
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)
    assert PAID not in page.content()
    assert page.evaluate("sessionStorage.length") == 0


def test_whoever_signs_in_asks_what_they_alone_may_read(
    visit: Visit, provider: SignInProvider
) -> None:
    page = sign_in(visit, f"/#q={SALARY}")
    assert provider.asked["code_challenge_method"] == "S256"
    expect(page.locator(".who")).to_have_text(ADA)
    expect(page.get_by_role("textbox", name="Question")).to_have_value(SALARY)

    page.keyboard.press("Enter")
    expect(page.locator(".sources")).to_contain_text("Pay")
    expect(page.locator(".answer")).to_contain_text(PAID)
    page.locator(".answer .cite").first.click()
    expect(page.locator("#panel mark").first).to_contain_text(PAID)
    assert page.evaluate("document.cookie") == ""

    visit.open()
    expect(page.locator(".answer")).to_contain_text(PAID)


def test_somebody_else_gets_another_answer(visit: Visit, provider: SignInProvider) -> None:
    provider.changed = {"email": BO}
    page = sign_in(visit)
    expect(page.locator(".who")).to_have_text(BO)
    visit.answered(SALARY)
    assert PAID not in page.content()


def test_after_signing_out_nothing_is_shown_and_nothing_asked(visit: Visit) -> None:
    page = sign_in(visit)
    visit.answered(SALARY)
    visit.answered("And when is it paid?")
    page.locator(".answer .cite").first.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 1

    sign_out(page)
    shows_nothing(page)
    visit.ask(SALARY)
    shows_nothing(page)
    expect(page.get_by_role("textbox", name="Question")).to_have_value(SALARY)
    visit.open()
    shows_nothing(page)
    page.go_back()
    shows_nothing(page)


@pytest.mark.parametrize("is_signed_out", [True, False], ids=["signed out", "session over"])
def test_going_back_shows_no_page_as_it_was(
    remembering: Browser, address: str, is_signed_out: bool
) -> None:
    context = remembering.new_context(viewport=DESKTOP)
    context.add_init_script("addEventListener('pageshow', e => (localStorage.was = e.persisted))")
    visit = Visit(context, address, is_watched=False)
    page = sign_in(visit)
    visit.answered(SALARY)
    page.get_by_role("link", name="Status").click()
    page.locator("#sections summary").first.wait_for()
    page.go_back()
    expect(page.locator(".answer")).to_contain_text(PAID)

    page.get_by_role("link", name="Status").click()
    page.locator("#sections summary").first.wait_for()
    if is_signed_out:
        sign_out(page)
    else:
        context.clear_cookies()
    page.go_back()
    shows_nothing(page)
    context.close()
    assert visit.wrong == []


def test_signing_out_in_one_tab_empties_the_others(visit: Visit) -> None:
    page = sign_in(visit)
    visit.answered(SALARY)
    other = page.context.new_page()
    other.goto(visit.address)
    sign_out(other)
    shows_nothing(page)


def test_when_the_session_is_over_the_page_is_emptied_and_the_question_stays(visit: Visit) -> None:
    page = sign_in(visit)
    visit.answered(SALARY)
    page.context.clear_cookies()
    visit.ask("And when is it paid?")
    shows_nothing(page)
    expect(page.get_by_text("You are not signed in any more.").last).to_be_visible()
    expect(page.get_by_role("textbox", name="Question")).to_have_value("And when is it paid?")


def test_whoever_signs_in_next_finds_nothing_of_who_was_there_before(
    visit: Visit, provider: SignInProvider
) -> None:
    page = sign_in(visit)
    visit.answered(SALARY)
    provider.changed = {"email": BO}
    page.goto(f"{visit.address}/auth/login")
    expect(page.locator(".who")).to_have_text(BO)
    expect(page.locator(".turn")).to_have_count(0)
    assert PAID not in page.content()
    assert page.evaluate("sessionStorage.length") == 0
