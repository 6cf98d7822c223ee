"""The held-out company's documents and questions fit together."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from eval.sets.checking import check
from eval.sets.reading import read_set
from eval.topics import Topic
from index.access import PUBLIC
from index.types import DocId, Document
from ingest.settings import DocsRepoSettings
from ingest.source import Upsert
from ingest.sources.docs_repo import DocsRepo
from ingest.sources.github_layout import Layout, Place
from ingest.sources.github_mirror import Stored
from tests.eval.company import CompanyDocuments
from tests.eval.company import questions as of_the_sample
from tests.fakes import github_shapes as shapes
from tests.fakes.company import HELDOUT


@cache
def documents() -> dict[str, Document]:
    """All of them, as the connectors make them, by id."""
    settings = DocsRepoSettings(kind="docs_repo", path=HELDOUT / "handbook")
    changes = DocsRepo("handbook", settings, HELDOUT).changes(None, {})
    pages = [change.document for change in changes if isinstance(change, Upsert)]
    return {document.doc_id: document for document in [*pages, *_tracker()]}


def _tracker() -> Iterator[Document]:
    for folder in sorted((HELDOUT / "github").iterdir()):
        name = folder.name.replace("__", "/")
        issues = json.loads((folder / "issues.json").read_text(encoding="utf-8"))
        comments = json.loads((folder / "comments.json").read_text(encoding="utf-8"))
        for issue in (shapes.issue(name, given) for given in issues):
            said = [shapes.comment(name, c) for c in comments if c["issue_url"] == issue["url"]]
            assert len(said) == issue["comments"], issue["url"]
            stored = Stored(issue["number"], json.dumps(issue), tuple(map(json.dumps, said)))
            place = Place(
                "tracker",
                DocId(f"tracker:{name}/issues/{issue['number']}"),
                frozenset({PUBLIC}),
            )
            yield Layout().document(stored, place)


@cache
def questions() -> tuple[Topic, ...]:
    return read_set(HELDOUT).topics


def test_the_set_is_sound_over_the_documents_that_the_connectors_make() -> None:
    assert check(read_set(HELDOUT), CompanyDocuments(documents())) == []


def test_every_answer_stands_in_a_judged_place() -> None:
    for q in questions():
        quotes = re.sub(r"[*`_]", "", " ".join(j.quote or "" for j in q.judgements)).lower()
        answers = [re.sub(r"[*`_]", "", answer).lower() for answer in q.answers]
        assert bool(answers) == q.answerable, q.query_id
        assert [answer for answer in answers if answer not in quotes] == [], q.query_id


def test_every_document_is_asked_about() -> None:
    asked = Counter(j.document for q in questions() for j in q.judgements)

    assert len(documents()) == 114
    assert len([d for d in documents() if asked[d]]) > 100


def test_a_quarter_is_unanswerable_and_says_which_kind() -> None:
    without = [q for q in questions() if not q.answerable]

    assert len(without) * 4 == len(questions())
    assert all(len({"near-miss", "absent"} & set(q.tags)) == 1 for q in without)


def test_nothing_of_it_is_asked_of_the_sample_company() -> None:
    def words(of: tuple[Topic, ...]) -> set[str]:
        return {" ".join(re.findall(r"\w+", q.text.lower())) for q in of}

    assert len(words(questions())) == len(questions())
    assert words(questions()) & words(of_the_sample()) == set()
