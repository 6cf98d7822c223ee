"""Progress of long work: bars on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from ingest.report import Progress as SyncProgress

_SECONDS_BETWEEN_LINES: Final = 5.0


@contextmanager
def watched_sync(console: Console) -> "Iterator[Callable[[SyncProgress], None]]":
    """Shows how far a sync is; how much there is to do is not known before the end."""
    with _shown(console) as show:

        def told(done: "SyncProgress") -> None:
            facts = f"{done.listed:,} listed, {done.indexed:,} indexed, {done.chunks:,} chunks"
            show(done.source, facts, None, None)

        yield told


@contextmanager
def watched_rebuild(console: Console) -> Iterator[Callable[[int, int], None]]:
    """Shows how many of the documents are done."""
    with _shown(console) as show:

        def told(done: int, total: int) -> None:
            show("rebuild", f"{done:,} of {total:,} documents", done, total)

        yield told


@contextmanager
def watched_topics(console: Console) -> Iterator[Callable[[int, int], None]]:
    """Shows how many of the questions were asked."""
    with _shown(console) as show:

        def told(done: int, total: int) -> None:
            show("eval", f"{done:,} of {total:,} questions", done, total)

        yield told


_Show = Callable[[str, str, int | None, int | None], None]


@contextmanager
def _shown(console: Console) -> Iterator[_Show]:
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = (TextColumn("{task.fields[name]}"), BarColumn(), TextColumn("{task.fields[facts]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(name: str, facts: str, done: int | None, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task("", name=name, facts=facts, total=total)
            bars.update(tasks[name], facts=facts, completed=done, total=total)

        yield show


def _lines(console: Console) -> _Show:
    last = time.monotonic()

    def show(name: str, facts: str, done: int | None, total: int | None) -> None:
        nonlocal last
        del done, total
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            console.print(f"{name}: {facts}")
            last = time.monotonic()

    return show
