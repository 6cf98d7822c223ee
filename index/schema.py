"""Schema of the catalog as numbered migrations: each runs once, in order, in one transaction."""

import sqlite3
from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        doc_id TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        live INTEGER REFERENCES versions (id),  -- NULL: hidden, nothing is shown of it
        hidden_at TEXT                          -- since when; purged some days later
    );
    CREATE INDEX documents_by_source ON documents (source);
    CREATE INDEX documents_by_live ON documents (live);

    -- A version is staged (written, not shown), then live, then dead (replaced or deleted).
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents (id),
        state TEXT NOT NULL CHECK (state IN ('staged', 'live', 'dead')),
        revision TEXT NOT NULL,
        title TEXT NOT NULL,
        url TEXT NOT NULL,
        lines_url TEXT,
        markup TEXT NOT NULL,
        readers TEXT NOT NULL,                  -- JSON array, sorted
        created_at TEXT,
        updated_at TEXT,
        authors TEXT NOT NULL,                  -- JSON array
        status TEXT NOT NULL,
        text TEXT NOT NULL
    );
    CREATE INDEX versions_by_document ON versions (document);
    CREATE INDEX versions_not_live ON versions (state) WHERE state != 'live';

    CREATE TABLE sections (
        version INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        headings TEXT NOT NULL,                 -- JSON array, outermost first
        start INTEGER NOT NULL,                 -- characters into versions.text
        stop INTEGER NOT NULL,
        url TEXT NOT NULL,
        anchor TEXT NOT NULL,
        blocks TEXT NOT NULL,                   -- JSON: [kind, start, stop, [children]]
        PRIMARY KEY (version, position)
    ) WITHOUT ROWID;

    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never used twice, so a stale id only misses
        version INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        section INTEGER NOT NULL,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        first_line INTEGER NOT NULL,
        last_line INTEGER NOT NULL,
        plain TEXT NOT NULL,
        content TEXT NOT NULL                   -- hash of what the model reads of it
    );
    CREATE UNIQUE INDEX chunks_by_version ON chunks (version, position);
    CREATE INDEX chunks_by_content ON chunks (content);

    CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE embeddings (
        model INTEGER NOT NULL REFERENCES models (id),
        content TEXT NOT NULL,
        vector BLOB NOT NULL,                   -- float32, little endian, unit length
        PRIMARY KEY (model, content)
    );

    CREATE TABLE sources (
        name TEXT PRIMARY KEY,
        cursor TEXT,
        report TEXT                             -- JSON of the last run
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE deliveries (
        id TEXT PRIMARY KEY,
        received_at TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE channels (
        id TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        topic TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        address TEXT NOT NULL,
        token_hash TEXT NOT NULL,               -- the token is kept by nobody but the server
        opened_at TEXT NOT NULL,
        expires_at TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE revocations (
        source TEXT NOT NULL,
        event TEXT NOT NULL,
        hides_public INTEGER NOT NULL,
        received_at TEXT NOT NULL,
        PRIMARY KEY (source, event)
    );
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest schema; each step is all or nothing.

    Raises:
        sqlite3.DatabaseError: the file was written by a newer Answerable, or is not a database.
    """
    (done,) = connection.execute("PRAGMA user_version").fetchone()
    if done > len(MIGRATIONS):
        raise sqlite3.DatabaseError(f"schema {done} is newer than this program's {len(MIGRATIONS)}")
    for number, script in enumerate(MIGRATIONS[done:], start=done + 1):
        connection.executescript(f"BEGIN;{script};PRAGMA user_version = {number};COMMIT;")
