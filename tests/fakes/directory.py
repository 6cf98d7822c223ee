"""A small Directory API of Google's: groups.list over a table, with failures on order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.faults import Fault, Faulty
from tests.fakes.serve import serve


@dataclass
class FakeDirectory:
    """The server.

    Attributes:
        groups: the direct groups of each member; who is not in it is not known.
        page: how many groups a page holds.
    """

    groups: dict[str, list[str]] = field(default_factory=dict)
    page: int = 200
    url: str = ""

    def __post_init__(self) -> None:
        self.faulty = Faulty(Starlette(routes=[Route("/admin/directory/v1/groups", self._list)]))

    def reset(self) -> None:
        """Forget everything but the address."""
        self.groups, self.page = {}, 200
        self.faulty.before = lambda _: None
        self.faulty.faults.clear()
        self.faulty.requests.clear()

    def fail(self, *faults: Fault) -> None:
        self.faulty.faults.extend(faults)

    @property
    def asked(self) -> list[str]:
        """Members that were asked for, in order."""
        return [request.query.get("userKey", "") for request in self.faulty.requests]

    async def _list(self, asked: Asked) -> Response:
        found = self.groups.get(asked.query_params.get("userKey", ""))
        if found is None:
            error = {"code": 404, "message": "Resource Not Found: userKey"}
            return JSONResponse({"error": error}, 404)
        if domain := asked.query_params.get("domain"):
            found = [name for name in found if name.endswith(f"@{domain}")]
        start = int(asked.query_params.get("pageToken", "0"))
        stop = start + self.page
        body: dict[str, Any] = {"kind": "admin#directory#groups"}
        if found:
            # The API leaves out what is empty.
            body["groups"] = [{"email": name} for name in found[start:stop]]
        if stop < len(found):
            body["nextPageToken"] = str(stop)
        return JSONResponse(body)


@contextmanager
def fake_directory() -> Iterator[FakeDirectory]:
    """A directory that runs while the block does."""
    fake = FakeDirectory()
    with serve(fake.faulty) as fake.url:
        yield fake
