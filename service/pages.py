"""The pages for people: the same files for everybody, which ask as whoever looks at them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from fastapi import APIRouter, Request, Response

from service.errors import NotFound

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Texts of documents are on these pages: whatever they hold, it runs nothing and loads nothing."""

FOLDER: Final = "web"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent."""

    content: bytes
    headers: Mapping[str, str]


@cache
def files() -> Mapping[str, File]:
    """Every file of the pages by its name, read once."""
    found = {}
    for path in (resources.files("service") / FOLDER).iterdir():
        suffix = path.name[path.name.rfind(".") :]
        if suffix in _TYPES:
            found[path.name] = _file(path.read_bytes(), _TYPES[suffix])
    return found


@router.api_route("/", methods=["GET", "HEAD"])
def ask_page(request: Request) -> Response:
    """Give the page that asks."""
    return _sent("ask.html", request)


@router.api_route("/status", methods=["GET", "HEAD"])
def status_page(request: Request) -> Response:
    """Give the page that says how the service does."""
    return _sent("status.html", request)


@router.api_route("/web/{name}", methods=["GET", "HEAD"])
def file(request: Request, name: str) -> Response:
    """Give a file that the pages are made of."""
    return _sent(name, request)


def _file(content: bytes, media_type: str) -> File:
    # Asked for again each time, and sent again only when it changed: an update is seen at once.
    headers = {
        "content-type": media_type,
        "content-security-policy": CSP,
        "cache-control": "no-cache",
        "etag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
    }
    return File(content, headers)


def _sent(name: str, request: Request) -> Response:
    found = files().get(name)
    if found is None:
        raise NotFound(f"there is no page {name!r}; the pages are / and /status")
    known = [tag.strip().removeprefix("W/") for tag in _known(request).split(",")]
    if found.headers["etag"] in known:
        kept = {name: value for name, value in found.headers.items() if name != "content-type"}
        return Response(status_code=304, headers=kept)
    return Response(found.content, headers=dict(found.headers))


def _known(request: Request) -> str:
    return request.headers.get("if-none-match", "")
