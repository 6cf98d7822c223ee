import json
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.errors import StorageError
from service.auditing.entries import MOST_DOCUMENTS, Entry, Recorded
from service.auditing.files import Head
from service.auditing.log import AuditLog, NotRecorded
from service.auditing.settings import AuditSettings

ROOT = Path(__file__).parents[2]
START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    """Says the time that it was set to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path, clock: Clock) -> AuditLog:
    return AuditLog(tmp_path / "audit", AuditSettings(), clock)


def again(log: AuditLog, tmp_path: Path, clock: Clock, keep_days: int = 365) -> AuditLog:
    """The log as the next process finds it."""
    log.close()
    return AuditLog(tmp_path / "audit", AuditSettings(keep_days=keep_days), clock)


def asked(who: str = "ada@tallow.example", *documents: str) -> Entry:
    return Entry(who, "oidc", "ask", documents=documents, question="Who earns what?")


def whats(log: AuditLog) -> list[str]:
    return [problem.what for problem in log.verify()]


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "audit").glob("*.jsonl"))


def last_line(tmp_path: Path) -> bytes:
    return files(tmp_path)[-1].read_bytes().splitlines(keepends=True)[-1]


def test_entry_says_who_was_shown_what(log: AuditLog) -> None:
    shown = ("docs:pay.md", "docs:leave.md")
    log.record(Entry("ci", "key", "ask", "k1", shown, withheld=3, abstained=False))

    (entry,) = log.entries()
    assert (entry.n, entry.at, entry.who, entry.way, entry.key_id) == (1, START, "ci", "key", "k1")
    assert (entry.action, entry.documents, entry.shown) == ("ask", shown, 2)
    assert (entry.withheld, entry.abstained) == (3, False)


def test_question_is_not_kept(log: AuditLog, tmp_path: Path) -> None:
    log.record(asked())
    assert b"earns" not in last_line(tmp_path)


def test_question_is_kept_when_configured(tmp_path: Path, clock: Clock) -> None:
    log = AuditLog(tmp_path / "audit", AuditSettings(questions=True), clock)
    log.record(asked())
    assert [entry.question for entry in log.entries()] == ["Who earns what?"]


def test_nothing_is_made_when_it_is_off(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit", AuditSettings(enabled=False))
    log.open()
    log.record(asked())
    assert not (tmp_path / "audit").exists()


def test_line_of_a_list_of_everything_is_bounded(log: AuditLog) -> None:
    log.record(asked("ada@tallow.example", *(f"docs:{n}" for n in range(MOST_DOCUMENTS + 5))))

    (entry,) = log.entries()
    assert (len(entry.documents), entry.shown) == (MOST_DOCUMENTS, MOST_DOCUMENTS + 5)


def test_only_the_owner_can_read_it(log: AuditLog, tmp_path: Path) -> None:
    log.record(asked())
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "audit").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "audit").stat().st_mode) == 0o700


def test_what_no_encoding_can_say_is_recorded_all_the_same(log: AuditLog) -> None:
    log.record(asked("\ud800@tallow.example\n", "docs:\x00"))

    assert [entry.who for entry in log.entries()] == ["\ud800@tallow.example\n"]
    assert whats(log) == []


def test_entries_are_chosen_by_time_and_person(log: AuditLog, clock: Clock) -> None:
    for who in ("ada@tallow.example", "bo@tallow.example", "ada@tallow.example"):
        log.record(asked(who))
        clock.now += DAY

    def numbers(**chosen: object) -> list[int]:
        return [entry.n for entry in log.entries(**chosen)]  # type: ignore[arg-type]

    assert numbers() == [1, 2, 3]
    assert numbers(who="ADA@tallow.example") == [1, 3]
    assert numbers(since=START + DAY) == [2, 3]
    assert numbers(until=START + DAY) == [1]


def test_next_process_goes_on_where_the_last_one_ended(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log.record(asked())
    log = again(log, tmp_path, clock)
    log.record(asked())

    assert [entry.n for entry in log.entries()] == [1, 2]
    assert whats(log) == []


def test_each_day_has_its_file_and_the_chain_goes_through_them(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log.record(asked())
    clock.now += DAY
    log.record(asked())

    assert [path.name for path in files(tmp_path)] == [
        "000000000001-2027-01-04.jsonl",
        "000000000002-2027-01-05.jsonl",
    ]
    assert whats(log) == []


def test_clock_that_is_set_back_breaks_nothing(log: AuditLog, tmp_path: Path, clock: Clock) -> None:
    for moved in (DAY, -3 * DAY, timedelta(0), 2 * DAY):
        clock.now += moved
        log.record(asked())
    log = again(log, tmp_path, clock)
    log.record(asked())

    assert [entry.n for entry in log.entries()] == [1, 2, 3, 4, 5]
    assert [entry.at for entry in log.entries()] == [
        START + DAY,
        START - 2 * DAY,
        START - 2 * DAY,
        START,
        START,
    ]
    assert whats(log) == []


def test_threads_do_not_get_in_each_others_way(log: AuditLog) -> None:
    def work(name: str) -> None:
        for number in range(25):
            log.record(asked(name, f"docs:{number}"))

    threads = [threading.Thread(target=work, args=(f"person{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = list(log.entries())
    assert [entry.n for entry in entries] == list(range(1, 201))
    for n in range(8):
        mine = [entry.documents for entry in entries if entry.who == f"person{n}"]
        assert mine == [(f"docs:{number}",) for number in range(25)]
    assert whats(log) == []


def test_it_can_be_verified_while_it_is_written(log: AuditLog) -> None:
    is_over, seen = threading.Event(), []
    log.record(asked())

    def watch() -> None:
        while not is_over.is_set():
            seen.append(whats(log))

    thread = threading.Thread(target=watch)
    thread.start()
    for _ in range(100):
        log.record(asked())
    is_over.set()
    thread.join()
    assert seen
    assert not [problems for problems in seen if problems]


def test_entries_are_removed_when_they_were_kept_long_enough(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log = again(log, tmp_path, clock, keep_days=10)
    for _ in range(30):
        log.record(asked())
        clock.now += DAY

    ats = [entry.at for entry in log.entries()]
    assert ats[0] == START + 19 * DAY
    assert "expired" in {entry.action for entry in log.entries()}
    assert whats(log) == []


def test_process_that_ended_while_it_removed_a_file_removes_it_later(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log = again(log, tmp_path, clock, keep_days=1)
    log.record(asked())
    oldest = files(tmp_path)[0]
    kept = oldest.read_bytes()
    clock.now += 3 * DAY
    log.record(asked())
    oldest.write_bytes(kept)
    assert whats(log) == []
    clock.now += DAY
    log.record(asked())

    assert not oldest.exists()
    assert whats(log) == []


def test_first_file_that_somebody_else_removed_is_missed(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log.record(asked())
    clock.now += DAY
    log.record(asked())
    files(tmp_path)[0].unlink()

    assert whats(log) == ["what came before entry 2 was removed, and not by the log itself"]


def test_hash_that_was_written_down_is_found_later(log: AuditLog) -> None:
    log.record(asked())
    head = log.head()
    assert head
    log.record(asked())

    assert log.verify(expect=head.hash) == []
    (problem,) = log.verify(expect="0" * 63 + "1")
    assert "expected hash" in problem.what


def test_hash_is_found_after_its_file_was_removed(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log = again(log, tmp_path, clock, keep_days=1)
    log.record(asked())
    head = log.head()
    assert head
    clock.now += 3 * DAY
    log.record(asked())

    assert log.verify(expect=head.hash) == []


def test_log_that_was_written_anew_is_found_by_the_expected_hash(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log.record(asked("mallory@tallow.example"))
    head = log.head()
    assert head
    for path in (tmp_path / "audit").iterdir():
        path.unlink()
    log = again(log, tmp_path, clock)
    log.record(asked("ada@tallow.example"))

    assert log.verify() == []
    assert len(log.verify(expect=head.hash)) == 1


def test_torn_line_is_kept_and_marked(log: AuditLog, tmp_path: Path, clock: Clock) -> None:
    log.record(asked())
    log.close()
    with files(tmp_path)[0].open("ab") as file:
        file.write(b'{"abstained":null,"acti')
    assert whats(log) == []  # nobody was told that it is recorded, and it may be under way
    log = again(log, tmp_path, clock)
    log.open()

    mark = list(log.entries())[-1]
    assert (mark.action, mark.facts["bytes"], mark.facts["entries"]) == ("repaired", 24, 0)
    assert b'"acti\n' in files(tmp_path)[0].read_bytes()
    assert whats(log) == []


def test_repair_that_was_torn_itself_is_repaired(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log.record(asked())
    for torn in (b'{"a', b'\n{"abst', b'\n{"abstained"'):
        log.close()
        with files(tmp_path)[0].open("ab") as file:
            file.write(torn)
    log = again(log, tmp_path, clock)
    log.record(asked())

    assert [entry.action for entry in log.entries()] == ["ask", "repaired", "ask"]
    assert whats(log) == []


def test_entry_that_the_head_does_not_know_is_marked(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log.record(asked())
    head = tmp_path / "audit" / "head.json"
    before = head.read_bytes()
    log.record(asked())
    head.write_bytes(before)
    log = again(log, tmp_path, clock)
    log.open()

    mark = list(log.entries())[-1]
    assert (mark.n, mark.action, mark.facts["entries"]) == (3, "repaired", 1)
    assert whats(log) == []


def test_process_that_ended_before_the_first_line_leaves_no_trouble(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log.record(asked())
    clock.now += DAY
    (tmp_path / "audit" / "000000000002-2027-01-05.jsonl").touch()
    log = again(log, tmp_path, clock)
    log.record(asked())

    assert [entry.action for entry in log.entries()] == ["ask", "ask"]
    assert whats(log) == []


def remove_head(head: Path) -> None:
    head.unlink()


def move_head(head: Path) -> None:
    head.rename(head.with_name("moved"))


def lengthen_head(head: Path) -> None:
    head.write_bytes(head.read_bytes() + b"more")


def replace_head(head: Path) -> None:
    head.with_name("copy").write_bytes(head.read_bytes())
    head.with_name("copy").replace(head)


@pytest.mark.parametrize("change", [remove_head, move_head, lengthen_head, replace_head])
def test_head_that_somebody_changed_is_written_anew(
    log: AuditLog, tmp_path: Path, clock: Clock, change: Callable[[Path], None]
) -> None:
    log.record(asked())
    change(tmp_path / "audit" / "head.json")
    log.record(asked())

    assert whats(log) == []
    log = again(log, tmp_path, clock)
    log.record(asked())
    assert [entry.n for entry in log.entries()] == [1, 2, 3]


def test_folder_that_was_moved_away_is_not_gone_on_with(
    log: AuditLog, tmp_path: Path, clock: Clock
) -> None:
    log.record(asked())
    (tmp_path / "audit").rename(tmp_path / "kept")
    with pytest.raises(NotRecorded):
        log.record(asked())
    clock.now += DAY
    log.record(asked())

    assert [entry.n for entry in log.entries()] == [1]
    assert whats(log) == []


@pytest.mark.parametrize("spaces", [0, 80])
def test_head_of_another_length_is_gone_on_with(
    log: AuditLog, tmp_path: Path, clock: Clock, spaces: int
) -> None:
    log.record(asked())
    log.close()
    head = tmp_path / "audit" / "head.json"
    head.write_bytes(head.read_bytes().strip() + b" " * spaces)
    log = again(log, tmp_path, clock)
    log.record(asked())

    assert json.loads(head.read_bytes())["n"] == 2
    assert whats(log) == []


def test_head_can_be_read_while_it_is_written(log: AuditLog) -> None:
    log.record(asked())
    done = threading.Event()

    def write() -> None:
        for _ in range(150):
            log.record(asked())
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while not done.is_set():
        head = log.head()
        assert head is not None
        seen.append(head.n)
    writer.join()

    assert seen == sorted(seen)
    assert len(set(seen)) > 1


def cut_last_entry(folder: Path) -> None:
    (day,) = folder.glob("*.jsonl")
    day.write_bytes(b"".join(day.read_bytes().splitlines(keepends=True)[:-1]))


def lose_head(folder: Path) -> None:
    (folder / "head.json").unlink()


def lose_files(folder: Path) -> None:
    for day in folder.glob("*.jsonl"):
        day.unlink()


def set_head_back(folder: Path) -> None:
    (folder / "head.json").write_text(json.dumps({"n": 0, "hash": Head().hash}))


def change_an_entry(folder: Path) -> None:
    (day,) = folder.glob("*.jsonl")
    day.write_bytes(day.read_bytes().replace(b"ada@", b"bob@", 1))


@pytest.mark.parametrize(
    "damage", [cut_last_entry, lose_head, lose_files, set_head_back, change_an_entry]
)
def test_damaged_log_is_not_gone_on_with(
    log: AuditLog, tmp_path: Path, clock: Clock, damage: Callable[[Path], None]
) -> None:
    for _ in range(3):
        log.record(asked())
    damage(tmp_path / "audit")
    log = again(log, tmp_path, clock)

    with pytest.raises(StorageError, match="audit verify"):
        log.open()
    with pytest.raises(NotRecorded):
        log.record(asked())


def test_file_that_somebody_else_wrote_to_is_noticed_at_once(log: AuditLog, tmp_path: Path) -> None:
    log.record(asked())
    with files(tmp_path)[0].open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(NotRecorded):
        log.record(asked())


def test_file_that_was_removed_under_the_log_is_noticed_at_once(
    log: AuditLog, tmp_path: Path
) -> None:
    log.record(asked())
    files(tmp_path)[0].unlink()
    with pytest.raises(NotRecorded):
        log.record(asked())
    with pytest.raises(NotRecorded):
        log.record(asked())


WRITER = """
import sys
from pathlib import Path
from service.auditing.entries import Entry
from service.auditing.log import AuditLog
from service.auditing.settings import AuditSettings

