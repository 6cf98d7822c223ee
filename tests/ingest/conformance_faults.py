"""The rest of the conformance kit: documents in order, and worlds in which things go wrong."""

from collections.abc import Callable
from typing import Protocol

from index.types import DocId, Section
from ingest.source import Upsert
from tests.ingest.conformance import Kit, World


class FaultyWorld(World, Protocol):
    """A world that can go wrong in the ways that its source may meet."""

    def share_all(self) -> None:
        """Change by the settings who may read every document."""
        ...

    def spoil(self) -> DocId:
        """Make one document impossible to read; gives which."""
        ...

    def mend(self) -> None:
        """Make it readable again, with other words than before."""
        ...

    def cut(self) -> None:
        """Keep a part of the listing from the source until the end."""
        ...


def check_documents_are_in_order(kit: Kit) -> None:
    """Ids and addresses are there; sections partition the text, and blocks cover their words."""
    name = kit.world.source().name
    documents = [c.document for c in kit.said() if isinstance(c, Upsert)]
    assert len({d.doc_id for d in documents}) == len(documents)
    for document in documents:
        assert document.doc_id.startswith(f"{name}:")
        assert document.source == name
        assert document.title
        ends = [0, *(section.span.end for section in document.sections)]
        assert [section.span.start for section in document.sections] == ends[:-1]
        assert ends[-1] == len(document.text)
        for section in document.sections:
            assert "://" in section.url
            assert not _uncovered(section, document.text), document.doc_id


def check_changed_settings_embed_nothing(kit: Kit, world: FaultyWorld) -> None:
    kit.run()
    before = kit.shown()
    world.share_all()
    report = kit.run()
    assert (report.indexed, report.embedded, report.deleted) == (len(before), 0, 0)
    assert all(readers != before[doc_id] for doc_id, readers in kit.shown().items())


def check_unreadable_document_is_named_and_tried_again(kit: Kit, world: FaultyWorld) -> None:
    kit.run()
    before = set(kit.shown())
    doc_id = world.spoil()
    report = kit.run()
    assert (list(report.skipped), report.error) == ([doc_id], None)
    assert set(kit.shown()) == before, "its readers are the same: the old version stays"
    world.mend()
    assert (kit.run().indexed, set(kit.shown())) == (1, before)


def check_cut_listing_deletes_nothing(kit: Kit, world: FaultyWorld) -> None:
    kit.run()
    before = kit.shown()
    world.delete()
    world.cut()
    assert not kit.run().complete
    assert kit.shown() == before


def _uncovered(section: Section, text: str) -> str:
    """What of a section is in none of its blocks."""
    left, done = [], section.span.start
    for block in section.blocks:
        left.append(text[done : block.span.start])
        done = block.span.end
    return "".join([*left, text[done : section.span.end]]).strip()


FAULTS: tuple[Callable[[Kit, FaultyWorld], None], ...] = (
    check_changed_settings_embed_nothing,
    check_unreadable_document_is_named_and_tried_again,
    check_cut_listing_deletes_nothing,
)
