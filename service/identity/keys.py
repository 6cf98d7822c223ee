"""API keys: shown once, kept as digests, revoked at once.

A key is `ans_<id>_<secret>`. The secret is 32 random bytes, so that its digest needs no salt and no
slow hash: those make guessing dear where people choose the secret, and here there is nothing to
guess. No answer about a key is remembered: what one process revokes, no other one takes any more.
"""

import hashlib
import hmac
import json
import re
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from index.errors import ConfigError
from service.errors import NotFound
from service.identity import addresses
from service.identity.database import AccessDatabase
from service.identity.errors import refused
from service.identity.headers import bearer
from service.identity.types import Caller, Proven

PREFIX: Final = "ans_"
MAX_LIFE: Final = timedelta(days=3650)
_SHAPE: Final = re.compile(r"ans_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 8
_MAX_CHARS: Final = 200  # of what is shown of a key
_NOBODY: Final = bytes(hashlib.sha256().digest_size)
_COLUMNS: Final = "id, email, service, groups, label, created_at, expires_at, revoked_at"


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key, but for its digest.

    Attributes:
        email: whose it is; empty for a service.
        service: which one it is for; empty for a person.
        groups: that a service acts with; a person's are looked up.
    """

    key_id: str
    email: str
    service: str
    groups: tuple[str, ...]
    label: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """`valid`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if now < self.expires_at else "expired"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a key is for: a person, or a service with the groups that it acts with."""

    email: str = ""
    service: str = ""
    groups: tuple[str, ...] = ()


class Keys:
    """The keys in the file of a data directory; several processes may use it."""

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open or create the file.

        Raises:
            StorageError: it cannot be used.
        """
        self._database = AccessDatabase(path)
        self._now = now

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def create(self, owner: Owner, life: timedelta, label: str = "") -> tuple[str, Key]:
        """A new key: its text, which is not kept, and what is.

        Raises:
            ConfigError: the owner is not exactly one person or service, or the times do not fit.
        """
        owner, label = _checked(owner), " ".join(label.split())[:_MAX_CHARS]
        if not timedelta(0) < life <= MAX_LIFE:
            raise ConfigError(f"a key lives for at most {MAX_LIFE.days} days, and not for nothing")
        key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        now = self._now()
        groups = tuple(sorted(set(owner.groups)))
        key = Key(key_id, owner.email, owner.service, groups, label, now, now + life, None)
        with self._database.writing() as write:
            write.execute(
                f"INSERT INTO keys ({_COLUMNS}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?)",  # noqa: S608 - constant
                (
                    *(key_id, key.email, key.service, json.dumps(groups), label),
                    *(key.created_at.isoformat(), key.expires_at.isoformat(), _digest(secret)),
                ),
            )
        return f"{PREFIX}{key_id}_{secret}", key

    def list(self) -> Sequence[Key]:
        """All keys, the oldest first; those that do not hold any more, too."""
        with self._database.reading() as read:
            rows = read.execute(f"SELECT {_COLUMNS} FROM keys ORDER BY created_at, id").fetchall()  # noqa: S608 - constant
        return [_key(row) for row in rows]

    def revoke(self, key_id: str) -> Key:
        """The key, which holds no more from now on; twice is as good as once.

        Raises:
            NotFound: there is no such key.
        """
        with self._database.writing() as write:
            write.execute(
                "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                (self._now().isoformat(), key_id),
            )
            row = write.execute(f"SELECT {_COLUMNS} FROM keys WHERE id = ?", (key_id,)).fetchone()  # noqa: S608 - constant
        if row is None:
            raise NotFound("there is no key with this id; `answerable keys list` shows the ids")
        return _key(row)

    def prove(self, caller: Caller) -> Proven | None:
        """Whose key the request carries; None if it carries none.

        Raises:
            Unauthenticated: it is unknown, wrong, expired or revoked.
        """
        token = bearer(caller.headers)
        if token is None or not token.startswith(PREFIX):
            return None
        shaped = _SHAPE.fullmatch(token)
        key_id, secret = shaped.groups() if shaped else ("", token)
        with self._database.reading() as read:
            row: sqlite3.Row | None = read.execute(
                f"SELECT digest, {_COLUMNS} FROM keys WHERE id = ?",  # noqa: S608 - constant
                (key_id,),
            ).fetchone()
        # Unknown ids are compared, too: how long it takes must not tell which ids there are.
        digest, *columns = row if row is not None else (_NOBODY,)
        is_right = hmac.compare_digest(_digest(secret), digest)
        if not is_right or not columns:
            raise refused()
        key = _key(columns)
        if key.state(self._now()) != "valid":
            raise refused()
        shown = key.email or key.service
        return Proven(key.email, frozenset(key.groups), "key", shown, key.key_id)


def _checked(owner: Owner) -> Owner:
    if bool(owner.email) == bool(owner.service):
        raise ConfigError("a key is for one person (--email) or for one service (--service)")
    if owner.email and owner.groups:
        raise ConfigError("only a service is given groups (--group); a person's are looked up")
    try:
        email = addresses.address(owner.email) if owner.email else ""
        service = addresses.name(owner.service) if owner.service else ""
        groups = tuple(addresses.name(group) for group in owner.groups)
    except ValueError as error:
        raise ConfigError(f"the key cannot be made: {error}") from error
    if "@" in service:
        raise ConfigError("the name of a service has no @: it could be taken for a person")
    return Owner(email, service, groups)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def _key(row: Sequence[str]) -> Key:
    key_id, email, service, groups, label, created, expires, revoked = row
    return Key(
        key_id,
        email,
        service,
        tuple(json.loads(groups)),
        label,
        datetime.fromisoformat(created),
        datetime.fromisoformat(expires),
        datetime.fromisoformat(revoked) if revoked else None,
    )
