"""What every source must do, whatever it reads: a kit that a source's own tests run.

A source takes part with a World: a place that can be edited, and the source that reads it. The
kit runs it through the real sync loop into a real index, where only the embedder is small.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from index.settings import IndexSettings
from index.store import Index
from index.types import DocId, Revision
from ingest.report import SyncReport
from ingest.settings import IngestSettings
from ingest.source import Change, Checkpoint, Complete, Cursor, Source, Upsert
from ingest.sync import sync
from tests.fakes.embedder import HashEmbedder
from tests.ingest.scripted import whole

SETTINGS = IngestSettings(batch_chunks=1, max_delete_share=1.0)
Shown = Mapping[DocId, frozenset[str]]


class World(Protocol):
    """A place that a source reads, with at least three documents in it."""

    def source(self) -> Source:
        """The source, made anew as after a restart."""
        ...

    def documents(self) -> set[DocId]:
        """What it holds now."""
        ...

    def edit(self) -> DocId:
        """Change the text of one document; gives which."""
        ...

    def delete(self) -> DocId:
        """Delete one document; gives which."""
        ...

    def share(self) -> DocId | None:
        """Let one more person read a document; None where readers are the settings' affair."""
        ...

    def fail_once(self) -> bool:
        """Make the next run fail in the middle; False where nothing can fail."""
        ...

    def make_listing_due(self) -> None:
        """Whatever makes the next run list everything again."""
        ...


MakeWorld = Callable[[], World]


class Killed(Exception):
    """The process died here."""


class Dying:
    """A source whose process dies after a number of changes."""

    def __init__(self, source: Source, after: int) -> None:
        self._source, self._after = source, after

    @property
    def name(self) -> str:
        return self._source.name

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        for number, change in enumerate(self._source.changes(since, known)):
            if number == self._after:
                raise Killed
            yield change


class Kit:
    """One index, and the runs of one world's source over it."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self._embedder = HashEmbedder()
        settings = IndexSettings(data_dir=folder)
        self.index = Index(settings, self._embedder, chunker="test")

    def run(self, source: Source | None = None) -> SyncReport:
        return sync(source or self.world.source(), self.index, chunker=whole, settings=SETTINGS)

    def said(self) -> list[Change]:
        """What the source would say now, without a run."""
        source = self.world.source()
        cursor = self.index.sources.cursor(source.name)
        since = None if cursor is None else Cursor(cursor)
        return list(source.changes(since, self.index.revisions(source.name)))

    def shown(self) -> Shown:
        """Documents with their readers."""
        found = self.index.revisions(self.world.source().name)
        return {doc_id: self.index.readers_of(doc_id) or frozenset() for doc_id in found}

    def close(self) -> None:
        self.index.close()


def undisturbed(make: MakeWorld, folder: Path, edit: Callable[[World], object]) -> Shown:
    """What an index shows after a first run, an edit, and a second run."""
    kit = Kit(make(), folder)
    try:
        kit.run()
        edit(kit.world)
        kit.run()
        return kit.shown()
    finally:
        kit.close()


def check_second_run_says_nothing_new(kit: Kit) -> None:
    first = kit.run()
    assert first.error is None
    assert set(kit.shown()) == kit.world.documents()
    assert first.indexed >= 3, "the world must hold three documents"
    second = kit.run()
    kit.world.make_listing_due()
    third = kit.run()
    for again in (second, third):
        assert (again.indexed, again.deleted, again.embedded, again.error) == (0, 0, 0, None)
    assert third.complete


def check_cursor_comes_last(kit: Kit) -> None:
    changes = kit.said()
    assert isinstance(changes[-1], Checkpoint)
    assert changes.count(Complete()) <= 1


def check_edit_is_one_document(kit: Kit) -> None:
    kit.run()
    doc_id = kit.world.edit()
    assert [c.document.doc_id for c in kit.said() if isinstance(c, Upsert)] == [doc_id]
    assert kit.run().indexed == 1
    assert kit.run().indexed == 0


def check_deleted_document_goes(kit: Kit) -> None:
    kit.run()
    doc_id = kit.world.delete()
    kit.world.make_listing_due()
    before = set(kit.shown())
    kit.run()
    assert before - set(kit.shown()) == {doc_id}
    assert set(kit.shown()) == kit.world.documents()


def check_new_readers_embed_nothing(kit: Kit) -> None:
    kit.run()
    before = kit.shown()
    doc_id = kit.world.share()
    if doc_id is None:
        return
    report = kit.run()
    assert (report.indexed, report.embedded) == (1, 0)
    assert kit.shown()[doc_id] > before[doc_id]


def check_failure_in_the_middle_deletes_nothing(kit: Kit) -> None:
    kit.run()
    before, cursor = kit.shown(), kit.index.sources.cursor(kit.world.source().name)
    kit.world.edit()
    kit.world.make_listing_due()
    if not kit.world.fail_once():
        return
    report = kit.run()
    assert report.error is not None
    assert not report.complete
    assert set(kit.shown()) == set(before)
    assert kit.index.sources.cursor(kit.world.source().name) == cursor
    assert kit.run().error is None


def check_listing_proves_itself(kit: Kit) -> None:
    """Who says Complete has named everything that the index knows of it."""
    kit.run()
    kit.world.make_listing_due()
    changes = kit.said()
    named = {_doc_id(change) for change in changes} - {None}
    assert Complete() not in changes or set(kit.shown()) <= named


def check_death_anywhere_is_made_good(make: MakeWorld, folder: Path) -> None:
    def edits(world: World) -> None:
        world.edit()
        world.delete()
        world.share()
        world.make_listing_due()

    expected = undisturbed(make, folder / "undisturbed", edits)
    for after in range(_length(make, folder / "count", edits) + 1):
        kit = Kit(make(), folder / f"after{after}")
        try:
            _run_and_die(kit, after)
            kit.run()
            edits(kit.world)
            _run_and_die(kit, after)
            kit.run()
            assert kit.shown() == expected, f"died after {after} changes"
        finally:
            kit.close()


def _run_and_die(kit: Kit, after: int) -> None:
    try:
        kit.run(Dying(kit.world.source(), after))
    except Killed:
        return


def _length(make: MakeWorld, folder: Path, edit: Callable[[World], object]) -> int:
    kit = Kit(make(), folder)
    try:
        first = len(kit.said())
        kit.run()
        edit(kit.world)
        return max(first, len(kit.said()))
    finally:
        kit.close()


def _doc_id(change: Change) -> DocId | None:
    if isinstance(change, Upsert):
        return change.document.doc_id
    return getattr(change, "doc_id", None)


EACH: tuple[Callable[[Kit], None], ...] = (
    check_second_run_says_nothing_new,
    check_cursor_comes_last,
    check_edit_is_one_document,
    check_deleted_document_goes,
    check_new_readers_embed_nothing,
    check_failure_in_the_middle_deletes_nothing,
    check_listing_proves_itself,
)
"""Checks of one index; `check_death_anywhere_is_made_good` makes its own."""
