"""`answerable access`: why somebody can or cannot see a document, also while the service runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from cli import printing
from index.errors import ConfigError
from index.settings import IndexSettings
from service.identity import addresses
from service.identity.types import SERVICE, Proven
from service.settings import ServiceSettings

if TYPE_CHECKING:  # what every other command would wait for
    from service.explaining import Explaining, Explanation, Grant, Paths
    from service.identity.identify import Identification

HERE: Final = Path("config.yaml")
DENIED: Final = 1
_CATALOG: Final = "catalog.sqlite3"

app = typer.Typer(help="Explain who may see what.", no_args_is_help=True, add_completion=False)


@app.callback()
def _only_subcommands() -> None:
    """Explain who may see what."""


@app.command()
def explain(
    person: Annotated[str, typer.Argument(help="An address, or service:NAME of a key.")],
    document: Annotated[str, typer.Argument(help="The id of the document.")],
    config: Annotated[
        Path, typer.Option("--config", help="The configuration file.", metavar="PATH")
    ] = HERE,
    group: Annotated[
        list[str] | None,
        typer.Option(help="A group that only their token names; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say by which rule a person sees a document, or that none lets them; exit code 1 then."""
    from service.explaining import group_paths

    named = frozenset(name.strip().lower() for name in group or ()) | _of_keys(person, config)
    with _explaining(config) as explaining, _identification(config) as identification:
        principal = identification.identity_of(_proven(person, named)).principal
        paths: Paths = {}
        if not person.lower().startswith(SERVICE):
            addresses_of = identification.addresses_of(principal.email)
            paths = group_paths(addresses_of, identification.direct_groups, named)
        found = explaining.explain(principal, document, paths)
        problems = identification.problems()
    if as_json:
        facts = {
            **asdict(found),
            "is_allowed": found.is_allowed,
            "is_withheld": found.is_withheld,
            "problems": problems,
        }
        typer.echo(json.dumps(facts, indent=2, default=_text))
    else:
        print_explanation(printing.out(), found)
        for problem in problems:
            printing.err().print(Text(printing.safe(problem), style="yellow"))
    if not found.is_allowed:
        raise typer.Exit(DENIED)


def print_explanation(console: Console, found: "Explanation") -> None:
    """The verdict, the rules that lead to it, and where they come from."""
    person, document = printing.safe(found.person), printing.safe(found.document)
    if found.readers is None:
        console.print(f"{document}: no such document is shown to anybody; it may be deleted")
        _print_origin(console, found)
        return
    verb = "can" if found.is_allowed else "cannot"
    console.print(Text(f"{person} {verb} see {document}", style="bold"))
    for grant in found.grants:
        console.print(f"  {_granted(grant)}")
    if not found.grants:
        console.print("  none of its readers admits them")
    if found.doubt:
        console.print(f"  withheld for now: {printing.safe(found.doubt.why)}")
    console.print(f"  its readers: {_listed(found.readers) or 'none, so nobody'}")
    console.print(f"  they are admitted as: {_listed(found.admitting)}")
    _print_origin(console, found)


@contextmanager
def _explaining(config: Path) -> "Iterator[Explaining]":
    """Over the catalog alone: SQLite, unlike Chroma, may be read beside the service."""
    from index.catalog import Catalog
    from index.database import Database
    from index.sources import Sources
    from ingest.settings import IngestSettings
    from service.explaining import Explaining

    path = IndexSettings.load(config).data_dir / _CATALOG
    if not path.exists():
        raise ConfigError(f"there is no index in {path.parent}; `answerable ingest` makes one")
    sources = IngestSettings.load(config).sources
    kinds = {name: source.kind for name, source in sources.items()}
    database = Database(path)
    try:
        age = ServiceSettings.load(config).auth.max_permission_age
        oldest = datetime.now(UTC) - age if age else None
        yield Explaining(Catalog(database), Sources(database), kinds, oldest)
    finally:
        database.close()


@contextmanager
def _identification(config: Path) -> "Iterator[Identification]":
    from service.identity.identify import make_identify

    auth = ServiceSettings.load(config).auth
    made = make_identify(auth, IndexSettings.load(config).data_dir)
    try:
        yield made
    finally:
        made.close()


def _of_keys(person: str, config: Path) -> frozenset[str]:
    """The groups that the valid keys of a service name; of a person's keys there are none."""
    from service.identity.database import FILE
    from service.identity.keys import Keys

    path = IndexSettings.load(config).data_dir / FILE
    if not person.lower().startswith(SERVICE) or not path.exists():
        return frozenset()
    keys = Keys(path)
    try:
        found = [key for key in keys.list() if f"{SERVICE}{key.service}" == person.lower()]
    finally:
        keys.close()
    now = datetime.now(UTC)
    return frozenset(name for key in found if key.state(now) == "valid" for name in key.groups)


def _proven(person: str, named: frozenset[str]) -> Proven:
    """As if they had sent a credential that names these groups."""
    try:
        if person.lower().startswith(SERVICE):
            return Proven("", named, "key", addresses.name(person[len(SERVICE) :]))
        return Proven(addresses.address(person), named, "local", person)
    except ValueError as error:
        raise ConfigError(f"{person!r}: {error}; say an address, or service:NAME") from error


def _print_origin(console: Console, found: "Explanation") -> None:
    origin = found.origin
    if origin.kind is None and origin.last_run_at is None:
        console.print(f"  nothing is known of a source {printing.safe(origin.source)!r}")
        return
    kind = origin.kind or "not configured any more"
    console.print(
        f"  from the source {printing.safe(origin.source)} ({kind}), read without an error "
        f"{_when(origin.last_success_at)}"
    )
    if origin.error:
        console.print(f"  its last run failed: {printing.safe(origin.error)}")


def _granted(grant: "Grant") -> str:
    reader = printing.safe(grant.reader)
    if grant.rule != "group":
        return f"granted by {reader}"
    path = printing.safe(" → ".join(grant.path))
    return f"granted by {reader}, which they are in by {path}"


def _listed(readers: tuple[str, ...]) -> str:
    return printing.safe(", ".join(readers))


def _when(moment: datetime | None) -> str:
    return f"last at {moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
