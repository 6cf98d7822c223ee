"""The file of record: its schema, its transactions, and damage to it."""

import sqlite3
import threading
from pathlib import Path

import pytest

from index.database import Database
from index.errors import StorageError
from tests.index.documents import item, open_index


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite3"


def damage(folder: Path, start: int, content: bytes) -> None:
    with (folder / "data" / "catalog.sqlite3").open("r+b") as file:
        file.seek(start)
        file.write(content)


def stop_after_writing(database: Database) -> None:
    with database.transaction() as write:
        write.execute("INSERT INTO meta VALUES ('colour', 'blue')")
        raise ZeroDivisionError


def write_twice(database: Database) -> None:
    with database.transaction() as write:
        write.execute("INSERT INTO meta VALUES ('colour', 'blue')")
        write.execute("INSERT INTO meta VALUES ('colour', 'red')")


def test_facts_survive_closing(path: Path) -> None:
    first = Database(path)
    first.set_meta("colour", "blue")
    first.close()

    second = Database(path)
    assert second.meta("colour") == "blue"
    assert second.meta("shape") is None
    second.close()


def test_failed_transaction_changes_nothing(path: Path) -> None:
    database = Database(path)
    with pytest.raises(ZeroDivisionError):
        stop_after_writing(database)

    assert database.meta("colour") is None
    database.close()


def test_error_of_the_database_is_a_storage_error(path: Path) -> None:
    database = Database(path)
    with pytest.raises(StorageError, match="nothing was changed"):
        write_twice(database)

    assert database.meta("colour") is None
    database.close()


def test_snapshot_does_not_see_what_is_written_meanwhile(path: Path) -> None:
    database = Database(path)
    database.set_meta("colour", "blue")
    with database.snapshot():
        assert database.meta("colour") == "blue"
        writer = threading.Thread(target=database.set_meta, args=("colour", "red"))
        writer.start()
        writer.join()
        assert database.meta("colour") == "blue"

    assert database.meta("colour") == "red"
    database.close()


def test_checkpoint_empties_the_log(path: Path) -> None:
    database = Database(path)
    database.set_meta("colour", "blue")
    log = path.with_name("catalog.sqlite3-wal")
    assert log.stat().st_size > 0
    database.checkpoint()

    assert log.stat().st_size == 0
    database.close()


def test_catalog_of_a_newer_program_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StorageError, match="schema 99 is newer"):
        Database(path)


def test_garbage_instead_of_a_catalog_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "catalog.sqlite3").write_bytes(b"not a database at all " * 500)

    with pytest.raises(StorageError, match=r"catalog\.sqlite3.*not a database"):
        open_index(tmp_path)


def test_garbage_inside_the_catalog_is_a_clear_error(tmp_path: Path) -> None:
    with open_index(tmp_path) as index:
        index.put([item(f"page{n}", f"Page number {n}") for n in range(50)])
    damage(tmp_path, 4096, b"\xa5" * 4096 * 60)

    with pytest.raises(StorageError, match="catalog"):
        open_index(tmp_path)
