"""What has to outlive a restart so that sources can be woken from outside."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from index.database import Database

KEPT_FOR: Final = timedelta(days=1)
MAX_DELIVERIES: Final = 10_000
"""Deliveries that are remembered: bounded, whoever sends how many."""

_KEY: Final = "wakeup_key"


class Wakeups:
    """Deliveries that were received already, and the key that our own tokens are made with."""

    def __init__(self, database: Database) -> None:
        """On an open database."""
        self._database = database

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

    def key(self) -> bytes:
        """32 random bytes, the same as long as the catalog lives."""
        if self._database.meta(_KEY) is None:
            self._database.set_meta(_KEY, secrets.token_hex(32))
        return bytes.fromhex(self._database.meta(_KEY) or "")
