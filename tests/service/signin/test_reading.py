"""What somebody who signed in with a browser reads through the real endpoints."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.access import PUBLIC
from service.app import create_app
from service.gate import Gate
from service.identity.identify import Identification, Sources
from service.identity.people import People
from service.identity.settings import AuthSettings
from service.signin.signing import make_sign_in
from tests.service.identity.provider import AUDIENCE
from tests.service.signin.provider import CLIENT_ID, SignInProvider
from tests.service.signin.test_signing_in import ADA
from tests.service.signin.world import ORIGIN, Browser
from tests.service.test_api import PAYROLL, document, put
from tests.service.test_conversing import Service

QUESTION = {"question": "Who approved the payroll of June?"}


@pytest.fixture
def browser(provider: SignInProvider, tmp_path: Path) -> Iterator[Browser]:
    service = Service(tmp_path, min_confidence=0.0)
    put(service.index, document("docs:pay.md", PAYROLL, f"user:{ADA}"))
    put(service.index, document("docs:desks.md", "Desks are claimed in Kontoro.\n", PUBLIC))
    auth = AuthSettings.model_validate(
        {
            "oidc": {"issuer": provider.url, "audience": AUDIENCE},
            "sign_in": {"client_id": CLIENT_ID, "redirect_url": f"{ORIGIN}/auth/callback"},
        }
    )
    sign_in = make_sign_in(auth)
    assert sign_in
    gate = Gate(Identification(auth, [sign_in.prove], Sources(People(None, None))))
    app = create_app(service.opening(), gate, sign_in=sign_in)
    yield Browser(TestClient(app, base_url=ORIGIN), provider)
    sign_in.close()
    service.close()


def asked(browser: Browser, **headers: str) -> set[str] | int:
    said = {"sec-fetch-site": "same-origin", "origin": ORIGIN, **headers}
    response = browser.client.post("/v1/ask", json=QUESTION, headers=said)
    if response.status_code != 200:
        return response.status_code
    return {citation["doc_id"] for citation in response.json()["citations"]}


def test_nobody_reads_before_signing_in(browser: Browser) -> None:
    assert browser.fetch("/v1/documents").status_code == 401
    assert asked(browser) == 401


def test_whoever_signed_in_reads_what_is_theirs(browser: Browser) -> None:
    browser.sign_in()

    listed = {one["doc_id"] for one in browser.fetch("/v1/documents").json()["documents"]}
    assert {"docs:pay.md", "docs:desks.md"} <= listed
    assert "docs:payroll.md" not in listed  # somebody else's
    assert asked(browser, **{"x-csrf-token": browser.csrf}) == {"docs:pay.md"}


def test_other_pages_cannot_ask_as_them(browser: Browser) -> None:
    browser.sign_in()

    assert asked(browser) == 401
    assert asked(browser, **{"x-csrf-token": browser.csrf, "sec-fetch-site": "cross-site"}) == 401
    evil = {"x-csrf-token": browser.csrf, "origin": "https://evil.example"}
    assert asked(browser, **evil) == 401
    assert browser.fetch("/v1/documents", sec_fetch_site="cross-site").status_code == 401


def test_after_signing_out_nothing_is_read(browser: Browser) -> None:
    browser.sign_in()

    assert browser.change("/auth/logout", x_csrf_token=browser.csrf).status_code == 204
    assert browser.fetch("/v1/documents").status_code == 401
