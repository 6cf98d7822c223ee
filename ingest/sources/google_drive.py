"""Drive's lists as our own types: files, changes, permissions, shared drives."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ingest.errors import RetryLater
from ingest.shapes import Json, child, children, moment, word, words
from ingest.sources.google_client import GoogleClient, Parameter
from ingest.sources.google_errors import Denied

logger = logging.getLogger(__name__)

DOCUMENT: Final = "application/vnd.google-apps.document"
FOLDER: Final = "application/vnd.google-apps.folder"
SHORTCUT: Final = "application/vnd.google-apps.shortcut"
USER: Final = ""
"""The corpus of what is the account's own or shared with it; every other one is a shared drive."""

_PERMISSION: Final = (
    "id,type,role,emailAddress,domain,allowFileDiscovery,deleted,expirationTime,pendingOwner,view,"
    "permissionDetails(inherited)"
)
_FILE: Final = (
    "id,name,mimeType,version,createdTime,modifiedTime,trashed,parents,driveId,"
    "inheritedPermissionsDisabled,owners(displayName,emailAddress),"
    "lastModifyingUser(displayName,emailAddress),shortcutDetails(targetId,targetMimeType),"
    f"permissions({_PERMISSION})"
)
_RESTARTS_MAX: Final = 2
_TOKEN_STATUSES: Final = (400, 404, 410)
_PAGES_MAX: Final = 10_000  # ten million files; a server that sends us in circles ends here


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file, folder or shortcut.

    Attributes:
        parents: ids of the folders that it is in; empty where they are not ours to see.
        drive_id: the shared drive that it is in, or USER.
        permissions: None where the listing did not give them.
        is_limited: whether it takes no permissions from its folders.
        target: of a shortcut: id and type of what it leads to.
    """

    file_id: str
    name: str
    mime_type: str
    version: str
    created_at: datetime | None
    modified_at: datetime | None
    is_trashed: bool
    parents: tuple[str, ...]
    drive_id: str
    authors: tuple[str, ...]
    permissions: tuple[Json, ...] | None
    is_limited: bool
    target: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """The present state of something that changed; `file` is None when it is gone for us."""

    file_id: str
    file: DriveFile | None
    is_of_drive: bool


class Drive:
    """The calls that the connector makes."""

    def __init__(self, client: GoogleClient, page_size: int) -> None:
        self._client = client
        self._page_size = page_size

    def file(self, file_id: str) -> DriveFile:
        """One file by id; raises Denied where there is none for us."""
        found = self._client.drive(
            "files", "get", fileId=file_id, supportsAllDrives=True, fields=_FILE
        )
        return _file(found)

    def files(self, query: str, corpus: str) -> tuple[list[DriveFile], bool]:
        """All files of a corpus that a query finds, and whether Drive looked everywhere."""
        where: dict[str, Parameter] = {"q": query, "corpora": "user"}
        if corpus != USER:
            where |= {"corpora": "drive", "driveId": corpus}
        pages = self._pages(
            "files",
            fields=f"nextPageToken,incompleteSearch,files({_FILE})",
            pageSize=self._page_size,
            supportsAllDrives=True,
            includeItemsFromAllDrives=True,
            **where,
        )
        by_id = {word(one, "id"): _file(one) for page in pages for one in children(page, "files")}
        return list(by_id.values()), not any(page.get("incompleteSearch") for page in pages)

    def drives(self) -> list[str]:
        """Ids of the shared drives that the account is a member of."""
        pages = self._pages("drives", fields="nextPageToken,drives(id)", pageSize=100)
        return [word(one, "id") for page in pages for one in children(page, "drives")]

    def permissions(self, file_id: str) -> Sequence[Json]:
        """All permissions of a file; raises Denied where they are not ours to see."""
        pages = self._pages(
            "permissions",
            fileId=file_id,
            fields=f"nextPageToken,permissions({_PERMISSION})",
            pageSize=100,
            supportsAllDrives=True,
        )
        return [one for page in pages for one in children(page, "permissions")]

    def start_token(self, corpus: str) -> str:
        """Where the log of a corpus stands now."""
        where: dict[str, Parameter] = {"driveId": corpus} if corpus != USER else {}
        found = self._client.drive("changes", "getStartPageToken", supportsAllDrives=True, **where)
        return word(found, "startPageToken")

    def changes(self, corpus: str, token: str) -> tuple[list[Change], str]:
        """What the log of a corpus says since the token, and the token for next time.

        Raises:
            Denied: the token or the corpus is not accepted.
        """
        where: dict[str, Parameter] = {"driveId": corpus} if corpus != USER else {}
        found: list[Change] = []
        for _ in range(_PAGES_MAX):
            page = self._client.drive(
                "changes",
                "list",
                pageToken=token,
                pageSize=self._page_size,
                fields="nextPageToken,newStartPageToken,"
                f"changes(changeType,removed,fileId,driveId,file({_FILE}))",
                supportsAllDrives=True,
                includeItemsFromAllDrives=True,
                includeCorpusRemovals=True,
                includeRemoved=True,
                **where,
            )
            found += map(_change, children(page, "changes"))
            if last := word(page, "newStartPageToken"):
                return found, last
            token = word(page, "nextPageToken")
            if not token:
                break
        raise RetryLater("Drive's log of changes has no end")

    def _pages(self, resource: str, **parameters: Parameter) -> list[Json]:
        """All pages; from the first one again when Drive no longer knows its own page token."""
        for restart in range(_RESTARTS_MAX + 1):
            pages: list[Json] = []
            token = ""
            try:
                while len(pages) < _PAGES_MAX:
                    more = {"pageToken": token} if token else {}
                    pages.append(self._client.drive(resource, "list", **parameters, **more))
                    token = word(pages[-1], "nextPageToken")
                    if not token:
                        return pages
            except Denied as denied:
                if not token or denied.status not in _TOKEN_STATUSES:
                    raise
                logger.info("listing began again", extra={"list": resource, "restart": restart})
        raise RetryLater(f"Drive gives up its list of {resource} again and again")


def _change(change: Json) -> Change:
    gone = bool(change.get("removed")) or not child(change, "file")
    of_drive = word(change, "changeType") == "drive"
    return Change(
        word(change, "fileId"),
        None if gone or of_drive else _file(child(change, "file")),
        of_drive,
    )


def _file(found: Json) -> DriveFile:
    target = child(found, "shortcutDetails")
    people = [*children(found, "owners"), child(found, "lastModifyingUser")]
    names = [word(one, "displayName") or word(one, "emailAddress") for one in people]
    return DriveFile(
        file_id=word(found, "id"),
        name=word(found, "name"),
        mime_type=word(found, "mimeType"),
        version=word(found, "version"),
        created_at=moment(found, "createdTime"),
        modified_at=moment(found, "modifiedTime"),
        is_trashed=found.get("trashed") is True,
        parents=words(found, "parents"),
        drive_id=word(found, "driveId"),
        authors=tuple(dict.fromkeys(name for name in names if name)),
        permissions=tuple(children(found, "permissions")) if "permissions" in found else None,
        is_limited=found.get("inheritedPermissionsDisabled") is True,
        target=(word(target, "targetId"), word(target, "targetMimeType")),
    )
