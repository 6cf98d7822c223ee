import json
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from typer.testing import CliRunner

from cli import serving
from cli.commands import Makers, app
from cli.printing import safe
from index.lock import DirectoryLock
from index.settings import IndexSettings
from service.operator_schemas import Status, SyncReports
from service.schemas import REFUSAL, Answer, Hits
from tests.fakes.embedder import HashEmbedder

ROOT = Path(__file__).parent.parent
RECEIPTS = "# Expenses\n\n## Receipts\n\nUpload the receipt within 30 days of the purchase.\n"
QUESTION = "When must I upload the receipt?"
COMMANDS = ("ingest", "ask", "search", "serve", "status", "forget", "doctor", "rebuild")
HEAVY = ("torch", "sentence_transformers", "transformers", "llama_index", "chromadb", "fastapi")
CONFIG = """
index: {{data_dir: data{index}}}
ingest:
  sources:
    docs: {{kind: docs_repo, path: docs}}
    wiki: {{kind: docs_repo, path: wiki}}
service: {{port: 0, answering: {{min_confidence: {min_confidence}}}}}
"""


def hashed(_: IndexSettings) -> HashEmbedder:
    return HashEmbedder()


class Answerable:
    """The command, on a folder with two sources."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in (("docs", RECEIPTS), ("wiki", "# Boats\n\nThe ferry leaves at noon.\n")):
            (folder / name).mkdir()
            self.write(f"{name}/page.md", text)
        self.configure()

    def configure(self, *, min_confidence: float = 0.0, index: str = "") -> None:
        # Any evidence is enough for an answer: how sure it is, is not what is tested here.
        text = CONFIG.format(min_confidence=min_confidence, index=index)
        self.write("config.yaml", text)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text, encoding="utf-8")

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Standard output of a run that must end with this exit code; or its error output."""
        config = str(self.folder / "config.yaml")
        command = [*arguments, "--config", config]
        result = CliRunner().invoke(app, command, obj=Makers(open_embedder=hashed))
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.stdout if code == 0 or not result.stderr else result.stderr


@pytest.fixture
def answerable(tmp_path: Path) -> Answerable:
    return Answerable(tmp_path)


@pytest.fixture
def ingested(answerable: Answerable) -> Answerable:
    answerable("ingest")
    return answerable


def without_timings(text: str) -> dict[str, object]:
    changing = ("timings_ms", "answer_id")
    return {key: value for key, value in json.loads(text).items() if key not in changing}


def test_answer_is_printed_with_its_citation(ingested: Answerable) -> None:
    printed = ingested("ask", QUESTION)

    assert "Upload the receipt within 30 days of the purchase. [1]" in printed
    assert "[1] Expenses \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Receipts\n" in printed
    assert "line 5" in printed
    assert " ms (" in printed


def test_lines_are_not_padded_or_broken_for_a_program(ingested: Answerable) -> None:
    assert not [line for line in ingested("ask", QUESTION).splitlines() if line != line.rstrip()]


def test_json_of_a_command_is_that_of_the_http_api(ingested: Answerable) -> None:
    assert Answer.model_validate_json(ingested("ask", QUESTION, "--json")).citations
    assert Hits.model_validate_json(ingested("search", "receipt", "--json")).hits
    assert Status.model_validate_json(ingested("status", "--json")).index.documents == 2
    assert len(SyncReports.model_validate_json(ingested("ingest", "--json")).reports) == 2


def test_refusal_names_what_comes_nearest_and_is_no_failure(ingested: Answerable) -> None:
    ingested.configure(min_confidence=1.0)
    printed = ingested("ask", "Is there a receipt for the moon?")

    assert REFUSAL in printed
    assert "  - Expenses" in printed


def test_document_cannot_steer_the_terminal(answerable: Answerable) -> None:
    answerable.write("docs/page.md", "# Tricks\n\nA receipt \x1b[2J\x9b31m clears [red]screens.\n")
    answerable("ingest")
    printed = answerable("search", "receipt")

    assert "\x1b" not in printed
    assert "\x9b" not in printed
    assert "[red]screens" in printed


def test_safe_text_keeps_lines_and_letters() -> None:
    assert safe("é\n\t日本 🙂\x07\x1b[0m") == "é\n\t日本 🙂[0m"


