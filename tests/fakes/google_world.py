"""A Drive that can be edited: files, who may read them, their contents, and the logs of changes."""

import copy
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.fakes.google_query import File

Json = dict[str, Any]
USER = ""
DOCUMENT = "application/vnd.google-apps.document"
FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
_ROOT = "0AROOTofMyDrivePVA"


class World:
    """What Google would store."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.permissions: dict[str, list[Json]] = {}
        self.documents: dict[str, Json] = {}
        self.drives: list[Json] = []
        self.groups: dict[str, Json] = {}
        self.hidden: set[str] = set()
        self.logs: dict[str, list[str]] = {USER: []}
        self._clock = datetime(2026, 6, 1, 8, tzinfo=UTC)

    @classmethod
    def of_folder(cls, folder: Path) -> "World":
        """What lies in a folder: files.json, folders.json, permissions.json, documents/ …"""
        world = cls()
        for name in ("folders.json", "files.json"):
            for file in _read(folder / name, {}).get("files", []):
                world.files[file["id"]] = file
        listed = _read(folder / "permissions.json", {})
        world.permissions = {file: found["permissions"] for file, found in listed.items()}
        for file in world.files.values():
            world.permissions.setdefault(file["id"], file.get("permissions", []))
        world.drives = _read(folder / "drives.json", {}).get("drives", [])
        world.logs |= {drive["id"]: [] for drive in world.drives}
        world.groups = _read(folder / "groups.json", {})
        for path in sorted((folder / "documents").glob("*.json")):
            world.documents[path.stem] = _read(path, {})
        return world

    def add(
        self,
        file_id: str,
        text: str = "Some words.",
        *,
        name: str = "",
        parents: Iterable[str] = (_ROOT,),
        drive: str = USER,
        readers: Iterable[str] = ("ada@example.com",),
    ) -> File:
        """A new document of one paragraph a line; `# ` makes it a heading."""
        file = self._new(file_id, name or file_id, DOCUMENT, parents, drive)
        self.permissions[file_id] = [
            permission(email, "owner" if not n and not drive else "reader")
            for n, email in enumerate(readers)
        ]
        self.documents[file_id] = document(file_id, text)
        self.touch(file_id)
        return file

    def add_folder(
        self, file_id: str, *, parents: Iterable[str] = (_ROOT,), drive: str = USER
    ) -> File:
        self.permissions[file_id] = [permission("ada@example.com", "owner")]
        return self._new(file_id, file_id, FOLDER, parents, drive)

    def add_shortcut(self, file_id: str, target: str, *, parents: Iterable[str] = (_ROOT,)) -> File:
        file = self._new(file_id, f"Link to {target}", SHORTCUT, parents, USER)
        file["shortcutDetails"] = {"targetId": target, "targetMimeType": DOCUMENT}
        self.permissions[file_id] = [permission("ada@example.com", "owner")]
        self.touch(file_id)
        return file

    def add_drive(self, drive_id: str) -> None:
        self.drives.append({"kind": "drive#drive", "id": drive_id, "name": drive_id})
        self.logs[drive_id] = []

    def edit(self, file_id: str, text: str) -> None:
        self.documents[file_id] = document(file_id, text)
        self.touch(file_id)

    def share(self, file_id: str, email: str, **more: Any) -> None:
        self.permissions[file_id].append(permission(email, "reader") | more)
        self.touch(file_id)

    def unshare(self, file_id: str, email: str) -> None:
        kept = [p for p in self.permissions[file_id] if p.get("emailAddress") != email]
        self.permissions[file_id] = kept
        self.touch(file_id)

    def trash(self, file_id: str) -> None:
        self.files[file_id] |= {"trashed": True, "explicitlyTrashed": True}
        self.touch(file_id)

    def move(self, file_id: str, folder: str) -> None:
        self.files[file_id]["parents"] = [folder]
        self.touch(file_id)

    def move_to_drive(self, file_id: str, drive: str) -> None:
        """Into a shared drive; the log that the file leaves says that it is gone from there."""
        left = self.files[file_id].get("driveId", USER)
        self.files[file_id] |= {"parents": [drive], "driveId": drive}
        self.logs[left].append(file_id)
        self.touch(file_id)

    def remove(self, file_id: str) -> None:
        """Deleted for ever."""
        corpus = self.corpus(file_id)
        del self.files[file_id]
        self.logs[corpus].append(file_id)

    def hide(self, file_id: str) -> None:
        """Access is taken from the account; for it the file is gone."""
        self.hidden.add(file_id)
        self.logs[self.corpus(file_id)].append(file_id)

    def touch(self, file_id: str) -> None:
        """Count the change and write it into the log of the file's corpus."""
        file = self.files[file_id]
        file["version"] = str(int(file["version"]) + 1)
        self._clock += timedelta(seconds=1)
        file["modifiedTime"] = _time(self._clock)
        self.logs[self.corpus(file_id)].append(file_id)

    def corpus(self, file_id: str) -> str:
        return str(self.files[file_id].get("driveId", USER))

    def seen(self, file_id: str) -> File | None:
        """The file as the account gets it; None if it is not there for it."""
        file = self.files.get(file_id)
        if file is None or file_id in self.hidden:
            return None
        if "driveId" in file:
            return {k: v for k, v in file.items() if k not in ("permissions", "owners", "shared")}
        return file | {"permissions": self.permissions.get(file_id, [])}

    def _new(
        self, file_id: str, name: str, mime_type: str, parents: Iterable[str], drive: str
    ) -> File:
        file: File = {
            "kind": "drive#file",
            "id": file_id,
            "name": name,
            "mimeType": mime_type,
            "createdTime": _time(self._clock),
            "modifiedTime": _time(self._clock),
            "version": "1",
            "trashed": False,
            "parents": list(parents) if not drive or tuple(parents) != (_ROOT,) else [drive],
            "lastModifyingUser": {"kind": "drive#user", "displayName": "Ada Moor"},
        }
        if drive:
            file["driveId"] = drive
        else:
            file["owners"] = [{"kind": "drive#user", "displayName": "Ada Moor"}]
        self.files[file_id] = file
        return file


