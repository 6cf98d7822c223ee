"""Reads the sample company as a person of it would: documents, headings, and who may see them."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import eval as eval_package

COMPANY = Path(eval_package.__file__).parent / "data" / "company"
TODAY = datetime(2026, 6, 4, tzinfo=UTC)
DOMAIN = "tallowmere.example"
EVERYBODY = "*"


@dataclass(frozen=True)
class Relevant:
    document: str
    grade: int
    quote: str = ""
    heading: str = ""


@dataclass(frozen=True)
class Question:
    query_id: str
    question: str
    asked_by: str
    relevant: tuple[Relevant, ...]
    answers: tuple[str, ...]
    answerable: bool
    tags: frozenset[str]
    hidden: tuple[str, ...] = field(default=())


def read_json(path: str) -> Any:  # JSON of other makers' shapes; each test picks what it knows
    return json.loads((COMPANY / path).read_text(encoding="utf-8"))


@cache
def questions() -> tuple[Question, ...]:
    rows = map(json.loads, (COMPANY / "questions.jsonl").read_text(encoding="utf-8").splitlines())
    return tuple(
        Question(
            relevant=tuple(Relevant(**r) for r in row.pop("relevant")),
            answers=tuple(row.pop("answers")),
            tags=frozenset(row.pop("tags")),
            **row,
        )
        for row in rows
    )


def answerable() -> list[Question]:
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


def runs(paragraph: dict[str, Any]) -> str:
    elements = paragraph["elements"]
    return "".join(e["textRun"]["content"] for e in elements if "textRun" in e)


def google_docs() -> list[Path]:
    return sorted((COMPANY / "gdocs" / "documents").glob("*.json"))


def read_google_doc(doc_id: str) -> tuple[str, list[str]]:
    body = [
        paragraph
        for tab in tabs(read_json(f"gdocs/documents/{doc_id}.json"))
        for paragraph in paragraphs(tab["body"]["content"])
    ]
    styled = [(p["paragraphStyle"]["namedStyleType"], runs(p)) for p in body]
    headings = [text.strip() for style, text in styled if style.startswith("HEADING_")]
    return "".join(text for _, text in styled), headings


def read_issue(repository: str, number: str) -> tuple[str, list[str]]:
    issues = {str(i["number"]): i for i in read_json(f"github/{repository}/issues.json")}
    comments = read_json(f"github/{repository}/comments.json")
    replies = [c["body"] for c in comments if c["issue_url"].endswith(f"/issues/{number}")]
    return "\n".join([issues[number]["title"], issues[number]["body"] or "", *replies]), []


@cache
def read_document(document: str) -> tuple[str, list[str]]:
    """Text and headings; raises OSError or KeyError where there is no such document."""
    match document.split("/"):
        case ["handbook", *_]:
            text = (COMPANY / document).read_text(encoding="utf-8")
            return text, markdown_headings(text)
        case ["gdocs", doc_id]:
            return read_google_doc(doc_id)
        case ["github", repository, "issues", number]:
            return read_issue(repository, number)
        case _:
            raise KeyError(document)


def members(group: str) -> set[str]:
    listed = read_json("gdocs/groups.json")[group]["members"]
    nested = [members(m["email"]) for m in listed if m["type"] == "GROUP"]
    return {m["email"] for m in listed if m["type"] == "USER"}.union(*nested)


def readers_of_google_doc(doc_id: str) -> set[str]:
    readers: set[str] = set()
    for permission in read_json("gdocs/permissions.json")[doc_id]["permissions"]:
        expires = permission.get("expirationTime", "9999-01-01T00:00:00Z")
        if permission.get("deleted") or datetime.fromisoformat(expires) < TODAY:
            continue
        match permission["type"]:
            case "user":
                readers.add(permission["emailAddress"])
            case "group":
                readers |= members(permission["emailAddress"])
            case "domain":
                readers |= set(people())
            case _:
                pass  # anyone with the link: nobody finds it by searching
    return readers


@cache
def readers(document: str) -> set[str]:
    match document.split("/"):
        case ["gdocs", doc_id]:
            return readers_of_google_doc(doc_id)
        case ["github", repository, *_]:
            if not read_json(f"github/{repository}/repository.json")["private"]:
                return {EVERYBODY}
            logins = {c["login"] for c in read_json(f"github/{repository}/collaborators.json")}
            return {p["email"] for p in read_json("github/people.json") if p["login"] in logins}
        case _:
            return {EVERYBODY}


def may_read(person: str, document: str) -> bool:
    return not readers(document).isdisjoint({person, EVERYBODY})


@cache
def people() -> dict[str, str]:
    return {p["email"]: p["name"] for p in read_json("people.json")}


def slug(heading: str) -> str:
    kept = [c for c in heading.lower() if c in "-_ " or unicodedata.category(c)[0] in "LNM"]
    return "".join(kept).replace(" ", "-")
