"""How far each source has been read, and what its last run reported."""

from collections.abc import Sequence
from typing import Any, Literal

from index.database import Database
from index.revocations import Revocation
from index.wakeups import Wakeups


class Sources:
    """One row a source: an opaque cursor and a JSON report.

    Attributes:
        wakeups: what is remembered of those who say that a source has news.
    """

    def __init__(self, database: Database) -> None:
        """On an open database."""
        self._database = database
        self.wakeups = Wakeups(database)

    def cursor(self, source: str) -> str | None:
        """How far a source has been read; None if never."""
        row = self._database.connection().execute(
            "SELECT cursor FROM sources WHERE name = ?", (source,)
        )
        found = row.fetchone()
        return None if found is None else found[0]

    def save_cursor(self, source: str, cursor: str) -> None:
        """Remember how far a source has been read."""
        self._save(source, "cursor", cursor)

    def report(self, source: str) -> str | None:
        """The JSON report of a source's last run; None if there is none."""
        row = self._database.connection().execute(
            "SELECT report FROM sources WHERE name = ?", (source,)
        )
        found = row.fetchone()
        return None if found is None else found[0]

    def save_report(self, source: str, report: str) -> None:
        """Keep the JSON report of a source's last run."""
        self._save(source, "report", report)

    def reports(self) -> dict[str, str]:
        """The JSON report of each source's last run."""
        return dict(
            self._database.connection().execute(
                "SELECT name, report FROM sources WHERE report IS NOT NULL ORDER BY name"
            )
        )

    def forget(self, source: str) -> None:
        """Forget how far a source was read, what its runs reported, its channels, its revocations.

        Its documents have to be gone before: nothing withholds them any more.
        """
        with self._database.transaction() as write:
            write.execute("DELETE FROM sources WHERE name = ?", (source,))
            write.execute("DELETE FROM channels WHERE source = ?", (source,))
        self.wakeups.revocations.confirm(self.revocations(source))

    def revocations(self, source: str) -> Sequence[Revocation]:
        """Rights to this source that were taken away since it was read, oldest first."""
        return self.wakeups.revocations.of([source])

    def counts(self) -> dict[str, Any]:
        """Shown documents and chunks, in all and by source."""
        rows = (
            self._database.connection()
            .execute(
                """SELECT d.source, count(DISTINCT d.id), count(c.id) FROM documents d
               LEFT JOIN chunks c ON c.version = d.live
               WHERE d.live IS NOT NULL GROUP BY d.source ORDER BY d.source"""
            )
            .fetchall()
        )
        return {
            "documents": sum(row[1] for row in rows),
            "chunks": sum(row[2] for row in rows),
            "sources": {row[0]: {"documents": row[1], "chunks": row[2]} for row in rows},
        }

    def _save(self, source: str, column: Literal["cursor", "report"], value: str) -> None:
        with self._database.transaction() as write:
            write.execute("INSERT OR IGNORE INTO sources (name) VALUES (?)", (source,))
            write.execute(f"UPDATE sources SET {column} = ? WHERE name = ?", (value, source))  # noqa: S608
