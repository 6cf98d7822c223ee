"""Whatever somebody changes in the files of the log, without writing all of it anew, is found."""

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import StorageError
from service.auditing.entries import Entry, read_line
from service.auditing.log import AuditLog
from service.auditing.settings import AuditSettings

Lines = list[bytes]
Tamper = Callable[[Lines, int, int], Lines]
SOME = st.integers(0, 10_000)

again_and_again = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Written:
    """A log of three days, which each example has a copy of."""

    def __init__(self, folder: Path) -> None:
        self.original, self.folder = folder / "original", folder / "audit"
        now = datetime(2027, 1, 4, tzinfo=UTC)
        log = AuditLog(self.original, AuditSettings(), lambda: now)
        for number in range(12):
            log.record(Entry(f"p{number % 3}", "oidc", "ask", documents=[f"docs:{number}"]))
            if number % 4 == 3:
                now += timedelta(days=1)
        log.close()
        self.reset()

    def reset(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.original, self.folder)

    def days(self) -> list[Path]:
        return sorted(self.folder.glob("*.jsonl"))

    def is_whole(self) -> bool:
        return AuditLog(self.folder, AuditSettings()).verify() == []


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def remove(lines: Lines, at: int, _: int) -> Lines:
    return lines[:at] + lines[at + 1 :]


def swap(lines: Lines, at: int, other: int) -> Lines:
    lines[at], lines[other] = lines[other], lines[at]
    return lines


def insert_copy(lines: Lines, at: int, other: int) -> Lines:
    return [*lines[:at], lines[other], *lines[at:]]


def insert_foreign(lines: Lines, at: int, _: int) -> Lines:
    return [*lines[:at], b'{"n":1}\n', *lines[at:]]


def blank(lines: Lines, at: int, _: int) -> Lines:
    return [*lines[:at], b"\n", *lines[at:]]


def cut_end(lines: Lines, at: int, _: int) -> Lines:
    return lines[:at]


def replace_whole(lines: Lines, at: int, other: int) -> Lines:
    lines[at] = lines[other]
    return lines


def forge(lines: Lines, at: int, _: int) -> Lines:
    """Another person, and a hash that is right for the line itself."""
    entry = read_line(lines[at])
    assert entry
    forged = entry.model_copy(update={"who": "somebody else"})
    lines[at] = _sealed_again(forged.to_line(), entry.hash)
    assert read_line(lines[at])
    return lines


def _sealed_again(line: bytes, old: str) -> bytes:
    body = line.replace(f'"hash":"{old}",'.encode(), b"")
    digest = hashlib.sha256(body.rstrip(b"\n")).hexdigest()
    return line.replace(old.encode(), digest.encode())


@pytest.mark.parametrize(
    "tamper",
    [remove, swap, insert_copy, insert_foreign, blank, cut_end, replace_whole, forge],
)
@again_and_again
@given(day=st.integers(0, 2), at=st.integers(0, 3), other=st.integers(0, 3))
def test_lines_that_were_moved_are_found(
    written: Written, tamper: Tamper, day: int, at: int, other: int
) -> None:
    written.reset()
    path = written.days()[day]
    before = path.read_bytes()
    path.write_bytes(b"".join(tamper(before.splitlines(keepends=True), at, other)))

    assert written.is_whole() == (path.read_bytes() == before)


@again_and_again
@given(day=st.integers(0, 2), at=SOME, bit=st.integers(0, 7))
def test_one_flipped_bit_is_found(written: Written, day: int, at: int, bit: int) -> None:
    written.reset()
    path = written.days()[day]
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1 << bit
    path.write_bytes(data)

    assert not written.is_whole()


@again_and_again
@given(day=st.integers(0, 2), start=SOME, length=st.integers(1, 900))
def test_bytes_that_were_cut_out_are_found(
    written: Written, day: int, start: int, length: int
) -> None:
    written.reset()
    path = written.days()[day]
    data = path.read_bytes()
    start %= len(data)
    path.write_bytes(data[:start] + data[start + length :])

    assert not written.is_whole()


@pytest.mark.parametrize("day", [0, 1, 2])
def test_file_that_is_gone_is_missed(written: Written, day: int) -> None:
    written.days()[day].unlink()
    assert not written.is_whole()


def test_files_that_changed_places_are_found(written: Written) -> None:
    first, second, _ = written.days()
    text = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(text)
    assert not written.is_whole()


@pytest.mark.parametrize("head", [b"", b"[]", b"{}", b'{"n": 12}', b'{"n": "12", "hash": "x"}'])
def test_damaged_head_is_found(written: Written, head: bytes) -> None:
    (written.folder / "head.json").write_bytes(head)
    assert not written.is_whole()


def test_cut_end_is_found_unless_the_head_was_cut_with_it(written: Written) -> None:
    """What docs/security.md says of those who can write both: only --expect finds it."""
    last = written.days()[-1]
    log = AuditLog(written.folder, AuditSettings())
    head = log.head()
    assert head
    kept = last.read_bytes().splitlines(keepends=True)[:-1]
    last.write_bytes(b"".join(kept))
    assert not written.is_whole()

    entry = read_line(kept[-1])
    assert entry
    (written.folder / "head.json").write_text(f'{{"n": {entry.n}, "hash": "{entry.hash}"}}')
    assert written.is_whole()
    assert log.verify(expect=head.hash)


def test_no_tampering_is_repaired_away(written: Written) -> None:
    last = written.days()[-1]
    data = bytearray(last.read_bytes())
    data[-1:] = b" "
    last.write_bytes(data)
    log = AuditLog(written.folder, AuditSettings())

    with pytest.raises(StorageError):
        log.open()
    assert last.read_bytes() == data


def test_mark_of_a_repair_covers_only_the_bytes_that_it_names(written: Written) -> None:
    last = written.days()[-1]
    last.write_bytes(last.read_bytes() + b"torn")
    log = AuditLog(written.folder, AuditSettings())
    log.open()
    log.close()
    assert written.is_whole()

    last.write_bytes(last.read_bytes().replace(b"torn", b"born"))
    assert not written.is_whole()