def permission(email: str, role: str) -> Json:
    return {
        "kind": "drive#permission",
        "id": f"p-{email}",
        "type": "user",
        "role": role,
        "emailAddress": email,
        "deleted": False,
    }


def document(file_id: str, text: str) -> Json:
    """Docs JSON of plain lines in one tab."""
    content: list[Json] = []
    for n, line in enumerate(text.split("\n")):
        is_heading = line.startswith("# ")
        style: Json = {"namedStyleType": "HEADING_1" if is_heading else "NORMAL_TEXT"}
        if is_heading:
            style["headingId"] = f"h.{file_id}{n}"
        run = {"textRun": {"content": f"{line.removeprefix('# ')}\n", "textStyle": {}}}
        content.append({"paragraph": {"elements": [run], "paragraphStyle": style}})
    tab = {
        "tabProperties": {"tabId": "t.0", "title": "Tab 1", "index": 0},
        "documentTab": {"body": {"content": content}},
    }
    return {"documentId": file_id, "title": file_id, "revisionId": "r", "tabs": [tab]}


def without_suggestions(value: Any) -> Any:
    """As PREVIEW_WITHOUT_SUGGESTIONS shows it: nobody has inserted or deleted anything yet."""
    if isinstance(value, list):
        kept = [one for one in value if not _is_inserted(one)]
        return [without_suggestions(one) for one in kept]
    if not isinstance(value, dict):
        return value
    return {k: without_suggestions(v) for k, v in value.items() if k != "suggestedDeletionIds"}


def legacy(found: Json) -> Json:
    """As it comes without includeTabsContent: the first tab, and no word of the others."""
    first = found["tabs"][0]["documentTab"] if found.get("tabs") else {}
    return {**{k: v for k, v in found.items() if k != "tabs"}, **copy.deepcopy(first)}


def _is_inserted(one: Any) -> bool:
    if not isinstance(one, dict):
        return False
    return any(isinstance(v, dict) and v.get("suggestedInsertionIds") for v in one.values())


def _read(path: Path, otherwise: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else otherwise


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
