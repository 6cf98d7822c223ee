"""Put, replace, delete, purge: what a person sees afterwards, and what was embedded for it."""

from pathlib import Path

import pytest

from index.access import PUBLIC
from index.catalog import Item
from index.store import Index
from index.types import ChunkDraft, DocId, Revision, Section, Span
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import (
    ADA,
    ANYBODY,
    FOR_ADA,
    contents,
    document,
    item,
    matching,
    nearest,
    open_index,
    texts,
)

LEAVE = item("leave", "Leave is thirty days a year.\n\nAsk your lead for leave in advance.")


def files_with(folder: Path, word: bytes) -> list[str]:
    return [f.name for f in folder.rglob("*") if f.is_file() and word in f.read_bytes().lower()]


def test_new_document_is_found_by_both_legs(index: Index) -> None:
    index.put([LEAVE, item("menu", "Soup of the day")])

    assert texts(nearest(index, "thirty days of leave", limit=1)) == [
        "Leave is thirty days a year."
    ]
    assert texts(matching(index, "leads")) == ["Ask your lead for leave in advance."]


def test_chunk_is_a_slice_of_its_document(index: Index) -> None:
    index.put([LEAVE])
    (chunk,) = matching(index, "advance")
    whole = index.document(chunk.doc_id, visible_to=ANYBODY)

    assert whole == LEAVE[0]
    assert chunk.span.of(whole.text) == chunk.text
    assert chunk.lines == (3, 3)


def test_document_comes_back_as_it_was_put(index: Index) -> None:
    index.put([LEAVE])

    assert index.document(DocId("notes:leave"), visible_to=ANYBODY) == LEAVE[0]


def test_neighbours_come_in_reading_order(index: Index) -> None:
    index.put([item("abc", "a first\n\nb second\n\nc third\n\nd fourth")])
    (second,) = matching(index, "second")

    assert texts(index.neighbours(second, 1, visible_to=ANYBODY)) == [
        "a first",
        "b second",
        "c third",
    ]


def test_replaced_text_is_found_no_more(index: Index) -> None:
    index.put([item("leave", "thirty days")])
    index.put([item("leave", "forty weeks")])

    assert texts(nearest(index, "thirty days")) == ["forty weeks"]
    assert matching(index, "thirty") == []


def test_of_a_document_named_twice_the_last_one_counts(index: Index) -> None:
    index.put([item("leave", "thirty days"), item("leave", "forty weeks")])

    assert contents(index) == {"leave": "forty weeks"}
    assert texts(nearest(index, "thirty days")) == ["forty weeks"]
    assert index.check() == []


def test_document_without_chunks_is_listed_and_not_found(index: Index) -> None:
    index.put([item("empty", "")])

    assert contents(index) == {"empty": ""}
    assert nearest(index, "empty") == []


def test_putting_nothing_is_nothing(index: Index) -> None:
    assert index.put([]).documents == 0
    assert index.check() == []


def test_deleted_document_is_seen_no_more(index: Index) -> None:
    index.put([LEAVE])

    assert index.delete([DocId("notes:leave")]) == 1
    assert contents(index) == {}
    assert nearest(index, "leave") == matching(index, "leave") == []
    assert index.check() == []


def test_deleting_what_is_not_there_counts_nothing(index: Index) -> None:
    index.put([LEAVE])

    assert index.delete([DocId("notes:other"), DocId("notes:leave"), DocId("notes:leave")]) == 1
    assert index.delete([DocId("notes:leave")]) == 0


def test_deleted_document_comes_back_without_embedding(
    index: Index, embedder: HashEmbedder
) -> None:
    index.put([LEAVE])
    index.delete([DocId("notes:leave")])
    before = len(embedder.embedded)

    assert index.put([LEAVE]).embedded == 0
    assert len(embedder.embedded) == before
    assert len(nearest(index, "leave")) == 2


def test_only_the_changed_chunk_is_embedded_again(index: Index, embedder: HashEmbedder) -> None:
    index.put([item("leave", "thirty days\n\nask early")])
    index.put([item("leave", "thirty days\n\nask late")])

    assert embedder.embedded == ["leave\nthirty days", "leave\nask early", "leave\nask late"]


def test_same_text_in_one_put_is_embedded_once(index: Index, embedder: HashEmbedder) -> None:
    report = index.put([item("leave", "same words\n\nsame words")])

    assert (report.documents, report.chunks, report.embedded) == (1, 2, 1)
    assert embedder.embedded == ["leave\nsame words"]


def test_change_of_readers_embeds_nothing(index: Index, embedder: HashEmbedder) -> None:
    index.put([item("leave", "thirty days", [PUBLIC])])
    before = list(embedder.embedded)

    assert index.put([item("leave", "thirty days", [FOR_ADA])]).embedded == 0
    assert embedder.embedded == before
    assert contents(index) == {}
    assert contents(index, ADA) == {"leave": "thirty days"}
    assert index.readers_of(DocId("notes:leave")) == frozenset({FOR_ADA})


