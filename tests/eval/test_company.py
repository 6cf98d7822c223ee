"""The sample company's documents, permissions and questions fit together."""

import json
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from eval.places import resolve
from eval.sets.checking import check
from tests.eval.company import (
    COMPANY,
    DOMAIN,
    TODAY,
    CompanyDocuments,
    answerable,
    company,
    documents,
    front_matter,
    google_docs,
    handbook_pages,
    markdown_headings,
    paragraphs,
    people,
    questions,
    read_json,
    slug,
    tabs,
)

SHARED_ADDRESSES = {"security", "privacy", "trials+name"}
REQUIRED_TAGS = {"how-to", "fact", "why", "who-owns", "multi-document", "superseded"}
REQUIRED_TAGS |= {"comment-only", "table", "code", "near-miss", "no-access"}


def test_the_set_is_sound_over_the_documents_that_the_connectors_make() -> None:
    assert check(company(), CompanyDocuments()) == []


def test_every_judgement_names_a_place_and_every_place_is_found() -> None:
    for q in questions():
        for judgement in q.judgements:
            document = documents()[judgement.document]
            place = resolve(judgement, document)
            assert place is not None, (q.query_id, judgement)
            assert place.of(document.text) == judgement.quote, (q.query_id, judgement)


def test_questions_differ_in_more_than_signs() -> None:
    words = Counter(" ".join(re.findall(r"\w+", q.text.lower())) for q in questions())
    assert [w for w, n in words.items() if n > 1] == []


def test_questions_are_not_copied_from_headings() -> None:
    headings = {
        " ".join(re.findall(r"\w+", name.lower()))
        for document in documents().values()
        for section in document.sections
        for name in section.headings
    }
    asked = {" ".join(re.findall(r"\w+", q.text.lower())) for q in questions()}
    assert asked & headings == set()


def test_there_are_enough_questions_of_every_kind() -> None:
    tags = Counter(tag for q in questions() for tag in q.tags)
    sources = Counter(
        source
        for q in answerable()
        for source in {one.document.partition(":")[0] for one in q.judgements}
    )

    assert len(questions()) >= 130
    assert sources["handbook"] >= 60
    assert min(sources["drive"], sources["tracker"]) >= 20
    assert {tag for tag in REQUIRED_TAGS if tags[tag] < 10} == set()


def test_a_quarter_is_unanswerable_and_half_of_that_only_just() -> None:
    without = [q for q in questions() if not q.answerable and "no-access" not in q.tags]
    near = [q for q in without if "near-miss" in q.tags]

    assert 0.2 <= sum(not q.answerable for q in questions()) / len(questions()) <= 0.3
    assert 0.4 <= len(near) / len(without) <= 0.6


def test_unanswerable_questions_have_no_judgements_and_answerable_ones_do() -> None:
    for q in questions():
        graded = any(one.grade == 2 for one in q.judgements)
        assert (graded, bool(q.answers)) == (q.answerable, q.answerable), q.query_id
        assert {one.grade for one in q.judgements} <= {1, 2}, q.query_id


def test_every_answer_stands_in_a_relevant_document() -> None:
    for q in answerable():
        text = " ".join(documents()[one.document].text for one in q.judgements)
        plain = re.sub(r"[*`]", "", text).lower()
        assert [a for a in q.answers if re.sub(r"[*`]", "", a).lower() not in plain] == [], q


def test_answers_to_comment_only_questions_are_not_in_the_issue_itself() -> None:
    for q in questions():
        if "comment-only" not in q.tags:
            continue
        for one in q.judgements:
            if one.grade == 2 and one.document.startswith("tracker:"):
                document = documents()[one.document]
                place = resolve(one, document)
                assert place is not None
                comments = [s for s in document.sections if s.anchor.startswith("issuecomment-")]
                assert comments, q.query_id
                assert place.start >= comments[0].span.start, q.query_id


def test_what_is_hidden_is_there_and_a_matter_of_access() -> None:
    for q in questions():
        assert bool(q.hidden) == ("no-access" in q.tags), q.query_id
        assert all(documents()[document].text for document in q.hidden), q.query_id


def test_groups_are_those_that_the_directory_lists() -> None:
    listed = read_json("gdocs/groups.json")
    members = {group: [m["email"] for m in of["members"]] for group, of in listed.items()}

    assert read_json("groups.json") == members
    assert any(set(those) & set(members) for those in members.values()), "none is nested"


def test_askers_are_in_the_groups_of_their_groups() -> None:
    asker = next(q for q in questions() if q.asked_by.startswith("nadia."))

    assert asker.principal is not None
    assert {"keel@tallowmere.example", "engineering@tallowmere.example"} <= asker.principal.groups


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
