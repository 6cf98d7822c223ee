"""Which model and chunker made an index, and whether a rebuild for others was left unfinished."""

from collections.abc import Mapping
from typing import Final

from index.database import Database
from index.errors import IndexMismatch

_REBUILDING: Final = "rebuilding"


def check(database: Database, made_by: Mapping[str, str]) -> None:
    """Compare who made the index with who opens it now; a new index remembers it.

    Raises:
        IndexMismatch: they differ, or a rebuild was begun and not finished.
    """
    folder = database.path.parent
    if database.meta(_REBUILDING):
        raise IndexMismatch(
            f"a rebuild of the index in {folder} was not finished: run `answerable rebuild`"
        )
    for key, wanted in made_by.items():
        found = database.meta(key)
        if found is None:
            database.set_meta(key, wanted)
        elif found != wanted:
            raise IndexMismatch(
                f"the index in {folder} was made by {key} {found!r}, the settings say "
                f"{wanted!r}: run `answerable rebuild`, or set the {key} back"
            )


def begin_rebuild(database: Database) -> None:
    """From here on `check` refuses the index until the rebuild has come to its end."""
    database.set_meta(_REBUILDING, "1")


def end_rebuild(database: Database, made_by: Mapping[str, str]) -> None:
    """The index is whole again, and made by these."""
    for key, value in made_by.items():
        database.set_meta(key, value)
    database.set_meta(_REBUILDING, "")
