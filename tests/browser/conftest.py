"""A headless Chromium, and the pages that tests look at."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from tests.browser.tallowmere import Company, served

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",  # it runs as root where tests do
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 400, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium): no page is tested")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def remembering(browser: Browser) -> Iterator[Browser]:
    """A browser that shows pages as they were when one goes back, as those of people do."""
    remembering = browser.browser_type.launch(
        executable_path=CHROMIUM,
        args=ARGUMENTS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield remembering
    remembering.close()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    company = Company(tmp_path_factory.mktemp("tallowmere"))
    yield company
    company.close()


@pytest.fixture(scope="module")
def address(company: Company) -> Iterator[str]:
    with served(company) as url:
        yield url


class Visit:
    """A browser at a page, and everything that went wrong there.

    Attributes:
        wrong: requests to other places, errors of scripts, dialogs; it has to stay empty.
        weight: bytes of the page's own files.
    """

    def __init__(self, context: BrowserContext, address: str, *, is_watched: bool = True) -> None:
        """At an address; a browser whose requests are watched remembers no pages."""
        self.address = address
        self.wrong: list[str] = []
        self.weight = 0
        if is_watched:
            context.route("**/*", self._only_here)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("console", self._console)

    def open(self, path: str = "/") -> Page:
        self.page.goto(self.address + path)
        # Who looks is known, or was asked for.
        self.page.locator("#account > *, #notice > *").first.wait_for(state="attached")
        return self.page

    def ask(self, question: str) -> Page:
        self.page.get_by_role("textbox", name="uestion").fill(question)
        self.page.keyboard.press("Enter")
        return self.page

    def answered(self, question: str) -> Page:
        """Ask, and wait for the end of the answer."""
        turns = self.page.locator(".turn .tools").count()
        self.ask(question)
        self.page.wait_for_function(
            "n => document.querySelectorAll('.turn .tools').length > n", arg=turns
        )
        return self.page

    def _only_here(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:")):
            route.continue_()
            return
        self.wrong.append(f"request: {route.request.url}")
        route.abort()

    def _dialog(self, dialog: Any) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "TrustedHTML" in message.text:
            self.wrong.append(f"policy: {message.text}")


@pytest.fixture
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    options: dict[str, Any] = getattr(request, "param", {"viewport": DESKTOP})
    context = browser.new_context(**options)
    visit = Visit(context, address)
    yield visit
    context.close()
    assert visit.wrong == []
