"""What the service is made of, and how it gets it: in the background, while it answers already."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from service.answers import Answers
from service.auditing.log import UNRECORDED, AuditLog
from service.errors import NotReady
from service.gaps.listing import GapListing
from service.gaps.store import GapStore
from service.operations import Operations
from service.usage import Usage
from service.webhooks import Webhooks

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """An open index, ready to be asked; `close` lets go of it.

    Attributes:
        feedback: None where none is taken.
        gaps: None where none are collected.
        usage: None where nobody counts.
    """

    answers: Answers
    operations: Operations
    webhooks: Webhooks
    close: Callable[[], None]
    audit: AuditLog = UNRECORDED
    feedback: GapStore | None = None
    gaps: GapListing | None = None
    usage: Usage | None = None


class Opening:
    """Parts that are being made.

    Attributes:
        error: why they could not be made; None while there is hope.
    """

    def __init__(self, make: Callable[[], Parts], failed: Callable[[], None] | None = None) -> None:
        """Nothing is made before `start`.

        Args:
            make: opens the index and loads the model, which may take a while.
            failed: called when that did not work, with `error` set.
        """
        self._make = make
        self._failed = failed
        self._parts: Parts | None = None
        self._thread = threading.Thread(target=self._open, name="open the index", daemon=True)
        self._ended = threading.Event()
        self.error: Exception | None = None

    def start(self) -> None:
        """Make the parts, in a thread of their own; once."""
        self._thread.start()

    def parts(self) -> Parts:
        """The parts.

        Raises:
            NotReady: they are not made yet, or cannot be.
        """
        if self._parts is None:
            raise NotReady(str(self.error) if self.error else "the index is being opened; wait")
        return self._parts

    def wait(self) -> None:
        """Until the parts are made, or cannot be."""
        self._ended.wait()

    def close(self) -> None:
        """Let go of the parts; an opening that is under way is waited for."""
        self._thread.join()
        parts, self._parts = self._parts, None
        if parts is not None:
            parts.close()

    def _open(self) -> None:
        try:
            self._parts = self._make()
        except Exception as error:  # noqa: BLE001 - whatever it is, the main thread has to hear of it
            self.error = error
            if self._failed:
                self._failed()
        else:
            logger.info("ready")
        finally:
            self._ended.set()
