"""The sample company's documents, permissions and questions fit together."""

import json
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.eval.company import (
    COMPANY,
    DOMAIN,
    TODAY,
    answerable,
    front_matter,
    google_docs,
    handbook_pages,
    markdown_headings,
    may_read,
    paragraphs,
    people,
    questions,
    read_document,
    read_json,
    slug,
    tabs,
)

SHARED_ADDRESSES = {"security", "privacy", "trials+name"}
REQUIRED_TAGS = {"how-to", "fact", "why", "who-owns", "multi-document", "superseded"}
REQUIRED_TAGS |= {"comment-only", "table", "code", "near-miss", "no-access"}


def test_query_ids_and_questions_are_unique() -> None:
    assert [i for i, n in Counter(q.query_id for q in questions()).items() if n > 1] == []
    words = Counter(" ".join(re.findall(r"\w+", q.question.lower())) for q in questions())
    assert [w for w, n in words.items() if n > 1] == []


def test_there_are_enough_questions_of_every_kind() -> None:
    tags = Counter(tag for q in questions() for tag in q.tags)
    handbook_only = [
        q for q in answerable() if all(r.document.startswith("handbook/") for r in q.relevant)
    ]

    assert len(questions()) >= 130
    assert len(handbook_only) >= 60
    assert {tag for tag in REQUIRED_TAGS if tags[tag] < 10} == set()


def test_a_quarter_is_unanswerable_and_half_of_that_only_just() -> None:
    without = [q for q in questions() if not q.answerable and "no-access" not in q.tags]
    near = [q for q in without if "near-miss" in q.tags]

    assert 0.2 <= sum(not q.answerable for q in questions()) / len(questions()) <= 0.3
    assert 0.4 <= len(near) / len(without) <= 0.6


def test_unanswerable_questions_have_no_judgements_and_answerable_ones_do() -> None:
    for q in questions():
        graded = any(r.grade == 2 for r in q.relevant)
        assert (graded, bool(q.answers)) == (q.answerable, q.answerable), q.query_id
        assert {r.grade for r in q.relevant} <= {1, 2}, q.query_id


def test_every_quote_and_heading_is_in_its_document() -> None:
    for q in questions():
        for relevant in q.relevant:
            text, headings = read_document(relevant.document)
            assert relevant.quote in text, (q.query_id, relevant.quote)
            assert not relevant.heading or relevant.heading in headings, (q.query_id, relevant)


def test_every_answer_stands_in_a_relevant_document() -> None:
    for q in answerable():
        text = " ".join(read_document(r.document)[0] for r in q.relevant)
        plain = re.sub(r"[*`]", "", text).lower()
        assert [a for a in q.answers if re.sub(r"[*`]", "", a).lower() not in plain] == [], q


def test_answers_to_comment_only_questions_are_not_in_the_issue_itself() -> None:
    for q in questions():
        if "comment-only" not in q.tags:
            continue
        for r in q.relevant:
            if r.grade == 2 and r.document.startswith("github/"):
                _, repository, _, number = r.document.split("/")
                issues = read_json(f"github/{repository}/issues.json")
                body = next(i["body"] for i in issues if str(i["number"]) == number)
                assert r.quote not in (body or ""), q.query_id


def test_whoever_asks_may_read_an_answer_or_the_question_counts_as_unanswerable() -> None:
    for q in questions():
        visible = [r for r in q.relevant if r.grade == 2 and may_read(q.asked_by, r.document)]
        assert bool(visible) == q.answerable, q.query_id
        assert [d for d in q.hidden if may_read(q.asked_by, d)] == [], q.query_id
        assert bool(q.hidden) == ("no-access" in q.tags), q.query_id
        assert all(read_document(d)[0] for d in q.hidden)


def test_askers_are_people_of_the_company() -> None:
    outside = {p["email"] for p in read_json("github/people.json")} - {None}
    known = set(people()) | outside | {"local"}
    assert {q.asked_by for q in questions()} - known == set()


