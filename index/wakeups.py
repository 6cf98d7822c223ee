"""What has to outlive a restart so that sources can be woken from outside."""

from datetime import datetime, timedelta
from typing import Final

from index.channels import Channels
from index.database import Database

KEPT_FOR: Final = timedelta(days=1)
MAX_DELIVERIES: Final = 10_000
"""Deliveries that are remembered: bounded, whoever sends how many."""


class Wakeups:
    """Deliveries that were received already, and the channels by which some may come.

    Attributes:
        channels: those that we opened.
    """

    def __init__(self, database: Database) -> None:
        """On an open database."""
        self._database = database
        self.channels = Channels(database)

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
