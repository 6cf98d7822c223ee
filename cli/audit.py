"""`answerable audit`: whether the audit log is as it was written, and what is in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from cli import printing
from index.errors import ConfigError, StorageError
from index.settings import IndexSettings
from service.auditing.log import FOLDER, AuditLog
from service.auditing.settings import AuditSettings

HERE: Final = Path("config.yaml")
FAILED: Final = 1
Config = Annotated[Path, typer.Option("--config", help="The configuration file.", metavar="PATH")]

app = typer.Typer(
    help="Verify and export the log of who was shown what, also while the service runs.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def verify(
    config: Config = HERE,
    expect: Annotated[
        str | None, typer.Option(help="The hash of an entry, as it was noted elsewhere.")
    ] = None,
) -> None:
    """Prove that no entry was changed, removed or moved; exit code 1 and where, if one was."""
    log = _log(config)
    head = log.head()
    if not _is_whole(log, expect):
        raise typer.Exit(FAILED)
    if head is None or not head.n:
        printing.out().print("The audit log is empty.")
        return
    printing.out().print(f"{head.n:,} entries, each as it was written. The last one's hash:")
    printing.out().print(head.hash)


@app.command()
def export(
    config: Config = HERE,
    since: Annotated[
        str | None, typer.Option(help="From this time on, like 2027-01-04 or 2027-01-04T09:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before this time.")] = None,
    who: Annotated[str | None, typer.Option(help="Of this person or key's name only.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="A file that is not there yet; none: print.")
    ] = None,
) -> None:
    """Write entries as JSON lines, as they stand in the log; exit code 1 if it does not hold."""
    log = _log(config)
    first, end = _time("--since", since), _time("--until", until)
    is_whole = _is_whole(log, None)
    with _target(out) as write:
        for entry in log.entries(first, end, who):
            write(entry.to_line().decode())
    if not is_whole:
        raise typer.Exit(FAILED)


def _log(config: Path) -> AuditLog:
    # What is recorded and kept is for who writes; reading needs the place only.
    return AuditLog(IndexSettings.load(config).data_dir / FOLDER, AuditSettings())


def _is_whole(log: AuditLog, expect: str | None) -> bool:
    try:
        problems = log.verify(expect.strip().lower() if expect else None)
    except OSError as error:
        raise StorageError(f"cannot read the audit log: {error}") from error
    for problem in problems:
        printing.err().print(Text(printing.safe(str(problem)), style="red"))
    return not problems


def _time(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{option}: {text!r} is no time like 2027-01-04T09:00Z") from error
    # Without a zone it is UTC, as in the log: the same command gives the same lines everywhere.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _target(out: Path | None) -> Iterator[Callable[[str], object]]:
    if out is None:
        yield lambda line: typer.echo(line, nl=False)
        return
    try:
        out.touch(0o600, exist_ok=False)
    except OSError as error:
        raise ConfigError(f"cannot write {out}: {error.strerror}; name another --out") from error
    with out.open("w", encoding="ascii") as file:
        yield file.write