def test_search_limit_and_unit_are_passed_on(ingested: Answerable) -> None:
    found = Hits.model_validate_json(ingested("search", "the", "--limit", "1", "--json"))
    assert len(found.hits) == 1
    by_document = ingested("search", "the", "--by", "document", "--json")
    assert len(Hits.model_validate_json(by_document).hits) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ask", "  "), "the question is empty"),
        (("ask", "a\x00b"), "control characters"),
        (("search", "x", "--limit", "0"), "limit"),
        (("ingest", "jira"), "there are: docs, wiki"),
        (("frobnicate",), "frobnicate"),
    ],
)
def test_misuse_ends_with_2_and_says_why(
    answerable: Answerable, arguments: tuple[str, ...], message: str
) -> None:
    assert message in answerable(*arguments, code=2)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("index: {data_dri: x}", "index.data_dri: unknown key"),
        ("indx: {}", "unknown section 'indx'"),
        ("index: [", "is not YAML"),
        ("service: {retrieval: {mode: magic}}", "service.retrieval.mode"),
    ],
)
def test_wrong_settings_end_with_2_and_name_the_place(
    answerable: Answerable, config: str, message: str
) -> None:
    answerable.write("config.yaml", config)
    assert message in answerable("ask", QUESTION, code=2)


def test_missing_config_file_is_said(answerable: Answerable) -> None:
    (answerable.folder / "config.yaml").unlink()
    assert "name it with --config" in answerable("status", code=2)


def test_no_source_at_all_is_said(answerable: Answerable) -> None:
    answerable.write("config.yaml", "index: {}")
    assert "no source is configured" in answerable("ingest", code=2)


def test_source_that_fails_ends_with_1_and_the_others_go_on(answerable: Answerable) -> None:
    (answerable.folder / "docs" / "page.md").unlink()
    (answerable.folder / "docs").rmdir()
    printed = answerable("ingest", code=1)

    assert "failed: " in printed
    assert "wiki: 1 listed, 1 indexed" in printed


def test_dry_run_prints_the_plan_and_writes_nothing(answerable: Answerable) -> None:
    assert "would add docs:page.md" in answerable("ingest", "docs", "--dry-run")
    assert Status.model_validate_json(answerable("status", "--json")).index.documents == 0


def test_second_ingest_has_nothing_to_do(ingested: Answerable) -> None:
    assert "docs: 1 listed, 0 indexed, 1 unchanged" in ingested("ingest")


def test_skipped_file_is_named_with_its_reason(answerable: Answerable) -> None:
    (answerable.folder / "docs" / "logo.md").write_bytes(b"\x89PNG\x00\x01\x02")
    answerable("ingest")

    assert "skipped docs:logo.md: " in answerable("status")


def test_mass_deletion_is_held_back_until_it_is_allowed(answerable: Answerable) -> None:
    names = [f"docs/{number}.md" for number in range(30)]
    for name in names:
        answerable.write(name, f"# Page\n\nThis is {name}.\n")
    answerable("ingest", "docs")
    for name in names:
        (answerable.folder / name).unlink()

    assert "--allow-mass-delete" in answerable("ingest", "docs", code=1)
    assert "30 deleted" in answerable("ingest", "docs", "--allow-mass-delete")


def test_status_before_the_first_ingest(answerable: Answerable) -> None:
    assert "never ingested" in answerable("status")


def test_doctor_finds_nothing_in_a_whole_index(ingested: Answerable) -> None:
    assert "agree" in ingested("doctor")


def test_doctor_names_damage_and_repairs_it_when_told(ingested: Answerable) -> None:
    with sqlite3.connect(ingested.folder / "data" / "catalog.sqlite3") as catalog:
        catalog.execute("DELETE FROM embeddings")
    catalog.close()

    assert "would repair" in ingested("doctor", code=1)
    assert json.loads(ingested("doctor", "--json", code=1))["left"]
    assert "agree" in ingested("doctor", "--repair")
    assert "agree" in ingested("doctor")


