"""`answerable audit` and `answerable access`, as they are below the main command."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli import access, audit
from cli.commands import Commands
from index.settings import IndexSettings
from index.store import Index
from service.auditing.entries import Entry
from service.auditing.log import AuditLog
from service.auditing.settings import AuditSettings
from service.identity.database import FILE
from service.identity.keys import Keys, Owner
from tests.fakes.embedder import HashEmbedder
from tests.index.documents import item

START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
ADA = "ada@tallow.example"

app = typer.Typer(cls=Commands)
app.add_typer(audit.app, name="audit")
app.add_typer(access.app, name="access")


class Answerable:
    """The two commands, on a folder with a log of three days."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        age = "service: {auth: {max_permission_age: null}}\n"
        self.config.write_text("index: {data_dir: data}\n" + age)
        self.days = iter(START + timedelta(days=n) for n in range(9))
        self.log = AuditLog(
            folder / "data" / "audit", AuditSettings(questions=True), lambda: next(self.days)
        )

    def record(self) -> None:
        for who in (ADA, "bo@tallow.example", ADA):
            self.log.record(
                Entry(who, "oidc", "ask", documents=["docs:é"], question="\x1b[2J why?")
            )

    def __call__(self, *arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, [*arguments, "--config", str(self.config)])
        assert result.exit_code == code, result.output
        return result.output

    def numbers(self, *arguments: str) -> list[int]:
        printed = self("audit", "export", *arguments)
        return [json.loads(line)["n"] for line in printed.splitlines()]


@pytest.fixture
def answerable(tmp_path: Path) -> Answerable:
    return Answerable(tmp_path)


@pytest.fixture
def recorded(answerable: Answerable) -> Answerable:
    answerable.record()
    return answerable


def damage(recorded: Answerable) -> None:
    first = min((recorded.folder / "data" / "audit").glob("*.jsonl"))
    first.write_bytes(first.read_bytes().replace(b"ada@", b"eve@"))


def test_whole_log_is_verified_and_its_end_is_said(recorded: Answerable) -> None:
    printed = recorded("audit", "verify")
    head = recorded.log.head()

    assert head
    assert printed.startswith("3 entries")
    assert head.hash in printed


def test_log_is_read_while_the_service_has_it_open(recorded: Answerable) -> None:
    recorded.log.open()
    assert "3 entries" in recorded("audit", "verify")


def test_reading_makes_nothing(answerable: Answerable) -> None:
    assert "is empty" in answerable("audit", "verify")
    assert answerable("audit", "export") == ""
    assert not (answerable.folder / "data").exists()


def test_changed_entry_fails_and_says_where(recorded: Answerable) -> None:
    damage(recorded)
    assert "000000000001-2027-01-04.jsonl:1: " in recorded("audit", "verify", code=1)


def test_hash_from_elsewhere_is_compared(recorded: Answerable) -> None:
    head = recorded.log.head()
    assert head
    recorded("audit", "verify", "--expect", head.hash.upper())
    assert "expected hash" in recorded("audit", "verify", "--expect", "0" * 64, code=1)


def test_export_gives_the_lines_of_the_log(recorded: Answerable) -> None:
    files = sorted((recorded.folder / "data" / "audit").glob("*.jsonl"))
    assert recorded("audit", "export") == "".join(path.read_text() for path in files)
    assert "\x1b" not in recorded("audit", "export")


def test_export_is_limited_to_a_time_and_a_person(recorded: Answerable) -> None:
    assert recorded.numbers("--since", "2027-01-05") == [2, 3]
    assert recorded.numbers("--until", "2027-01-05T09:00Z") == [1]
    assert recorded.numbers("--since", "2027-01-05T10:00+01:00", "--who", ADA) == [3]


