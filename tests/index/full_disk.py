"""A process whose files may not grow beyond a size: how a full disk looks from inside."""

import resource
from multiprocessing.connection import Connection
from pathlib import Path

from index.catalog import Item
from index.errors import StorageError
from tests.index.documents import contents, item, matching, open_index


def long_pages(word: str) -> list[Item]:
    """About a megabyte in the catalog, less in the other stores."""
    return [
        item(f"page{n}", "\n\n".join(f"{word} {n} line {k} " + "x" * 200 for k in range(40)))
        for n in range(40)
    ]


def run(folder: Path, limit_bytes: int, answer: Connection) -> None:
    """Put while files may not grow, then again when they may; says what was seen."""
    with open_index(folder) as index:
        index.put([item("page1", "old version"), item("menu", "soup")])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))
        try:
            index.put(long_pages("new"))
            failed = ""
        except StorageError as error:
            failed = str(error)
        during = contents(index)
        found = [chunk.text for chunk in matching(index, "soup old")]
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        index.put(long_pages("newer"))
        answer.send((failed, during, found, index.check(), contents(index)))