def test_other_limit_of_chunks_asks_for_a_rebuild(ingested: Answerable) -> None:
    ingested.configure(index=", chunk_tokens: 32")

    assert "answerable rebuild" in ingested("ask", QUESTION, code=2)
    assert json.loads(ingested("rebuild", "--json"))["documents"] == 2
    assert "30 days" in ingested("ask", QUESTION)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])

    assert result.exit_code == 0
    assert "--config" in result.stdout


def test_index_in_use_by_a_command_is_said_with_its_name(ingested: Answerable) -> None:
    lock = DirectoryLock(ingested.folder / "data", "answerable rebuild")
    said = ingested("ask", QUESTION, code=2)
    lock.release()

    assert "answerable rebuild (pid " in said


def test_service_that_does_not_answer_is_said(ingested: Answerable) -> None:
    lock = DirectoryLock(ingested.folder / "data", "answerable serve")
    with socket.socket() as nobody:  # bound, but nobody listens
        nobody.bind(("127.0.0.1", 0))
        lock.announce(serving.address(nobody))
        said = ingested("ask", QUESTION, code=2)
    lock.release()

    assert "in use by answerable serve" in said


@contextmanager
def running(answerable: Answerable) -> Iterator[uvicorn.Server]:
    """The service on the folder's settings, with a real server in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = serving.address(listening)
        server, opening = serving.made(answerable.folder / "config.yaml", hashed, url)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        opening.wait()
        try:
            yield server
        finally:
            server.should_exit = True
            thread.join()


def test_running_service_answers_for_the_command(ingested: Answerable) -> None:
    def everything(run: Callable[..., str]) -> list[dict[str, object]]:
        asked = (("ask", QUESTION), ("search", "ferry"), ("search", "the", "--by", "document"))
        return [without_timings(run(*arguments, "--json")) for arguments in asked]

    alone = everything(ingested)
    with running(ingested):
        assert everything(ingested) == alone


def test_running_service_ingests_for_the_command_and_finds_it_at_once(
    ingested: Answerable,
) -> None:
    with running(ingested):
        ingested.write("wiki/page.md", "# Boats\n\nThe ferry to Gotland leaves at nine.\n")
        assert "wiki: 1 listed, 1 indexed" in ingested("ingest", "wiki")
        assert "Gotland" in ingested("search", "ferry")
        assert "last run" in ingested("status")


def test_running_service_refuses_like_the_command_itself(ingested: Answerable) -> None:
    with running(ingested):
        assert "the question is empty" in ingested("ask", " ", code=2)
        assert "there are: docs, wiki" in ingested("ingest", "jira", code=2)


@pytest.mark.parametrize("command", ["doctor", "rebuild"])
def test_what_needs_the_index_alone_names_the_running_service(
    ingested: Answerable, command: str
) -> None:
    with running(ingested):
        assert "listening on http://127.0.0.1:" in ingested(command, code=2)


def test_index_is_free_again_when_the_service_ends(ingested: Answerable) -> None:
    with running(ingested):
        pass
    ingested("doctor")


def test_service_that_cannot_open_its_index_ends(ingested: Answerable) -> None:
    ingested.configure(index=", chunk_tokens: 32")
    assert "answerable rebuild" in ingested("serve", code=2)


def test_taken_address_is_said(ingested: Answerable) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ingested.write("config.yaml", f"service: {{port: {port}}}")
        assert "set another service.port" in ingested("serve", code=2)


def test_answer_needs_no_heavy_import(ingested: Answerable) -> None:
    # In a process of its own: this one has imported everything.
    script = f"""
import sys
from typer.testing import CliRunner
from cli.commands import Makers, app
from tests.fakes.embedder import HashEmbedder
asked = ["ask", {QUESTION!r}, "--config", {str(ingested.folder / "config.yaml")!r}]
result = CliRunner().invoke(app, asked, obj=Makers(open_embedder=lambda _: HashEmbedder()))
print(result.exit_code, sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "0 []\n"


@pytest.mark.slow
def test_real_model_answers_from_a_real_command(answerable: Answerable) -> None:
    config = ("--config", str(answerable.folder / "config.yaml"))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", *arguments, *config]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert "docs: 1 listed, 1 indexed" in run("ingest").stdout
    assert "30 days of the purchase. [1]" in run("ask", QUESTION).stdout