def test_every_address_in_the_domain_belongs_to_somebody() -> None:
    known = {e.partition("@")[0] for e in people()} | SHARED_ADDRESSES
    known |= {g.partition("@")[0] for g in read_json("gdocs/groups.json")} | {"gunnar.eide"}
    for path in COMPANY.rglob("*.*"):
        names = re.findall(rf"([\w.+-]+)@{re.escape(DOMAIN)}", path.read_text(encoding="utf-8"))
        assert set(names) - known == set(), path


def test_pages_are_owned_by_people_and_dated() -> None:
    for page in handbook_pages():
        head = front_matter(page)
        if not head:
            continue
        assert head["owner"] in people().values(), page
        written = head.get("last_reviewed") or head["date"]
        assert isinstance(written, date), page
        assert written <= TODAY.date(), page


def test_superseded_pages_and_their_successors_name_each_other() -> None:
    superseded = [p for p in handbook_pages() if front_matter(p).get("status") == "superseded"]

    assert len(superseded) >= 3
    for page in superseded:
        successor = page.parent / front_matter(page)["superseded_by"]
        assert front_matter(successor)["supersedes"] == page.name


def test_links_between_pages_lead_to_pages_and_headings() -> None:
    for page in handbook_pages():
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            if ":" in target:
                continue
            name, _, anchor = target.partition("#")
            linked = (page.parent / name).resolve() if name else page
            assert linked.is_file(), (page, target)
            slugs = map(slug, markdown_headings(linked.read_text(encoding="utf-8")))
            assert not anchor or anchor in slugs, (page, target)


@pytest.mark.parametrize("path", google_docs(), ids=lambda p: p.stem)
def test_indexes_of_google_docs_count_utf16_units_without_gaps(path: Path) -> None:
    for tab in tabs(json.loads(path.read_text(encoding="utf-8"))):
        last = 1
        for paragraph in paragraphs(tab["body"]["content"]):
            first = paragraph["elements"][0]["startIndex"]
            # Between paragraphs only table, row and cell marks take room, one unit each.
            assert last <= first <= last + 4
            for e in paragraph["elements"]:
                text = e["textRun"]["content"] if "textRun" in e else "-"
                assert e["endIndex"] - e["startIndex"] == len(text.encode("utf-16-le")) // 2
            last = paragraph["elements"][-1]["endIndex"]


def test_drive_lists_every_document_and_shared_drives_hide_their_permissions() -> None:
    files = read_json("gdocs/files.json")["files"]
    permissions = read_json("gdocs/permissions.json")

    assert {f["id"] for f in files} == {p.stem for p in google_docs()} == set(permissions)
    for f in files:
        listed = None if "driveId" in f else permissions[f["id"]]["permissions"]
        assert f.get("permissions") == listed, f["name"]


def test_chips_carry_the_name_that_belongs_to_the_address() -> None:
    for path in google_docs():
        for chip in re.findall(r'"personProperties":(\{.*?\})', path.read_text(encoding="utf-8")):
            person = json.loads(chip)
            assert people()[person["email"]] == person["name"]


@pytest.mark.parametrize("repository", ["tallowmere__berthline", "tallowmere__tidekit"])
def test_issues_count_their_comments_and_end_with_the_last_one(repository: str) -> None:
    comments = read_json(f"github/{repository}/comments.json")
    for issue in read_json(f"github/{repository}/issues.json"):
        own = [c for c in comments if c["issue_url"] == issue["url"]]
        assert issue["comments"] == len(own), issue["number"]
        for c in own:
            assert issue["created_at"] < c["created_at"] <= issue["updated_at"], c["url"]
        assert issue["state"] == ("closed" if issue["closed_at"] else "open")


def test_times_in_json_are_utc_in_iso_form() -> None:
    for path in COMPANY.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        for time in re.findall(r'"\w+(?:_at|_on|Time|timestamp)": ?"([^"]*)"', text):
            assert datetime.fromisoformat(time).utcoffset() is not None, (path, time)
