"""What was asked and what came of it, as long as it is kept; who asked is a keyed hash."""

import hashlib
import hmac
import json
import logging
import secrets
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from index.embedding import Vectors
from index.errors import StorageError
from service.answering.courtesy import is_courtesy
from service.asking import Answered
from service.conversations.types import Turn
from service.errors import NotFound, NotRecorded, RequestError
from service.gaps.database import GapDatabase
from service.gaps.schemas import Feedback
from service.gaps.types import Asked, folded, reason_of
from service.identity.types import Identity
from service.settings import GapSettings

logger = logging.getLogger(__name__)

THEN: Final = " → "
"""Between a question and the one that follows it up."""
_MOST_CHARS: Final = 2000
_MOST_WAITING: Final = 32
"""Questions that are written together; a crash loses no more of them."""
_LONGEST: Final = timedelta(seconds=5)
_PRUNE_EVERY: Final = timedelta(hours=1)
_COLUMNS: Final = (
    "id, question, person, asked_at, abstained, confidence, cited, verdict, comment, named, "
    "dismissed"
)


class GapStore:
    """The questions in the file of a data directory."""

    def __init__(
        self,
        path: Path,
        settings: GapSettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Nothing is opened before it is needed: a broken file must not keep answers back."""
        self.settings = settings
        self._path = path
        self._now = now
        self._opening = threading.Lock()
        self._opened: GapDatabase | None = None
        self._pruned_at: datetime | None = None
        self._waiting: list[tuple[object, ...]] = []
        self._written_at = now()
        self._writing = threading.Lock()

    def close(self) -> None:
        """Let go of the file; it is opened again when it is needed."""
        if self._waiting:
            self._write_logged()
        with self._opening:
            if self._opened:
                self._opened.close()
            self._opened = None

    def record(
        self, asker: Identity, answered: Answered, earlier: Sequence[Turn] = ()
    ) -> str | None:
        """Keep what came of a question; the id by which its asker can say what they think of it.

        None: nothing is collected, nothing was asked but how we are, or it could not be written,
        which is logged and harms nobody.

        Args:
            asker: who asked; only a hash of it is kept.
            answered: the question and its answer.
            earlier: the turns before it. Of a follow-up their questions are kept in front of it,
                never its `standalone`: that may have words of documents which others may not read.
        """
        if not self.settings.collects or answered.answer.is_courtesy:
            return None
        answer_id, answer = secrets.token_urlsafe(16), answered.answer
        cited = list(dict.fromkeys(one.doc_id for one in answer.citations))
        text = _in_own_words(answered, earlier)
        row = (
            *(answer_id, text, folded(text)),
            *(answer.abstained, answer.confidence, json.dumps(cited)),
        )
        return answer_id if self._wait_with(asker, row) else None

    def give(self, asker: Identity, feedback: Feedback) -> bool:
        """Keep what somebody thinks of an answer; whether it replaces what they said before.

        Raises:
            RequestError: nothing is collected here.
            NotFound: no such answer, one that is not kept any more, or somebody else's.
            NotRecorded: it cannot be written.
        """
        if not self.settings.collects:
            raise RequestError(
                "feedback is not taken here; an operator can turn it on, with service.gaps"
            )
        try:
            return self._judge(asker, feedback)
        except StorageError as error:
            logger.exception("feedback could not be kept")
            raise NotRecorded("the feedback could not be kept; try again later") from error

    def gaps(self) -> list[Asked]:
        """Every question that is a gap, the oldest first; raises StorageError."""
        database = self._database()
        with database.reading() as read:
            rows = read.execute(
                f"SELECT {_COLUMNS} FROM asked WHERE asked_at >= ? ORDER BY asked_at, id",  # noqa: S608 - constant
                (self._oldest(),),
            ).fetchall()
        found = (_asked(row, self.settings.low_confidence) for row in rows)
        return [one for one in found if one]

    def dismiss(self, asked_ids: Collection[str]) -> None:
        """From now on these are no gaps; raises StorageError."""
        with self._database().writing() as write:
            write.executemany(
                "UPDATE asked SET dismissed = 1 WHERE id = ?", [(one,) for one in asked_ids]
            )

    def vectors(self, model: str) -> dict[str, Vectors]:
        """The vectors of a model that are kept, by folded question; raises StorageError."""
        with self._database().reading() as read:
            rows = read.execute("SELECT folded, vector FROM vectors WHERE model = ?", (model,))
            return {text: np.frombuffer(vector, dtype=np.float32) for text, vector in rows}

    def keep_vectors(self, model: str, vectors: dict[str, Vectors]) -> None:
        """Keep them for the next listing, as long as their questions; raises StorageError."""
        with self._database().writing() as write:
            write.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                [(model, text, vector.tobytes()) for text, vector in vectors.items()],
            )

    def _wait_with(self, asker: Identity, row: tuple[object, ...]) -> bool:
        """Whether a row was taken; it is written with others, so that nobody waits for the disk."""
        now = self._now()
        try:
            person = _person(self._database(is_whole=False).person_key, asker)
        except StorageError as error:
            logger.warning("a question was not kept for the list of gaps: %s", error)
            return False
        with self._writing:
            self._waiting.append((*row, person, self._time(now)))
            is_due = len(self._waiting) >= _MOST_WAITING or now - self._written_at >= _LONGEST
        return self._write_logged() if is_due else True

    def _write_logged(self) -> bool:
        """Whether what waits is in the file now; if not, it is given up."""
        try:
            self._database()
        except StorageError as error:
            logger.warning("questions were not kept for the list of gaps: %s", error)
            return False
        return True

    def _write(self, database: GapDatabase) -> None:
        with self._writing:
            rows, self._waiting, self._written_at = self._waiting, [], self._now()
            if rows:
                with database.writing() as write:
                    write.executemany(
                        "INSERT INTO asked (id, question, folded, abstained, confidence, cited, "
                        "person, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        rows,
                    )

    def _judge(self, asker: Identity, feedback: Feedback) -> bool:
        database = self._database()
        person = _person(database.person_key, asker)
        question = feedback.question or ""
        by, value = ("id", feedback.answer) if feedback.answer else ("folded", folded(question))
        with database.writing() as write:
            found = write.execute(
                f"SELECT id, verdict FROM asked WHERE {by} = ? AND person = ? "  # noqa: S608 - constant
                "AND asked_at >= ? ORDER BY asked_at DESC LIMIT 1",
                (value, person, self._oldest()),
            ).fetchone()
            if found is None and feedback.answer:
                raise NotFound(
                    "there is no answer with this id that you were given, or it is kept no more; "
                    "ask again, or send the question instead"
                )
            if found is None:
                found = (secrets.token_urlsafe(16), None)
                # An answer that nobody here saw: sure enough to be no gap but for the verdict.
                write.execute(
                    "INSERT INTO asked (id, question, folded, abstained, confidence, cited, "
                    "person, asked_at) VALUES (?, ?, ?, 0, 1, '[]', ?, ?)",
                    (found[0], question, value, person, self._time(self._now())),
                )
            named = json.dumps(list(dict.fromkeys(feedback.doc_ids)))
            write.execute(
                "UPDATE asked SET verdict = ?, comment = ?, named = ? WHERE id = ?",
                (feedback.verdict, feedback.text, named, found[0]),
            )
        return found[1] is not None

    def _database(self, *, is_whole: bool = True) -> GapDatabase:
        """The file; `is_whole`: with all that waited to be written."""
        now = self._now()
        with self._opening:
            if self._opened is None:
                self._opened = GapDatabase(self._path)
            database = self._opened
            is_due = self._pruned_at is None or now - self._pruned_at >= _PRUNE_EVERY
            if is_due:
                self._pruned_at = now
        if is_whole:
            self._write(database)
        if is_due:
            self._prune(database)
        return database

    def _prune(self, database: GapDatabase) -> None:
        with database.writing() as write:
            write.execute("DELETE FROM asked WHERE asked_at < ?", (self._oldest(),))
            write.execute("DELETE FROM vectors WHERE folded NOT IN (SELECT folded FROM asked)")

    def _oldest(self) -> str:
        return self._time(self._now() - timedelta(days=self.settings.keep_days))

    @staticmethod
    def _time(moment: datetime) -> str:
        return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _in_own_words(answered: Answered, earlier: Sequence[Turn]) -> str:
    if answered.standalone == answered.question:
        return answered.question
    asked = [answered.question]
    for turn in reversed(earlier):
        text = THEN.join((turn.question, *asked))
        if len(text) > _MOST_CHARS:
            break
        asked.insert(0, turn.question)
        if turn.standalone == turn.question:
            break
    return THEN.join(asked)


def _person(key: bytes, asker: Identity) -> bytes:
    name = asker.principal.email or f"key {asker.key_id} {asker.name}"
    return hmac.digest(key, name.encode(), hashlib.sha256)


def _asked(row: Sequence[Any], low_confidence: float) -> Asked | None:
    found_id, question, person, asked_at, abstained, confidence, *rest = row
    cited, verdict, comment, named, dismissed = rest
    reason = reason_of(
        verdict, abstained=bool(abstained), confidence=confidence, low_confidence=low_confidence
    )
    # Before courtesies were told apart they were collected like questions.
    if reason is None or (verdict is None and is_courtesy(question)):
        return None
    return Asked(
        asked_id=found_id,
        question=question,
        person=person,
        asked_at=datetime.fromisoformat(asked_at),
        reason=reason,
        comment=comment,
        documents=tuple(dict.fromkeys([*json.loads(cited), *json.loads(named)])),
        is_dismissed=bool(dismissed),
    )
