"""The file of knowledge gaps: apart from the index, for its owner's eyes, and erased by age."""

import secrets
import sqlite3
from pathlib import Path
from typing import Final

from index.private_file import PrivateFile

FILE: Final = "gaps.sqlite3"
# What is erased is gone from the file, too; and an answer never waits long for a busy file.
_PRAGMAS: Final = ("synchronous = NORMAL", "secure_delete = ON", "busy_timeout = 2000")
_KEY_BYTES: Final = 32
_SCHEMA: Final = """
CREATE TABLE asked (
    id TEXT PRIMARY KEY,                    -- of the answer, random
    question TEXT NOT NULL,
    folded TEXT NOT NULL,                   -- the same as it is compared
    person BLOB NOT NULL,                   -- keyed hash
    asked_at TEXT NOT NULL,                 -- UTC, ISO 8601 with microseconds: texts compare
    abstained INTEGER NOT NULL,
    confidence REAL NOT NULL,
    cited TEXT NOT NULL,                    -- JSON array of doc_ids
    verdict TEXT,
    comment TEXT NOT NULL DEFAULT '',
    named TEXT NOT NULL DEFAULT '[]',       -- JSON array of doc_ids, as the asker said
    dismissed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX asked_by_time ON asked (asked_at);
CREATE INDEX asked_by_words ON asked (folded);

CREATE TABLE vectors (
    model TEXT NOT NULL,
    folded TEXT NOT NULL,
    vector BLOB NOT NULL,                   -- float32
    PRIMARY KEY (model, folded)
) WITHOUT ROWID;

CREATE TABLE person_key (key BLOB NOT NULL)
"""


class GapDatabase(PrivateFile):
    """The file.

    Attributes:
        person_key: what people are hashed with. It lies beside the hashes: it keeps names out of
            the file and of copies of single rows, not from somebody with the whole file and a
            list of all addresses.
    """

    def __init__(self, path: Path) -> None:
        """Open or create it; raises StorageError as `PrivateFile` does."""
        super().__init__(path, _PRAGMAS, _SCHEMA, _with_key)
        with self.reading() as read:
            self.person_key: bytes = read.execute("SELECT key FROM person_key").fetchone()[0]


def _with_key(write: sqlite3.Connection) -> None:
    write.execute("INSERT INTO person_key VALUES (?)", (secrets.token_bytes(_KEY_BYTES),))
