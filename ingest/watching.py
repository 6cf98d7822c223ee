"""After the sync: have those sources call us that can, so that news need not wait for its turn."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from index.sources import Sources
from ingest.report import SyncReport
from ingest.source import Cursor, Source, Watching


def watched(
    sources: Iterable[Source], reports: Iterable[SyncReport], kept: Sources
) -> Sequence[SyncReport]:
    """The reports of a run, with what did not work about being called as notes.

    A source whose run failed is left in peace: it is read again soon enough, and asking it for
    more is no help.

    Raises:
        StorageError: the index cannot be written.
    """
    return [
        report if report.error else _watched(source, report, kept)
        for source, report in zip(sources, reports, strict=True)
    ]


def _watched(source: Source, report: SyncReport, kept: Sources) -> SyncReport:
    cursor = kept.cursor(source.name)
    if cursor is None or not isinstance(source, Watching):
        return report
    notes = tuple(source.watch(Cursor(cursor), kept.wakeups.channels))
    if not notes:
        return report
    noted = replace(report, notes=(*report.notes, *notes))
    kept.save_report(source.name, noted.to_json())
    return noted
