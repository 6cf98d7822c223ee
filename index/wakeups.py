"""What has to outlive a restart so that sources can be woken from outside."""

from datetime import datetime, timedelta
from typing import Final

from index.channels import Channels
from index.database import Database
from index.revocations import Revocations

KEPT_FOR: Final = timedelta(days=1)
MAX_DELIVERIES: Final = 10_000
"""Deliveries that are remembered: bounded, whoever sends how many."""


class Wakeups:
    """Deliveries that were received already, and what they said that cannot wait for a sync.

    Attributes:
        channels: those that we opened, by which some deliveries may come.
        revocations: rights that were taken away.
    """

    def __init__(self, database: Database) -> None:
        """On an open database."""
        self._database = database
        self.channels = Channels(database)
        self.revocations = Revocations(database)

    def knows(self, delivery: str) -> bool:
        """Whether a delivery was received before, as long as that is remembered."""
        found = self._database.connection().execute(
            "SELECT 1 FROM deliveries WHERE id = ?", (delivery,)
        )
        return found.fetchone() is not None

    def is_new(self, delivery: str, now: datetime) -> bool:
        """Whether a delivery is received for the first time; it is not the next time.

        Raises:
            StorageError: the catalog cannot be written.
        """
        with self._database.transaction() as write:
            write.execute(
                "DELETE FROM deliveries WHERE received_at < ?", ((now - KEPT_FOR).isoformat(),)
            )
            added = write.execute(
                "INSERT OR IGNORE INTO deliveries VALUES (?, ?)", (delivery, now.isoformat())
            ).rowcount
            write.execute(
                """DELETE FROM deliveries WHERE id IN
                   (SELECT id FROM deliveries ORDER BY received_at DESC LIMIT -1 OFFSET ?)""",
                (MAX_DELIVERIES,),
            )
        return added == 1