log = AuditLog(Path(sys.argv[1]), AuditSettings())
while True:
    log.record(Entry("ada@tallow.example", "oidc", "ask", documents=["docs:page"] * 500))
    print(log.head().n, flush=True)
"""


def test_killed_process_loses_no_entry_that_it_told_of(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    told = 0
    for kill_after in (1, 7, 20, 33):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout
        for _ in range(kill_after):
            told = int(writer.stdout.readline())
        writer.kill()
        told = int((writer.stdout.read().split() or [told])[-1])
        writer.stdout.close()
        writer.wait()
    log = AuditLog(folder, AuditSettings())
    log.record(asked())

    assert log.verify() == []
    entries = list(log.entries())
    assert len(entries) > told
    assert [entry.n for entry in entries] == list(range(1, len(entries) + 1))


FULL = """
import resource, sys
from pathlib import Path
from service.auditing.entries import Entry
from service.auditing.log import AuditLog, NotRecorded
from service.auditing.settings import AuditSettings

log = AuditLog(Path(sys.argv[1]), AuditSettings())
shown = Entry("ada@tallow.example", "oidc", "ask", documents=["docs:page"] * 9)
for _ in range(3):
    log.record(shown)
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))
refused = 0
for _ in range(3):
    try:
        log.record(shown)
    except NotRecorded:
        refused += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
