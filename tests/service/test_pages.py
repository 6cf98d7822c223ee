"""The files of the pages: for everybody, the same for all, and nothing beside them."""

import re

import pytest
from fastapi.testclient import TestClient

from service import pages
from service.app import create_app
from service.errors import Unauthenticated
from service.gate import Gate
from service.identity.types import Caller, Identity
from service.parts import Opening, Parts

MOST_BYTES = 100_000
PAGES = ["/", "/status"]
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)
MARKUP = re.compile(
    rb"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|\beval\b|Function\("
)


def nobody(_: Caller) -> Identity:
    raise Unauthenticated("nobody is known here")


def never() -> Parts:
    raise AssertionError("the pages need no index")


@pytest.fixture
def client() -> TestClient:
    app = create_app(Opening(never), Gate(nobody))
    if "/" not in {getattr(route, "path", "") for route in app.routes}:
        app.include_router(pages.router)
    return TestClient(app)  # not entered: the index is not opened


@pytest.mark.parametrize("path", PAGES)
def test_page_is_given_to_whoever_asks(client: TestClient, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == pages.CSP
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_all_that_a_page_names_is_there(client: TestClient, path: str) -> None:
    named = re.findall(r'(?:src|href)="(/web/[^"]+)"', client.get(path).text)

    assert len(named) > 3
    assert {client.get(name).status_code for name in named} == {200}


def test_every_module_that_is_imported_is_there() -> None:
    scripts = {name: one.content for name, one in pages.files().items() if name.endswith(".js")}
    named = {name for one in scripts.values() for name in re.findall(rb'from "\./([^"]+)"', one)}

    assert named
    assert {name.decode() for name in named} <= set(scripts)


def test_page_is_sent_again_only_when_it_changed(client: TestClient) -> None:
    first = client.get("/")
    tag = first.headers["etag"]
    again = client.get("/", headers={"if-none-match": f'"other", W/{tag}'})

    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == pages.CSP
    assert client.get("/", headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("name", ["nothing.js", "..%2fpages.py", "%2e%2e/pages.py", "", "__init__"])
def test_nothing_else_is_given(client: TestClient, name: str) -> None:
    assert client.get(f"/web/{name}").status_code == 404


def test_pages_are_read_and_nothing_else_is_done_with_them(client: TestClient) -> None:
    assert client.head("/").status_code == 200
    assert client.post("/").status_code == 405


def test_no_page_holds_scripts_or_styles_of_its_own() -> None:
    for name, one in pages.files().items():
        if name.endswith(".html"):
            assert not INLINE.search(one.content), name


def test_no_script_makes_markup_of_texts() -> None:
    for name, one in pages.files().items():
        assert not MARKUP.search(one.content), name


def test_nothing_is_loaded_from_elsewhere() -> None:
    for name, one in pages.files().items():
        addresses = set(re.findall(rb"(?:https?:)?//[\w-]+(?:\.[\w-]+)+[^\s\"']*", one.content))
        assert addresses <= {b"http://www.w3.org/2000/svg"}, name


def test_everything_together_is_light() -> None:
    assert sum(len(one.content) for one in pages.files().values()) < MOST_BYTES


def test_what_people_read_stands_in_one_file() -> None:
    # Words elsewhere would be missed by whoever translates.
    for name, one in pages.files().items():
        if name.endswith(".js") and name != "strings.js":
            code = re.sub(rb"^\s*//.*$", b"", one.content, flags=re.MULTILINE)
            assert not re.search(rb'"[A-Z][a-z]+ [a-z]+[^"]*"', code), name