def test_export_to_a_file_is_for_its_owner_and_replaces_none(recorded: Answerable) -> None:
    out = recorded.folder / "out.jsonl"
    assert recorded("audit", "export", "--out", str(out)) == ""
    assert len(out.read_text().splitlines()) == 3
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "--out" in recorded("audit", "export", "--out", str(out), code=2)


def test_export_of_a_damaged_log_says_so(recorded: Answerable) -> None:
    damage(recorded)
    printed = recorded("audit", "export", code=1)
    assert "no entry as it was written" in printed
    assert printed.count('"action":"ask"') == 2


def test_time_that_is_none_is_refused(recorded: Answerable) -> None:
    assert "--since: 'yesterday'" in recorded("audit", "export", "--since", "yesterday", code=2)


@pytest.fixture
def indexed(answerable: Answerable) -> Answerable:
    settings = IndexSettings(data_dir=answerable.folder / "data")
    with Index(settings, HashEmbedder(), chunker="whole") as index:
        index.put([item("pay", "What everybody earns.", ["group:board", "user:bo@tallow.example"])])
    return answerable


def test_person_without_a_rule_is_told_who_may(indexed: Answerable) -> None:
    printed = indexed("access", "explain", ADA, "notes:pay", code=1)

    assert f"{ADA} cannot see notes:pay" in printed
    assert "its readers: group:board, user:bo@tallow.example" in printed


def test_rule_that_grants_is_printed(indexed: Answerable) -> None:
    printed = indexed("access", "explain", "Bo@Tallow.example", "notes:pay")
    assert "bo@tallow.example can see notes:pay" in printed
    assert "granted by user:bo@tallow.example" in printed


def test_group_of_a_token_can_be_given(indexed: Answerable) -> None:
    printed = indexed("access", "explain", ADA, "notes:pay", "--group", "Board")
    assert "granted by group:board, which they are in by board" in printed


def test_key_of_a_service_is_somebody_too(indexed: Answerable) -> None:
    asked = ("access", "explain", "service:CI", "notes:pay")
    assert "service:ci can see" in indexed(*asked, "--group", "board")
    indexed(*asked, code=1)


@pytest.mark.parametrize("person", ["ada", "service:", "ada and bo@tallow.example"])
def test_person_that_cannot_be_is_refused(indexed: Answerable, person: str) -> None:
    assert "say an address" in indexed("access", "explain", person, "notes:pay", code=2)


def test_json_says_the_same(indexed: Answerable) -> None:
    found = json.loads(indexed("access", "explain", ADA, "notes:pay", "--json", code=1))
    assert (found["is_allowed"], found["grants"]) == (False, [])
    assert found["origin"]["source"] == "notes"


def test_unknown_document_is_said_to_be_unknown(indexed: Answerable) -> None:
    printed = indexed("access", "explain", ADA, "notes:pya", code=1)
    assert "no such document" in printed


def test_access_is_explained_beside_the_process_that_has_the_index(indexed: Answerable) -> None:
    settings = IndexSettings(data_dir=indexed.folder / "data")
    with Index(settings, HashEmbedder(), chunker="whole"):
        assert "cannot see" in indexed("access", "explain", ADA, "notes:pay", code=1)


def test_missing_index_is_not_made(answerable: Answerable) -> None:
    assert "no index" in answerable("access", "explain", ADA, "notes:pay", code=2)
    assert not (answerable.folder / "data").exists()


@pytest.mark.parametrize(
    "command", [("audit", "verify"), ("audit", "export"), ("access", "explain")]
)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert "--config" in result.stdout


def test_service_is_explained_with_the_groups_of_its_valid_keys(indexed: Answerable) -> None:
    keys = Keys(indexed.folder / "data" / FILE)
    _, key = keys.create(Owner("", "robot", ("board",)), timedelta(days=1), "")

    assert "can see notes:pay" in indexed("access", "explain", "service:robot", "notes:pay")
    keys.revoke(key.key_id)
    keys.close()
    assert "cannot see" in indexed("access", "explain", "service:robot", "notes:pay", code=1)
