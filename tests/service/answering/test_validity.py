from dataclasses import replace
from datetime import UTC, datetime

import pytest

from index.access import Principal, VisibleTo, visible_to
from index.types import DocId, Document
from service.answering.types import Nearest, Validity
from service.answering.validity import validity_of, worded
from tests.service.answering.desk import ANYBODY, make_document

INGRID = visible_to(Principal("ingrid@example.com"))


class Shelf:
    """Documents by id, for who may read them; remembers what was looked up."""

    def __init__(self, *documents: Document) -> None:
        self.documents = {document.doc_id: document for document in documents}
        self.asked: list[DocId] = []

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        self.asked.append(doc_id)
        found = self.documents.get(doc_id)
        return found if found and visible_to.admits(found.readers) else None


def page(text: str, name: str = "adr/0001-a.md", status: str = "", **more: str) -> Document:
    return replace(make_document(text, name=name, **more), status=status)


def issue(text: str, status: str, number: int = 12) -> Document:
    return replace(page(text, status=status), doc_id=DocId(f"tracker:o/r/issues/{number}"))


def validity(document: Document, *others: Document, who: VisibleTo = ANYBODY) -> Validity | None:
    return validity_of(document, Shelf(document, *others), visible_to=who)


def state(document: Document) -> str | None:
    found = validity(document)
    return found.state if found else None


NEW = page("---\ndate: 2023-06-12\n---\n# B\n\nNew.", "adr/0002-b.md", "accepted")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("superseded", "superseded"),
        ("Superceded by 0002", "superseded"),
        ("deprecated", "deprecated"),
        ("archived", "archived"),
        ("rejected", "rejected"),
        ("closed as not planned", "not_planned"),
        ("closed as duplicate", "superseded"),
        ("closed as outdated", "outdated"),
        ("current", None),
        ("accepted", None),
        ("draft", None),
        ("proposed", None),
        ("open", None),
        ("closed", None),
        ("not deprecated", None),
        ("to be superseded", None),
    ],
)
def test_status_word_says_whether_it_holds(status: str, expected: str | None) -> None:
    assert state(page("# A\n\nText.", status=status)) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Jobs (deprecated)", "deprecated"),
        ("[archived] Jobs", "archived"),
        ("OLD: Jobs", "archived"),
        ("Jobs - superseded", "superseded"),
        ("How we replaced Redis", None),
        ("Deprecated functions and what to use", None),
        ("The old harbour", None),
    ],
)
def test_title_counts_only_where_the_mark_is_set_apart(title: str, expected: str | None) -> None:
    assert state(page(f"# {title}\n\nText.")) == expected


def test_page_in_an_archive_is_archived_unless_its_status_says_it_holds() -> None:
    assert state(page("# A\n\nText.", "docs/archive/a.md")) == "archived"
    assert state(page("# A\n\nText.", "docs/archive/a.md", "current")) is None
    assert state(page("# A\n\nText.", "docs/archive.md")) is None


@pytest.mark.parametrize(
    "text",
    [
        "# A\n\nStatus: Superseded by [2](0002-b.md)\n",
        "# A\n\n* **Status**: superseded by [2](0002-b.md)\n",
        "# A\n\n## Status\n\nSuperceded by [2. B](0002-b.md)\n",
        "# A\n\n> Superseded by [0002](0002-b.md).\n",
        "# A\n\nStatus: Superseded by 0002\n\nSee [that](0002-b.md).\n",
        "# A\n\nReplaced by 0002-b.md\n",
        "---\nsuperseded_by: 0002-b.md\nstatus: superseded\n---\n# A\n\n> Superseded.\n",
    ],
)
def test_record_names_what_took_its_place(text: str) -> None:
    found = validity(page(text), NEW)

    assert found
    assert found.by
    assert (found.state, found.by.title) == ("superseded", "B")
    assert found.since == datetime(2023, 6, 12, tzinfo=UTC)


def test_sentence_about_something_else_is_no_state() -> None:
    text = "# A\n\nThe old queue was replaced by [jobs](0002-b.md). Superseded records stay.\n"

    assert validity(page(text), NEW) is None


def test_day_that_is_said_goes_before_the_day_of_the_new_one() -> None:
    found = validity(page("# A\n\n> Superseded by [2](0002-b.md) on 3 May 2025.\n"), NEW)

    assert found
    assert found.since == datetime(2025, 5, 3, tzinfo=UTC)


def test_successor_whom_this_person_may_not_read_is_not_named_nor_dated() -> None:
    hidden = replace(NEW, readers=frozenset({"user:ingrid@example.com"}))
    old = page("# A\n\n> Superseded by [2](0002-b.md).\n")

    assert validity(old, hidden) == Validity("superseded")
    mine = validity(old, hidden, who=INGRID)
    assert mine
    assert mine.by
    assert mine.by.title == "B"


def test_chain_leads_to_its_end() -> None:
    middle = page("# B\n\nStatus: superseded by [3](../0003-c.md)\n", "adr/0002-b.md")
    last = page("# C\n\nText.", "0003-c.md")

    found = validity(page("# A\n\nStatus: superseded by [2](0002-b.md)\n"), middle, last)

    assert found
    assert found.by
    assert found.by.title == "C"


def test_records_that_replace_each_other_do_not_hang() -> None:
    other = page("# B\n\nStatus: superseded by [1](0001-a.md)\n", "adr/0002-b.md")

    found = validity(page("# A\n\nStatus: superseded by [2](0002-b.md)\n"), other)

    assert found
    assert found.by
    assert found.by.title == "B"


def test_record_that_replaces_itself_names_nothing() -> None:
    found = validity(page("# A\n\nStatus: superseded by [1](0001-a.md)\n"))

    assert found == Validity("superseded")


def test_link_out_of_the_source_leads_nowhere() -> None:
    old = page("# A\n\nStatus: superseded by [2](../../../etc/b.md)\n")

    assert validity(old) == Validity("superseded")


def test_duplicate_issue_leads_to_the_one_that_its_closing_comment_names() -> None:
    text = "# Report (#12)\n\nClosed as duplicate on 2026-01-12.\n\n## Closing\n\nSame as #7.\n"
    seven = issue("# Slow report (#7)\n\nText.", "open", 7)

    found = validity(issue(text, "closed as duplicate"), seven)

    assert found
    assert found.by
    assert found.by.doc_id == "tracker:o/r/issues/7"
    assert found.since == datetime(2026, 1, 12, tzinfo=UTC)


def test_document_that_holds_costs_no_look_up() -> None:
    shelf = Shelf(NEW)

    assert validity_of(NEW, shelf, visible_to=ANYBODY) is None
    assert shelf.asked == []


def test_validity_is_worded_for_people() -> None:
    by = Nearest(DocId("docs:b"), "Travel policy", (), "", None, ())
    day = datetime(2025, 5, 3, tzinfo=UTC)

    assert worded(Validity("superseded", day, by)) == "superseded on 3 May 2025 by “Travel policy”"
    assert worded(Validity("superseded")) == "superseded"
    assert worded(Validity("archived", day)) == "archived on 3 May 2025"
    assert worded(Validity("not_planned", day)) == "closed as not planned on 3 May 2025"
    assert (
        worded(Validity("outdated", day, by))
        == "outdated since 3 May 2025: “Travel policy” is newer and says otherwise"
    )
