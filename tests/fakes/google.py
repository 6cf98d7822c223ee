"""A small Google: Drive v3, Docs v1 and sign-in over a World, with failures on order.

By hand: `python -m tests.fakes.google FOLDER --port N`.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.faults import Fault, Faulty
from tests.fakes.google_channels import PushService, Refusal
from tests.fakes.google_query import BadQuery, masked, matcher
from tests.fakes.google_world import DOCUMENT, USER, World, legacy, without_suggestions
from tests.fakes.serve import App, run, serve

EXPORT_MAX_BYTES = 10 * 1024 * 1024
POST: dict[str, Any] = {"methods": ["POST"]}


@dataclass
class FakeGoogle:
    """The server; `world` may be edited while it runs.

    Attributes:
        signs_in: whether requests need a token from the token endpoint.
        valid_requests: how many requests a token is good for; None: any number.
        incomplete: listings say that they did not look everywhere.
        forbidden: files whose permissions are not the account's to see.
        page_limit: the largest page that is given, whatever is asked for.
        push: the channels that were opened.
    """

    world: World = field(default_factory=World)
    signs_in: bool = False
    valid_requests: int | None = None
    incomplete: bool = False
    forbidden: set[str] = field(default_factory=set)
    page_limit: int = 1000
    push: PushService = field(default_factory=PushService)
    assertions: list[str] = field(default_factory=list)
    answers: list[tuple[str, Any]] = field(default_factory=list)
    url: str = ""
    _tokens: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        routes = {
            "/drive/v3/files": ("FileList", self._files),
            "/drive/v3/files/{file}": ("File", self._file),
            "/drive/v3/files/{file}/permissions": ("PermissionList", self._permissions),
            "/drive/v3/changes": ("ChangeList", self._changes),
            "/drive/v3/changes/startPageToken": ("StartPageToken", self._start),
            "/drive/v3/drives": ("DriveList", self._drives),
            "/v1/documents/{file}": ("Document", self._document),
        }
        self.faulty = Faulty(
            Starlette(
                routes=[
                    Route("/token", self._token, **POST),
                    Route("/drive/v3/changes/watch", self._json("Channel", self._watch), **POST),
                    Route("/drive/v3/channels/stop", self._plain(self._stop), **POST),
                    Route("/drive/v3/files/{file}/export", self._plain(self._export)),
                    *(Route(path, self._json(*how)) for path, how in routes.items()),
                ]
            )
        )
        self.app: App = self.faulty

    def reset(self) -> None:
        """Forget everything but the address."""
        fresh = FakeGoogle()
        for one in fields(self):
            if one.name != "url":
                setattr(self, one.name, getattr(fresh, one.name))
        self.faulty.faults.clear()
        self.faulty.requests.clear()

    def fail(self, *faults: Fault) -> None:
        self.faulty.faults.extend(faults)

    def asked(self, part: str = "") -> list[str]:
        """Paths of the requests so far that contain `part`."""
        return [r.path for r in self.faulty.requests if part in r.path]

    @contextmanager
    def running(self) -> Iterator["FakeGoogle"]:
        with serve(self.app) as self.url:
            yield self

    def _json(self, schema: str, answer: Callable[[Asked], Any]) -> Callable[[Asked], Response]:
        def respond(asked: Asked) -> Response:
            found = answer(asked)
            self.answers.append((schema, found))
            return JSONResponse(masked(found, asked.query_params.get("fields", "")))

        return self._plain(respond)

    def _plain(self, respond: Callable[[Asked], Response]) -> Callable[[Asked], Response]:
        def guarded(asked: Asked) -> Response:
            try:
                self._check_token(asked)
                return respond(asked)
            except Refusal as no:
                return refusal(no.status, no.reason, no.message)
            except BadQuery as bad:
                return refusal(400, "invalid", f"Invalid Value: {bad}")

        return guarded

    async def _token(self, asked: Asked) -> Response:
        form = (await asked.body()).decode()
        self.assertions.append(form)
        token = f"ya29.{len(self._tokens)}"
        self._tokens[token] = 0
        return JSONResponse({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _check_token(self, asked: Asked) -> None:
        if not self.signs_in:
            return
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        used = self._tokens.get(token)
        if used is None or (self.valid_requests is not None and used >= self.valid_requests):
            raise Refusal(401, "authError", "Invalid Credentials")
        self._tokens[token] = used + 1

    def _seen(self, asked: Asked) -> dict[str, Any]:
        file = self.world.seen(asked.path_params["file"])
        if file is None:
            raise Refusal(404, "notFound", f"File not found: {asked.path_params['file']}.")
        return file

    def _file(self, asked: Asked) -> Any:
        return self._of_drive(asked)

    def _of_drive(self, asked: Asked) -> dict[str, Any]:
        """The file, for the methods that have to be told that it may be in a shared drive."""
        file = self._seen(asked)
        if "driveId" in file and asked.query_params.get("supportsAllDrives") != "true":
            raise Refusal(404, "notFound", "supportsAllDrives is not set")
        return file

    def _files(self, asked: Asked) -> Any:
        query = asked.query_params
        corpora, drive = query.get("corpora", "user"), query.get("driveId", USER)
        if (corpora == "drive") != bool(drive) or corpora not in ("user", "drive"):
            raise Refusal(400, "invalid", "corpora and driveId do not fit")
        if drive and drive not in self.world.logs:
            raise Refusal(404, "notFound", f"Shared drive not found: {drive}")
        if drive and "true" not in (query.get("includeItemsFromAllDrives"),):
            raise Refusal(403, "teamDriveMembershipRequired")
        fits = matcher(query.get("q", ""))
        found = [
            file
            for file_id in self.world.files
            if (file := self.world.seen(file_id)) and file.get("driveId", USER) == drive
        ]
        page, more = self._page(asked, [file for file in found if fits(file)])
        kind = {"kind": "drive#fileList", "incompleteSearch": self.incomplete}
        return {**kind, "files": page, **more}

    def _drives(self, asked: Asked) -> Any:
        page, more = self._page(asked, self.world.drives)
        return {"kind": "drive#driveList", "drives": page, **more}

    def _permissions(self, asked: Asked) -> Any:
        file = self._of_drive(asked)
        if file["id"] in self.forbidden:
            raise Refusal(403, "insufficientFilePermissions")
        page, more = self._page(asked, self.world.permissions[file["id"]])
        return {"kind": "drive#permissionList", "permissions": page, **more}

    def _start(self, asked: Asked) -> Any:
        log = self._log(asked)
        return {"kind": "drive#startPageToken", "startPageToken": str(len(log) + 1)}

    def _log(self, asked: Asked) -> list[str]:
        drive = asked.query_params.get("driveId", USER)
        if drive not in self.world.logs:
            raise Refusal(404, "notFound", f"Shared drive not found: {drive}")
        return self.world.logs[drive]

    def _changes(self, asked: Asked) -> Any:
        log, token = self._log(asked), asked.query_params.get("pageToken", "")
        if not token.isdigit() or not 0 < int(token) <= len(log) + 1:
            raise Refusal(400, "invalid", "Invalid Value: pageToken")
        size = min(int(asked.query_params.get("pageSize", "100")), self.page_limit)
        start = int(token) - 1
        ids = log[start : start + size]
        latest = [file for n, file in enumerate(ids) if file not in ids[n + 1 :]]
        end = start + len(ids)
        more = {"nextPageToken" if end < len(log) else "newStartPageToken": str(end + 1)}
        drive = asked.query_params.get("driveId", USER)
        changes = [self._change(file, drive) for file in latest]
        return {"kind": "drive#changeList", "changes": changes, **more}

    def _watch(self, asked: Asked) -> Any:
        self._log(asked)
        return self.push.watch(asked)

    def _stop(self, asked: Asked) -> Response:
        self.push.stop(asked)
        return Response(status_code=204)

    def _change(self, file_id: str, drive: str) -> Any:
        file = self.world.seen(file_id)
        if file and file.get("driveId", USER) != drive:
            file = None  # it moved out of this corpus
        change = {
            "kind": "drive#change",
            "changeType": "file",
            "time": "2026-06-01T08:00:00.000Z",
            "fileId": file_id,
            "removed": file is None,
        }
        return change | ({"file": file} if file else {})

    def _page(self, asked: Asked, found: Sequence[Any]) -> tuple[list[Any], dict[str, str]]:
        token = asked.query_params.get("pageToken", "0")
        if not token.isdigit():
            raise Refusal(400, "invalid", "Invalid Value: pageToken")
        size = min(int(asked.query_params.get("pageSize", "100")), self.page_limit)
        end = int(token) + size
        return list(found[int(token) : end]), (
            {"nextPageToken": str(end)} if end < len(found) else {}
        )

    def _document(self, asked: Asked) -> Any:
        file = self._seen(asked)
        if file["mimeType"] != DOCUMENT or file["id"] not in self.world.documents:
            raise Refusal(404, "NOT_FOUND", "Requested entity was not found.")
        found = self.world.documents[file["id"]]
        if asked.query_params.get("suggestionsViewMode") == "PREVIEW_WITHOUT_SUGGESTIONS":
            found = without_suggestions(found)
            found = found | {"suggestionsViewMode": "PREVIEW_WITHOUT_SUGGESTIONS"}
        return found if asked.query_params.get("includeTabsContent") == "true" else legacy(found)

    def _export(self, asked: Asked) -> Response:
        file = self._seen(asked)
        if asked.query_params.get("mimeType") != "text/markdown":
            raise Refusal(400, "badRequest", "this fake exports Markdown only")
        text = _markdown(self.world.documents[file["id"]])
        if len(text.encode()) > EXPORT_MAX_BYTES:
            raise Refusal(403, "exportSizeLimitExceeded", "This file is too large to be exported.")
        return Response(text, media_type="text/markdown")


def refusal(status: int, reason: str, message: str = "") -> JSONResponse:
    """An error as Google words it."""
    detail = {"domain": "global", "reason": reason, "message": message or reason}
    said = {"code": status, "message": message or reason, "errors": [detail]}
    return JSONResponse({"error": said}, status)


def fault(status: int, reason: str = "", path: str = "", **headers: str) -> Fault:
    """One error of Google's on order."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = bytes(refusal(status, reason or "backendError").body)
    return Fault("status", status, named, body, path=path)


def _markdown(value: Any) -> str:
    """Headings and paragraphs of the first tab, in Google's manner of exporting."""
    found = legacy(value) if value.get("tabs") else value
    lines = []
    for element in found["body"]["content"]:
        paragraph = element.get("paragraph", {})
        runs = [e.get("textRun", {}).get("content", "") for e in paragraph.get("elements", [])]
        style = paragraph.get("paragraphStyle", {}).get("namedStyleType", "")
        marks = "# " if style.startswith("HEADING") else ""
        lines.append(marks + "".join(runs).strip())
    return "\n\n".join(line for line in lines if line)


def main() -> None:
    """Serve a folder until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8091)
    given = parser.parse_args()
    run(FakeGoogle(World.of_folder(given.folder)).app, given.port)


if __name__ == "__main__":
    main()