def test_opening_again_embeds_nothing(tmp_path: Path, embedder: HashEmbedder) -> None:
    with open_index(tmp_path) as first:
        first.put([LEAVE])
    with open_index(tmp_path, embedder) as second:
        found = second.nearest(HashEmbedder().embed_query("x"), visible_to=ANYBODY, limit=5)

    assert len(found) == 2
    assert embedder.embedded == []


def test_revisions_are_those_of_shown_documents_of_the_source(index: Index) -> None:
    index.put([item("a", "one", revision="r1"), item("b", "two", revision="r2")])
    index.delete([DocId("notes:b")])

    assert index.revisions("notes") == {DocId("notes:a"): Revision("r1")}
    assert index.revisions("other") == {}


def test_chunk_ids_are_never_used_twice(index: Index) -> None:
    index.put([item("a", "one word")])
    (before,) = matching(index, "word")
    index.delete([DocId("notes:a")])
    index.purge()
    index.put([item("b", "one word")])
    (after,) = matching(index, "word")

    assert after.chunk_id > before.chunk_id


def test_text_with_a_nul_character_is_kept_whole(index: Index) -> None:
    index.put([item("odd", "before\0after and more")])

    assert contents(index) == {"odd": "before\0after and more"}
    assert index.check() == []


def test_purge_leaves_the_text_in_no_file(tmp_path: Path) -> None:
    with open_index(tmp_path, keep_deleted_days=0) as index:
        index.put([item("plan", "Project Zanzibar begins"), item("menu", "Soup of the day")])
        index.put([item(f"page{n}", f"Page number {n}") for n in range(20)])
        assert files_with(tmp_path, b"zanzibar")
        index.delete([DocId("notes:plan")])

        assert index.purge() == 1
        assert files_with(tmp_path, b"zanzibar") == []
        assert texts(matching(index, "soup")) == ["Soup of the day"]
        assert index.check() == []
    assert files_with(tmp_path, b"zanzibar") == []


def test_purge_keeps_what_was_deleted_lately(tmp_path: Path, embedder: HashEmbedder) -> None:
    with open_index(tmp_path, embedder, keep_deleted_days=7) as index:
        index.put([LEAVE])
        index.delete([DocId("notes:leave")])

        assert index.purge() == 0
        assert index.put([LEAVE]).embedded == 0


def test_purge_forgets_vectors_that_no_chunk_uses(tmp_path: Path, embedder: HashEmbedder) -> None:
    with open_index(tmp_path, embedder, keep_deleted_days=0) as index:
        index.put([LEAVE, item("menu", "soup")])
        index.delete([DocId("notes:leave")])
        index.purge()

        assert index.put([item("menu", "soup"), LEAVE]).embedded == 2


def test_cursor_and_report_survive_closing(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        assert index.sources.cursor("notes") is None
        index.sources.save_cursor("notes", "abc")
        index.sources.save_report("notes", "{}")
    with open_index(tmp_path) as index:
        assert index.sources.cursor("notes") == "abc"
        assert index.sources.reports() == {"notes": "{}"}


def test_stats_count_what_is_shown(index: Index) -> None:
    index.put([LEAVE, item("menu", "soup")])
    index.delete([DocId("notes:menu")])
    stats = index.stats()

    assert (stats["documents"], stats["chunks"]) == (1, 2)
    assert stats["sources"] == {"notes": {"documents": 1, "chunks": 2}}
    assert stats["bytes"] > 0


def test_broken_item_leaves_everything_as_it_was(index: Index) -> None:
    index.put([LEAVE])
    whole = document("menu", "soup")
    broken: Item = (whole, [ChunkDraft(7, Span(0, 4), "soup")])
    with pytest.raises(IndexError):
        index.put([item("leave", "forty weeks"), broken])

    assert contents(index) == {"leave": LEAVE[0].text}
    index.put([item("menu", "soup")])
    assert index.check() == []


def test_sections_and_their_places_come_back(index: Index) -> None:
    whole, _ = item("page", "# A\ntext one\n")
    sections = (Section(("A",), Span(0, len(whole.text)), "https://example.com/page#a", "a"),)
    changed = document("page", whole.text)
    changed = type(changed)(
        **{f: getattr(changed, f) for f in changed.__slots__} | {"sections": sections}
    )
    index.put([(changed, [ChunkDraft(0, Span(4, 12), "text one")])])
    (chunk,) = matching(index, "text")

    assert (chunk.headings, chunk.url) == (("A",), "https://example.com/page#a")
