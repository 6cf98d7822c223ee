"""`answerable keys`: API keys are made, listed and revoked, also while the service runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Self

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli import printing
from index.errors import ConfigError
from index.settings import IndexSettings
from service.identity.database import FILE
from service.identity.keys import Key, Keys, Owner
from service.identity.settings import duration
from service.shapes import Model

HERE: Final = Path("config.yaml")
Config = Annotated[Path, typer.Option("--config", help="The configuration file.", metavar="PATH")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    help="Make, list and revoke API keys.", no_args_is_help=True, add_completion=False
)


class KeyFacts(Model):
    """What is known of a key; its secret is not."""

    key_id: str
    email: str
    service: str
    groups: list[str]
    label: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    state: str

    @classmethod
    def of(cls, key: Key) -> Self:
        """The same key as others read it."""
        return cls(
            key_id=key.key_id,
            email=key.email,
            service=key.service,
            groups=list(key.groups),
            label=key.label,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            state=key.state(datetime.now(UTC)),
        )


class KeyList(Model):
    """All keys, the oldest first."""

    keys: list[KeyFacts]


@app.command()
def create(
    config: Config = HERE,
    email: Annotated[str, typer.Option(help="The person who will ask with it.")] = "",
    service: Annotated[str, typer.Option(help="Or the service, by a name.")] = "",
    group: Annotated[
        list[str] | None, typer.Option(help="A group the service acts with; may be repeated.")
    ] = None,
    expires: Annotated[str, typer.Option(help="How long it lives, like 12h or 90d.")] = "90d",
    label: Annotated[str, typer.Option(help="What it is for, for the list.")] = "",
) -> None:
    """Make a key, and print it: this once."""
    owner = Owner(email, service, tuple(group or ()))
    with _keys(config) as keys:
        text, key = keys.create(owner, _life(expires), label)
    # The key alone on standard output, so that it can be piped to where it is kept.
    typer.echo(text)
    _print_next(printing.err(), KeyFacts.of(key))


@app.command("list")
def list_keys(config: Config = HERE, as_json: Json = False) -> None:
    """List the keys, without their secrets."""
    with _keys(config) as keys:
        found = [KeyFacts.of(key) for key in keys.list()]
    if as_json:
        typer.echo(KeyList(keys=found).model_dump_json(indent=2))
    else:
        _print_keys(printing.out(), found)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="Its id, as `answerable keys list` shows it.")],
    config: Config = HERE,
    as_json: Json = False,
) -> None:
    """Make a key hold no more, from now on and for good."""
    with _keys(config) as keys:
        facts = KeyFacts.of(keys.revoke(key_id))
    if as_json:
        typer.echo(facts.model_dump_json(indent=2))
    else:
        printing.out().print(Text(f"key {facts.key_id} of {_who(facts)} holds no more"))


@contextmanager
def _keys(config: Path) -> Iterator[Keys]:
    keys = Keys(IndexSettings.load(config).data_dir / FILE)
    try:
        yield keys
    finally:
        keys.close()


def _life(text: str) -> timedelta:
    try:
        return duration(text)
    except ValueError as error:
        raise ConfigError(f"--expires: {error}") from error


def _print_next(console: Console, facts: KeyFacts) -> None:
    console.print(
        Text(
            f"Key {facts.key_id} of {_who(facts)}, until {facts.expires_at:%Y-%m-%d %H:%M} UTC. "
            "Nothing shows it again: keep it where secrets are kept, and send it as "
            "`Authorization: Bearer <key>`. The service takes keys with `service.auth.keys: true`; "
            f"`answerable keys revoke {facts.key_id}` ends it."
        )
    )


def _print_keys(console: Console, found: list[KeyFacts]) -> None:
    if not found:
        console.print("There are no keys; `answerable keys create` makes one.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("id", "of", "groups", "label", "created", "expires", "state"):
        table.add_column(column)
    for facts in found:
        table.add_row(
            facts.key_id,
            Text(_who(facts)),
            Text(printing.safe(", ".join(facts.groups))),
            Text(printing.safe(facts.label)),
            f"{facts.created_at:%Y-%m-%d}",
            f"{facts.expires_at:%Y-%m-%d}",
            facts.state,
        )
    console.print(table)


def _who(facts: KeyFacts) -> str:
    return printing.safe(facts.email or f"service {facts.service}")
