import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.errors import ConfigError, StorageError
from service.errors import NotFound
from service.identity.database import FILE
from service.identity.keys import MAX_LIFE, Key, Keys, Owner
from service.identity.types import Proven
from tests.service.identity.asking import assert_refused, caller, with_bearer

ADA = Owner(email="Ada@Tallow.example")
BOT = Owner(service="Nightly", groups=("Staff", "crew", "staff"))
DAY = timedelta(days=1)
NOW = datetime(2026, 6, 4, 9, tzinfo=UTC)


class Box:
    """Keys of a folder, and the time."""

    def __init__(self, folder: Path) -> None:
        self.path, self.now = folder / FILE, NOW
        self.keys = self.opened()

    def opened(self) -> Keys:
        return Keys(self.path, lambda: self.now)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path)
    yield box
    box.keys.close()


def test_key_of_a_person_proves_who_they_are(box: Box) -> None:
    text, key = box.keys.create(ADA, DAY, label="laptop")

    assert box.keys.prove(with_bearer(text)) == Proven(
        "ada@tallow.example", frozenset(), "key", "ada@tallow.example", key.key_id
    )


def test_key_of_a_service_acts_with_its_groups_and_is_nobody(box: Box) -> None:
    text, key = box.keys.create(BOT, DAY)

    assert box.keys.prove(with_bearer(text)) == Proven(
        "", frozenset({"staff", "crew"}), "key", "nightly", key.key_id
    )


def test_request_without_a_key_goes_another_way(box: Box) -> None:
    assert box.keys.prove(caller()) is None
    assert box.keys.prove(with_bearer("eyJhbGciOiJub25lIn0.e30.")) is None


def flipped(text: str) -> str:
    """The same with its last character but one changed; the last holds bits that do not count."""
    return text[:-2] + ("A" if text[-2] != "A" else "B") + text[-1]


def test_every_key_that_does_not_hold_is_refused_alike(box: Box) -> None:
    text, key = box.keys.create(ADA, DAY)
    other, _ = box.keys.create(ADA, DAY)
    prefix, key_id, secret = text.split("_", 2)
    for wrong in (
        flipped(text),
        f"{prefix}_{'0' * 16}_{secret}",
        f"{prefix}_{key_id}_{other.split('_', 2)[2]}",
        f"{prefix}_{key_id}_",
        f"{prefix}_{key_id}",
        f"{prefix}_%_{secret}",
        f"{prefix}_{key_id.upper()}_{secret}",
        f"{prefix}_{key_id}' OR 1=1 --_{secret}",
        f"{text}x",
        "ans_",
        "ans_ä",
        "ans_" + "x" * 100_000,
    ):
        assert_refused(box.keys.prove, with_bearer(wrong))
    assert key.state(NOW) == "valid"


def test_surrogates_in_a_key_are_refused_alike(box: Box) -> None:
    assert_refused(box.keys.prove, with_bearer("ans_\udcff"))


def test_expired_key_is_refused(box: Box) -> None:
    text, _ = box.keys.create(ADA, DAY)
    box.now += DAY

    assert_refused(box.keys.prove, with_bearer(text))
    assert [key.state(box.now) for key in box.keys.list()] == ["expired"]


def test_key_revoked_by_another_process_holds_no_more_at_once(box: Box) -> None:
    text, key = box.keys.create(ADA, DAY)
    assert box.keys.prove(with_bearer(text))

    other = box.opened()
    other.revoke(key.key_id)
    other.close()

    assert_refused(box.keys.prove, with_bearer(text))


def test_key_stays_revoked_since_it_was_first(box: Box) -> None:
    _, key = box.keys.create(ADA, DAY)
    box.keys.revoke(key.key_id)
    box.now += timedelta(hours=1)

    assert box.keys.revoke(key.key_id).revoked_at == NOW


def test_revoking_what_is_not_there_says_so(box: Box) -> None:
    with pytest.raises(NotFound, match="keys list"):
        box.keys.revoke("0" * 16)


def test_key_is_there_after_the_end_of_the_process(box: Box) -> None:
    text, key = box.keys.create(BOT, DAY, label="  for\n the night ")
    box.keys.close()
    box.keys = box.opened()

    assert box.keys.prove(with_bearer(text))
    assert box.keys.list() == [
        Key(key.key_id, "", "nightly", ("crew", "staff"), "for the night", NOW, NOW + DAY, None)
    ]


def test_files_hold_no_secret_and_are_for_their_owner_only(box: Box) -> None:
    text, _ = box.keys.create(ADA, DAY)
    secret = text.split("_", 2)[2].encode()

    files = list(box.path.parent.iterdir())

    assert {path.name for path in files} >= {FILE, f"{FILE}-wal"}
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert secret not in path.read_bytes()


def test_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / FILE).touch(mode=0o644)

    Keys(tmp_path / FILE).close()

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_keys_are_all_different(box: Box) -> None:
    made = [box.keys.create(ADA, DAY)[0] for _ in range(50)]

    assert len({text.split("_", 2)[1] for text in made}) == 50
    assert len({text.split("_", 2)[2] for text in made}) == 50


@pytest.mark.parametrize(
    "owner",
    [
        Owner(),
        Owner(email="ada@tallow.example", service="bot"),
        Owner(email="ada@tallow.example", groups=("staff",)),
        Owner(email="ada"),
        Owner(service="boss@tallow.example"),
        Owner(service="a\tb"),
        Owner(service="bot", groups=("",)),
    ],
)
def test_key_for_nobody_or_for_two_is_not_made(box: Box, owner: Owner) -> None:
    with pytest.raises(ConfigError):
        box.keys.create(owner, DAY)
    assert box.keys.list() == []


@pytest.mark.parametrize("life", [timedelta(0), -DAY, MAX_LIFE + DAY])
def test_key_without_end_is_not_made(box: Box, life: timedelta) -> None:
    with pytest.raises(ConfigError, match="days"):
        box.keys.create(ADA, life)


def test_threads_share_the_keys(box: Box) -> None:
    text, _ = box.keys.create(ADA, DAY)
    found: list[Proven | None] = []
    threads = [
        threading.Thread(target=lambda: found.append(box.keys.prove(with_bearer(text))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert all(found)


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database " * 100)

    with pytest.raises(StorageError, match=FILE):
        Keys(tmp_path / FILE)


def test_file_of_a_newer_program_is_left_alone(box: Box) -> None:
    with box.keys._database.writing() as write:
        write.execute("PRAGMA user_version = 99")

    with pytest.raises(StorageError, match="newer"):
        box.opened()
