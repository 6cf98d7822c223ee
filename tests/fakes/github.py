"""A small GitHub: issues, comments, readers, credentials and limits, served over HTTP.

By hand: `python -m tests.fakes.github FOLDER --port 8900` serves every `<owner>__<name>/` in it.
"""

import argparse
import hashlib
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from tests.fakes.clock import FakeClock
from tests.fakes.faults import Faulty
from tests.fakes.github_data import FakeRepository, Kind
from tests.fakes.github_graphql import answer_graphql
from tests.fakes.serve import run

GHES_PREFIX = "/api/v3"
_TOKEN_LIFE = timedelta(hours=1)


class FakeGitHub:
    """The server; its attributes are the world, to be changed while it runs.

    Attributes:
        tokens: those that are accepted; None: nobody has to say who they are.
        may_push: whether collaborators may be listed.
        app_keys: public key of each installed App, by installation.
        remaining: requests before the primary limit; None: there is none. It is back to `limit`
            when the clock passes `resets_at`.
    """

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.repositories: list[FakeRepository] = []
        self.old_names: dict[str, FakeRepository] = {}
        self.tokens: set[str] | None = None
        self.may_push = True
        self.app_keys: dict[int, str] = {}
        self.remaining: int | None = None
        self.limit = 5000
        self.resets_at = 0.0
        self._installation_tokens: dict[str, float] = {}
        self.front = Faulty(self._application())

    def load(self, root: Path) -> "FakeGitHub":
        """Serve every repository in a folder."""
        folders = sorted(folder for folder in root.glob("*__*") if folder.is_dir())
        self.repositories += [FakeRepository.read(folder, self.clock) for folder in folders]
        return self

    def add(self, full_name: str, **about: Any) -> FakeRepository:
        """A new empty repository."""
        made = FakeRepository(full_name, self.clock, about)
        self.repositories.append(made)
        return made

    def rename(self, repository: FakeRepository, full_name: str) -> None:
        """The old name leads to the new one from now on."""
        self.old_names[repository.full_name.lower()] = repository
        repository.rename(full_name)

    def end_tokens(self) -> None:
        """End the installation tokens before their time."""
        self._installation_tokens.clear()

    def _application(self) -> Starlette:
        parts = [
            ("", self._about),
            ("/issues", self._issues),
            ("/issues/comments", self._comments),
            ("/issues/{number:int}", self._issue),
            ("/issues/{number:int}/comments", self._issue_comments),
            ("/collaborators", self._collaborators),
            ("/teams", self._teams),
        ]
        places = ("/repos/{owner}/{name}", "/repositories/{id:int}")
        routes = [Route(place + part, answer) for place in places for part, answer in parts]
        tokens = "/app/installations/{id:int}/access_tokens"
        routes.append(Route(tokens, self._installation_token, methods=["POST"]))
        answer = answer_graphql(self)
        graphql = [Route(path, answer, methods=["POST"]) for path in ("/graphql", "/api/graphql")]
        return Starlette(routes=[*graphql, Mount(GHES_PREFIX, routes=routes), *routes])

    async def _about(self, request: Request) -> Response:
        found = self._allowed(request)
        if isinstance(found, Response):
            return found
        return self._sent(request, json.dumps(found.about).encode())

    async def _issues(self, request: Request) -> Response:
        return self._listing(request, "issues", "open")

    async def _comments(self, request: Request) -> Response:
        return self._listing(request, "comments", "all")

    def _listing(self, request: Request, kind: Kind, state: str) -> Response:
        found = self._allowed(request)
        if isinstance(found, Response):
            return found
        if not found.about["has_issues"]:
            return _problem(410, "Issues are disabled for this repo")
        query = request.query_params
        # Comments are listed upwards unless asked otherwise, issues downwards.
        usual = "desc" if kind == "issues" else "asc"
        keys = found.listing(
            kind,
            since=query.get("since", ""),
            sort=query.get("sort", "created"),
            descending=query.get("direction", usual) == "desc",
            state=query.get("state", state),
        )
        number, size = _paging(request)
        body = found.page(kind, keys[(number - 1) * size : number * size])
        return self._sent(request, body, _link(request, found, len(keys)))

    async def _issue(self, request: Request) -> Response:
        found = self._allowed(request)
        if isinstance(found, Response):
            return found
        number = request.path_params["number"]
        body = found.issue(number)
        if body is None:
            return self._not_here(request, found.elsewhere, number)
        return self._sent(request, body)

    async def _issue_comments(self, request: Request) -> Response:
        found = self._allowed(request)
        if isinstance(found, Response):
            return found
        number = request.path_params["number"]
        if found.issue(number) is None:
            return self._not_here(request, found.elsewhere, number)
        return self._rows(request, found, found.comments_of(number))

    async def _collaborators(self, request: Request) -> Response:
        found = self._allowed(request)
        if isinstance(found, Response):
            return found
        if not self.may_push:
            return _problem(403, "Must have push access to view repository collaborators.")
        return self._rows(request, found, found.collaborators)

    async def _teams(self, request: Request) -> Response:
        found = self._allowed(request)
        if isinstance(found, Response):
            return found
        return self._rows(request, found, found.teams)

    def _rows(
        self, request: Request, repository: FakeRepository, rows: list[dict[str, Any]]
    ) -> Response:
        number, size = _paging(request)
        body = json.dumps(rows[(number - 1) * size : number * size]).encode()
        return self._sent(request, body, _link(request, repository, len(rows)))

    def _not_here(
        self, request: Request, elsewhere: dict[int, str | None], number: int
    ) -> Response:
        if number not in elsewhere:
            return _problem(404, "Not Found")
        if (place := elsewhere[number]) is None:
            return _problem(410, "This issue was deleted")
        return _moved(f"{_base(request)}{place}")

    def _allowed(self, request: Request) -> FakeRepository | Response:
        """The repository that is asked about, or why it is not shown."""
        authorization = request.headers.get("authorization", "")
        if (refusal := self.refusal(authorization.rpartition(" ")[2])) is not None:
            return refusal
        known = {repository.full_name.lower(): repository for repository in self.repositories}
        by_id = {repository.id: repository for repository in self.repositories}
        where = request.path_params
        name = f"{where.get('owner')}/{where.get('name')}".lower()
        found = known.get(name) or by_id.get(where.get("id", 0))
        if found is not None and (not found.about["private"] or authorization):
            return found
        if (renamed := self.old_names.get(name)) is not None:
            rest = _below(request)
            query = f"?{request.url.query}" if request.url.query else ""
            return _moved(f"{_base(request)}/repositories/{renamed.id}{rest}{query}")
        return _problem(404, "Not Found")

    def refusal(self, token: str) -> Response | None:
        if not self._accepts(token):
            return _problem(401, "Bad credentials")
        return None if self.remaining is None else self._limited()

    def _accepts(self, token: str) -> bool:
        if self.tokens is None or token in self.tokens:
            return True
        return self.clock.now() < self._installation_tokens.get(token, 0.0)

    def _limited(self) -> Response | None:
        if self.clock.now() >= self.resets_at > 0:
            self.remaining, self.resets_at = self.limit, 0.0
        if self.remaining:
            self.remaining -= 1
            return None
        self.resets_at = self.resets_at or self.clock.now() + _TOKEN_LIFE.total_seconds()
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{self.resets_at:.0f}"}
        return _problem(403, "API rate limit exceeded", headers)

    def _sent(self, request: Request, body: bytes, link: str = "") -> Response:
        digest = hashlib.sha1(body + link.encode(), usedforsecurity=False).hexdigest()
        headers = {"etag": f'W/"{digest}"', **({"link": link} if link else {})}
        if request.headers.get("if-none-match") == headers["etag"]:
            # A 304 does not count against the primary limit.
            self.remaining = None if self.remaining is None else self.remaining + 1
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type="application/json; charset=utf-8")

    async def _installation_token(self, request: Request) -> Response:
        key = self.app_keys.get(request.path_params["id"])
        signed = request.headers.get("authorization", "").removeprefix("Bearer ")
        # This server has its own time.
        unchecked: jwt.types.Options = {"verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(signed, key or "", algorithms=["RS256"], options=unchecked)
        except (jwt.PyJWTError, ValueError):
            return _problem(401, "A JSON web token could not be decoded")
        if not claims["iat"] <= self.clock.now() < claims["exp"] <= claims["iat"] + 660:
            return _problem(401, "'Expiration time' claim ('exp') is too far in the future")
        ends = self.clock.now() + _TOKEN_LIFE.total_seconds()
        token = f"ghs_{claims['iss']}_{len(self._installation_tokens)}_{'x' * 400}"
        self._installation_tokens[token] = ends
        expires = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        given = {"token": token, "expires_at": expires, "permissions": {"issues": "read"}}
        return _json(201, {**given, "repository_selection": "all"})


def _paging(request: Request) -> tuple[int, int]:
    query = request.query_params
    return int(query.get("page", "1")), min(int(query.get("per_page", "30")), 100)


def _link(request: Request, repository: FakeRepository, total: int) -> str:
    """As GitHub sends it: by the repository's id, whatever name was asked for."""
    number, size = _paging(request)
    last = math.ceil(total / size)
    if number >= last:
        return ""
    place = f"{_base(request)}/repositories/{repository.id}{_below(request)}"
    query = dict(request.query_params)
    pages = {"next": number + 1, "last": last}
    links = (f'<{place}?{urlencode({**query, "page": n})}>; rel="{r}"' for r, n in pages.items())
    return ", ".join(links)


def _below(request: Request) -> str:
    """The path behind the repository."""
    path = request.url.path.removeprefix(GHES_PREFIX)
    depth = 4 if path.startswith("/repos/") else 3
    return "".join(f"/{part}" for part in path.split("/")[depth:])


def _base(request: Request) -> str:
    prefix = GHES_PREFIX if request.url.path.startswith(GHES_PREFIX) else ""
    return f"{request.url.scheme}://{request.url.netloc}{prefix}"


def _moved(place: str) -> Response:
    said = {"message": "Moved Permanently", "url": place}
    return _json(301, said, {"location": place})


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return _json(
        status, {"message": message, "documentation_url": "", "status": str(status)}, headers
    )


def _json(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    text = json.dumps(body)
    return Response(text, status_code=status, headers=headers, media_type="application/json")


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--token", help="the only one that is accepted; without it, any but none")
    chosen = parser.parse_args()
    github = FakeGitHub(FakeClock(datetime.now(UTC))).load(chosen.folder)
    github.tokens = {chosen.token} if chosen.token else None
    run(github.front, chosen.port)


if __name__ == "__main__":
    _main()
