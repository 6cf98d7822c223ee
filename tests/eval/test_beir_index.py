"""A BEIR corpus is indexed as the product would, once, and used again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.beir_index import BeirCorpus, doc_id, open_beir_index, set_id
from eval.errors import BrokenSet
from eval.sets.checking import check
from eval.sets.reading import read_set
from index.access import visible_to
from index.errors import IndexLocked
from index.settings import IndexSettings
from index.types import DocId, Document
from ingest.report import Progress
from ingest.source import Cursor, Skip, Upsert
from tests.fakes.embedder import HashEmbedder
from tests.ingest.conformance import EACH, Kit, check_death_anywhere_is_made_good

PUBLIC = visible_to(None)
LINES: list[dict[str, object]] = [
    {"_id": "a#1", "title": "Leave", "text": "Thirty days of leave."},
    {"_id": "b c", "title": "Trains", "text": "Second class is fine."},
    {"_id": "d", "title": "Hotels", "text": "No more than 150 EUR."},
]


def write(folder: Path, *lines: dict[str, object], meta: object = None) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    text = "".join(f"{json.dumps(line)}\n" for line in lines or LINES)
    (folder / "corpus.jsonl").write_text(text, "utf-8")
    if meta is not None:
        (folder / "meta.json").write_text(json.dumps(meta), "utf-8")
    return folder


def documents(folder: Path) -> dict[str, Document]:
    changes = BeirCorpus(folder).changes(None, {})
    return {set_id(c.document.doc_id): c.document for c in changes if isinstance(c, Upsert)}


def document(folder: Path, meta: object = None, **line: object) -> Document:
    return documents(write(folder, {"_id": "x", "text": "text", **line}, meta=meta)).popitem()[1]


class Opening:
    """Opens indexes in one cache, with a model that tells what it embedded."""

    def __init__(self, cache: Path) -> None:
        self.cache, self.embedder = cache, HashEmbedder()
        self.progress: list[Progress] = []

    def __call__(self, folder: Path, **settings: object) -> set[str]:
        """Ids of the documents in the index, which is closed again."""
        given = IndexSettings(data_dir=self.cache / "elsewhere").model_copy(update=settings)
        self.embedder.embedded.clear()
        with open_beir_index(
            folder, given, self.embedder, cache=self.cache, progress=self.progress.append
        ) as index:
            return {set_id(one.doc_id) for one in index.documents(visible_to=PUBLIC)}

    @property
    def kept(self) -> int:
        return len(list(self.cache.iterdir()))


@pytest.fixture
def opening(tmp_path: Path) -> Opening:
    return Opening(tmp_path / "cache")


def test_ids_go_there_and_back() -> None:
    assert doc_id("beir:a b") == "beir:beir:a b"
    assert set_id(doc_id("beir:a b")) == "beir:a b"


def test_everything_is_in_the_index_and_public(tmp_path: Path, opening: Opening) -> None:
    assert opening(write(tmp_path / "set")) == {"a#1", "b c", "d"}
    assert opening.progress[-1].listed == 3


def test_the_index_is_made_once(tmp_path: Path, opening: Opening) -> None:
    folder = write(tmp_path / "set")
    opening(folder)
    opening.progress.clear()

    assert opening(folder) == {"a#1", "b c", "d"}
    assert (opening.embedder.embedded, opening.progress, opening.kept) == ([], [], 1)


def test_the_same_corpus_elsewhere_has_the_same_index(tmp_path: Path, opening: Opening) -> None:
    opening(write(tmp_path / "set"))
    opening(write(tmp_path / "copy"))

    assert (opening.embedder.embedded, opening.kept) == ([], 1)


@pytest.mark.parametrize("settings", [{"chunk_tokens": 40}, {"stemming": False}])
def test_other_settings_have_another_index(
    tmp_path: Path, opening: Opening, settings: dict[str, object]
) -> None:
    folder = write(tmp_path / "set")
    opening(folder)

    assert opening(folder, **settings) == {"a#1", "b c", "d"}
    assert opening.kept == 2


def test_another_model_corpus_or_markup_has_another_index(tmp_path: Path, opening: Opening) -> None:
    opening(write(tmp_path / "set"))
    opening(write(tmp_path / "set", meta={"markup": "markdown"}))
    opening(write(tmp_path / "set", *LINES[:2]))
    opening.embedder = HashEmbedder(dimension=32)
    opening(tmp_path / "set")

    assert opening.kept == 4


def test_a_build_that_died_is_finished(tmp_path: Path, opening: Opening) -> None:
    folder = write(tmp_path / "set")

    def die(progress: Progress) -> None:
        if progress.listed == 2:
            raise KeyboardInterrupt

    settings = IndexSettings(data_dir=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        open_beir_index(folder, settings, HashEmbedder(), cache=opening.cache, progress=die)

    assert opening(folder) == {"a#1", "b c", "d"}
    assert opening.kept == 1


def test_one_at_a_time_has_an_index_open(tmp_path: Path, opening: Opening) -> None:
    folder = write(tmp_path / "set")
    settings = IndexSettings(data_dir=tmp_path)
    with (
        open_beir_index(folder, settings, HashEmbedder(), cache=opening.cache),
        pytest.raises(IndexLocked),
    ):
        opening(folder)


def test_a_corpus_that_cannot_be_read_is_refused(tmp_path: Path, opening: Opening) -> None:
    with pytest.raises(BrokenSet, match=r"corpus\.jsonl"):
        opening(tmp_path / "nowhere")
    with pytest.raises(BrokenSet, match=r"corpus\.jsonl:2"):
        opening(write(tmp_path / "set", LINES[0], LINES[0]))
    opening(write(tmp_path / "set"))  # the lock was let go


def test_text_and_title_are_those_of_the_corpus(tmp_path: Path) -> None:
    made = document(tmp_path, title=" Leave ", text="Thirty\n\ndays\n")
    assert (made.title, made.text, made.readers) == ("Leave", "Thirty\n\ndays\n", {"public"})


def test_a_title_that_is_the_first_line_is_said_once(tmp_path: Path) -> None:
    assert (
        document(tmp_path, title="Leave", text="Leave\n\n\n  Thirty days").text == "  Thirty days"
    )


@pytest.mark.parametrize("text", ["Leave is thirty days.", "Leave", "# Leave\n\nThirty days."])
def test_a_text_that_only_begins_like_its_title_is_left_alone(tmp_path: Path, text: str) -> None:
    assert document(tmp_path, title="Leave", text=text).text == text


def test_a_document_that_is_only_a_title_can_be_found(tmp_path: Path, opening: Opening) -> None:
    folder = write(tmp_path / "set", {"_id": "x", "title": "Leave", "text": " \n"}, *LINES[1:])
    assert "x" in opening(folder)


def test_a_document_without_a_word_is_skipped(tmp_path: Path, opening: Opening) -> None:
    folder = write(tmp_path / "set", {"_id": "x", "title": "", "text": "\n"}, *LINES)

    assert Skip(doc_id("x"), "empty", frozenset({"public"})) in BeirCorpus(folder).changes(None, {})
    assert opening(folder) == {"a#1", "b c", "d"}


@pytest.mark.parametrize(
    ("line", "markup"),
    [
        ({}, "text"),
        ({"_id": "docs/a.md#L3"}, "markdown"),
        ({"_id": "docs/a.mdx"}, "markdown"),
        ({"_id": "x", "metadata": {"path": "docs/a.html.md.erb"}}, "markdown"),
        ({"_id": "x.md", "metadata": {"path": "a.rst"}}, "rst"),
        ({"_id": "notes.txt"}, "text"),
        ({"metadata": {"url": "https://github.com/o/r/issues/3"}}, "markdown"),
        ({"metadata": {"url": "https://github.com/o/r/discussions/3#x"}}, "markdown"),
        ({"metadata": {"url": "https://github.com/o/r"}}, "text"),
        ({"metadata": {"url": None, "path": 3}}, "text"),
    ],
)
def test_markup_is_told_by_path_or_by_where_it_was_written(
    tmp_path: Path, line: dict[str, object], markup: str
) -> None:
    assert document(tmp_path, **line).markup == markup


def test_markup_can_be_said_for_the_whole_corpus(tmp_path: Path) -> None:
    made = document(tmp_path, meta={"markup": "rst", "name": "x"}, _id="a.md")
    assert made.markup == "rst"


def test_all_pieces_of_a_file_have_its_markup(tmp_path: Path) -> None:
    pieces = [{"_id": "a.txt#1", "text": ".. note:: Ask."}, {"_id": "a.txt#2", "text": "Plain."}]
    made = documents(write(tmp_path, *pieces))
    assert {one.markup for one in made.values()} == {"rst"}


def test_headings_inside_a_text_are_headings(tmp_path: Path) -> None:
    made = document(tmp_path, _id="a.md", title="T", text="Intro.\n\n## Part\n\nMore.\n")
    assert [s.headings for s in made.sections] == [(), ("Part",)]


def test_a_set_can_be_checked_without_an_index(tmp_path: Path) -> None:
    folder = write(tmp_path / "set")
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "leave?"}\n', "utf-8")
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta#1\t1\n", "utf-8")

    assert check(read_set(folder), BeirCorpus(folder), doc_id) == []
    assert len(check(read_set(folder), BeirCorpus(folder))) == 1


class BeirWorld:
    """A corpus that can be edited."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lines = folder, [dict(line) for line in LINES]
        self._save()

    def source(self) -> BeirCorpus:
        return BeirCorpus(self._folder, Cursor("done"))

    def documents(self) -> set[DocId]:
        return {doc_id(str(line["_id"])) for line in self._lines}

    def edit(self) -> DocId:
        self._lines[0]["text"] = f"{self._lines[0]['text']} And one more."
        return self._save()

    def delete(self) -> DocId:
        gone = self._lines.pop()
        self._save()
        return doc_id(str(gone["_id"]))

    def share(self) -> None:
        return None

    def fail_once(self) -> bool:
        return False

    def make_listing_due(self) -> None:
        pass

    def _save(self) -> DocId:
        write(self._folder, *self._lines)
        return doc_id(str(self._lines[0]["_id"]))


@pytest.mark.parametrize("check", EACH, ids=lambda check: check.__name__)
def test_the_corpus_is_a_source_like_any_other(
    tmp_path: Path, check: Callable[[Kit], None]
) -> None:
    kit = Kit(BeirWorld(tmp_path / "corpus"), tmp_path / "index")
    try:
        check(kit)
    finally:
        kit.close()


@pytest.mark.slow
def test_death_anywhere_is_made_good(tmp_path: Path) -> None:
    worlds = iter(range(100))
    check_death_anywhere_is_made_good(
        lambda: BeirWorld(tmp_path / f"corpus{next(worlds)}"), tmp_path / "indexes"
    )
