import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from cli import keys as command
from cli.commands import Commands
from service.identity.database import FILE
from service.identity.keys import Keys
from tests.service.identity.asking import assert_refused, with_bearer

# As the lead command has it; it is its class that makes messages of errors.
root = typer.Typer(cls=Commands)
root.add_typer(command.app, name="keys")


class Shell:
    """The command, on a folder with a configuration."""

    def __init__(self, folder: Path) -> None:
        self._config = folder / "config.yaml"
        self._config.write_text("index: {data_dir: data}\n", encoding="utf-8")
        self.path = folder / "data" / FILE

    def run(self, *arguments: str, code: int = 0) -> Result:
        given = ["keys", *arguments, "--config", str(self._config)]
        result = CliRunner().invoke(root, given)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    def listed(self) -> list[dict[str, str]]:
        return list(json.loads(self.run("list", "--json").stdout)["keys"])


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_key_is_printed_alone_and_what_to_do_with_it_beside(shell: Shell) -> None:
    result = shell.run("create", "--email", "Ada@Tallow.example", "--label", "laptop")

    text = result.stdout.removesuffix("\n")
    keys = Keys(shell.path)
    proven = keys.prove(with_bearer(text))
    keys.close()
    assert proven
    assert proven.email == "ada@tallow.example"
    assert "Authorization: Bearer" in result.stderr
    assert text not in result.stderr


def test_list_shows_keys_without_their_secrets(shell: Shell) -> None:
    text = shell.run("create", "--service", "nightly", "--group", "Staff").stdout.strip()

    shown = shell.run("list").stdout
    (facts,) = shell.listed()

    assert "service nightly" in shown
    assert (facts["service"], facts["groups"], facts["state"]) == ("nightly", ["staff"], "valid")
    for output in (shown, json.dumps(facts)):
        assert facts["key_id"] in output
        assert text.split("_", 2)[2] not in output


def test_key_lives_as_long_as_is_said(shell: Shell) -> None:
    shell.run("create", "--service", "nightly", "--expires", "12h")

    (facts,) = shell.listed()
    created, expires = (
        datetime.fromisoformat(facts[f"{what}_at"]) for what in ("created", "expires")
    )
    assert expires - created == timedelta(hours=12)


def test_revoked_key_holds_no_more(shell: Shell) -> None:
    text = shell.run("create", "--email", "ada@tallow.example").stdout.strip()
    (facts,) = shell.listed()

    assert "no more" in shell.run("revoke", facts["key_id"]).stdout

    keys = Keys(shell.path)
    assert_refused(keys.prove, with_bearer(text))
    keys.close()
    assert shell.listed()[0]["state"] == "revoked"


def test_revoking_an_unknown_key_fails(shell: Shell) -> None:
    assert "no key" in shell.run("revoke", "0123456789abcdef", code=1).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--email", "ada@tallow.example", "--service", "nightly"),
        ("--email", "ada"),
        ("--email", "ada@tallow.example", "--group", "staff"),
        ("--service", "nightly", "--expires", "soon"),
        ("--service", "nightly", "--expires", "0d"),
        ("--service", "nightly", "--expires", "9999d"),
    ],
)
def test_key_that_makes_no_sense_is_not_made(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert "error" in shell.run("create", *arguments, code=2).stderr
    assert shell.listed() == []


def test_empty_list_says_how_to_make_a_key(shell: Shell) -> None:
    assert "keys create" in shell.run("list").stdout


def test_label_cannot_steer_the_terminal(shell: Shell) -> None:
    shell.run("create", "--service", "nightly", "--label", "a\x1b[2Jb")

    assert "\x1b" not in shell.run("list").stdout
