"""The sample company: its documents as the connectors make them, and its questions."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import eval as eval_package
from eval.sets.reading import read_set
from eval.topics import Topic, TopicSet
from index.access import PUBLIC, VisibleTo, user
from index.types import DocId, Document
from ingest.settings import DocsRepoSettings
from ingest.source import Upsert
from ingest.sources.docs_repo import DocsRepo
from ingest.sources.github_layout import Layout, Place
from ingest.sources.github_mirror import Stored
from ingest.sources.google_document import walked
from ingest.sources.google_drive import DriveFile
from ingest.sources.google_readers import granted

COMPANY = Path(eval_package.__file__).parent / "data" / "company"
TODAY = datetime(2026, 6, 4, tzinfo=UTC)
DOMAIN = "tallowmere.example"
REPOSITORIES = ("tallowmere__berthline", "tallowmere__tidekit")


def read_json(path: str) -> Any:  # JSON of other makers' shapes; each test picks what it knows
    return json.loads((COMPANY / path).read_text(encoding="utf-8"))


@cache
def company() -> TopicSet:
    return read_set(COMPANY)


def questions() -> tuple[Topic, ...]:
    return company().topics


def answerable() -> list[Topic]:
    return [q for q in questions() if q.answerable]


def handbook_pages() -> list[Path]:
    return sorted((COMPANY / "handbook").rglob("*.md"))


def front_matter(page: Path) -> dict[str, Any]:
    found = re.match(r"---\n(.*?)\n---\n", page.read_text(encoding="utf-8"), re.DOTALL)
    return yaml.safe_load(found[1]) if found else {}


def markdown_headings(text: str) -> list[str]:
    without_code = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^#{1,6} (.+?) *$", without_code, re.MULTILINE)


def tabs(owner: dict[str, Any], key: str = "tabs") -> Iterator[dict[str, Any]]:
    for tab in owner.get(key, []):
        yield tab["documentTab"]
        yield from tabs(tab, "childTabs")


def paragraphs(content: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for element in content:
        if "paragraph" in element:
            yield element["paragraph"]
        for row in element.get("table", {}).get("tableRows", []):
            for cell in row["tableCells"]:
                yield from paragraphs(cell["content"])
        yield from paragraphs(element.get("tableOfContents", {}).get("content", []))


def google_docs() -> list[Path]:
    return sorted((COMPANY / "gdocs" / "documents").glob("*.json"))


@cache
def documents() -> dict[str, Document]:
    """All of them, as the connectors make them, by id."""
    found = [*_handbook(), *_drive(), *_tracker()]
    return {document.doc_id: document for document in found}


class CompanyDocuments:
    """The documents as a check wants them: the sample company's unless others are given."""

    def __init__(self, known: Mapping[str, Document] | None = None) -> None:
        self._known = documents() if known is None else known

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        found = self._known.get(doc_id)
        return found.readers if found else None

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        found = self._known.get(doc_id)
        return found if found and visible_to.admits(found.readers) else None


def _handbook() -> list[Document]:
    settings = DocsRepoSettings(kind="docs_repo", path=COMPANY / "handbook")
    changes = DocsRepo("handbook", settings, COMPANY).changes(None, {})
    return [change.document for change in changes if isinstance(change, Upsert)]


def _drive() -> Iterator[Document]:
    for file in read_json("gdocs/files.json")["files"]:
        if not file.get("trashed"):
            permissions = read_json("gdocs/permissions.json")[file["id"]]["permissions"]
            readers = granted(permissions, now=TODAY, link_shared=False).readers
            content = read_json(f"gdocs/documents/{file['id']}.json")
            yield walked("drive", _drive_file(file), readers, content)


def _drive_file(file: dict[str, Any]) -> DriveFile:
    return DriveFile(
        file_id=file["id"],
        name=file["name"],
        mime_type=file["mimeType"],
        version=file["version"],
        created_at=None,
        modified_at=None,
        is_trashed=False,
        parents=(),
        drive_id="",
        authors=(),
        permissions=None,
        is_limited=False,
        target=("", ""),
    )


def _tracker() -> Iterator[Document]:
    addresses = {p["login"]: p["email"] for p in read_json("github/people.json")}
    for folder in REPOSITORIES:
        repository = read_json(f"github/{folder}/repository.json")
        logins = [c["login"] for c in read_json(f"github/{folder}/collaborators.json")]
        own = {user(addresses[login]) for login in logins if addresses[login]}
        readers = frozenset(own if repository["private"] else {PUBLIC})
        comments = read_json(f"github/{folder}/comments.json")
        for issue in read_json(f"github/{folder}/issues.json"):
            said = tuple(json.dumps(c) for c in comments if c["issue_url"] == issue["url"])
            doc_id = DocId(f"tracker:{repository['full_name']}/issues/{issue['number']}")
            stored = Stored(issue["number"], json.dumps(issue), said)
            yield Layout().document(stored, Place("tracker", doc_id, readers))


@cache
def people() -> dict[str, str]:
    return {p["email"]: p["name"] for p in read_json("people.json")}


def slug(heading: str) -> str:
    kept = [c for c in heading.lower() if c in "-_ " or unicodedata.category(c)[0] in "LNM"]
    return "".join(kept).replace(" ", "-")
