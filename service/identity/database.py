"""The file of keys and memberships: apart from the index, and open to several processes."""

from pathlib import Path
from typing import Final

from index.private_file import PrivateFile

FILE: Final = "access.sqlite3"
# A key that was revoked stays so, whatever happens to the machine.
_PRAGMAS: Final = ("synchronous = FULL", "secure_delete = ON")
_SCHEMA: Final = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,                   -- SHA-256 of the secret, which nobody keeps
    email TEXT NOT NULL,                    -- '': of a service
    service TEXT NOT NULL,                  -- '': of a person
    groups TEXT NOT NULL,                   -- JSON array, of a service
    label TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
) WITHOUT ROWID;

CREATE TABLE memberships (
    member TEXT PRIMARY KEY,                -- address of a person or of a group
    groups TEXT NOT NULL,                   -- JSON array: those it is directly in
    checked_at TEXT NOT NULL
) WITHOUT ROWID;
"""


class AccessDatabase(PrivateFile):
    """The file."""

    def __init__(self, path: Path) -> None:
        """Open or create it; raises StorageError as `PrivateFile` does."""
        super().__init__(path, _PRAGMAS, _SCHEMA)