log.record(shown)
print(refused, [str(problem) for problem in log.verify()], [e.action for e in log.entries()])
"""


def test_full_disk_refuses_and_later_goes_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "audit")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "3 [] ['ask', 'ask', 'ask', 'repaired', 'ask']\n"


def test_folder_that_cannot_be_made_stops_the_service_from_starting(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file")
    log = AuditLog(tmp_path / "audit", AuditSettings())
    with pytest.raises(StorageError):
        log.open()


def test_refusal_does_not_say_where_the_log_is(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file")
    with pytest.raises(NotRecorded) as refused:
        AuditLog(tmp_path / "audit", AuditSettings()).record(asked())
    assert "audit" not in str(refused.value)


def test_line_is_the_same_when_it_is_written_again(log: AuditLog, tmp_path: Path) -> None:
    log.record(asked("ada@tallow.example", "docs:é"))
    entries: list[Recorded] = list(log.entries())
    assert [entry.to_line() for entry in entries] == [last_line(tmp_path)]


def test_cut_end_is_said_with_both_numbers(log: AuditLog, tmp_path: Path) -> None:
    for _ in range(3):
        log.record(asked())
    cut_last_entry(tmp_path / "audit")
    assert whats(log) == ["it ends with entry 2, but 3 were recorded"]


def test_entries_beyond_what_was_recorded_are_found(log: AuditLog, tmp_path: Path) -> None:
    for _ in range(5):
        log.record(asked())
    third = list(log.entries())[2]
    (tmp_path / "audit" / "head.json").write_text(json.dumps({"n": 3, "hash": third.hash}))

    assert any("added by somebody else" in what for what in whats(log))
