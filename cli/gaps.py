"""`answerable gaps`: what the documents do not say, and what to make of it."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import printing
from cli.product import Product
from index.errors import ConfigError

if TYPE_CHECKING:  # `ask` must not wait for what only others need
    pass

HERE: Final = Path("config.yaml")
Config = Annotated[Path, typer.Option("--config", help="The configuration file.", metavar="PATH")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, as the HTTP API gives it.")]
GapId = Annotated[str, typer.Argument(help="Its id, as `answerable gaps` shows it.")]

app = typer.Typer(
    help="List what the documents do not say, by meaning; also while the service runs.",
    invoke_without_command=True,
    add_completion=False,
)


@app.callback()
def list_gaps(
    context: typer.Context,
    config: Config = HERE,
    since: Annotated[
        str | None, typer.Option(help="Asked from this time on, like 2027-01-04.")
    ] = None,
    min_count: Annotated[int, typer.Option(min=1, help="Asked at least so often.")] = 1,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 50,
    as_json: Json = False,
) -> None:
    """List what the documents do not say, by meaning; also while the service runs."""
    if context.invoked_subcommand:
        _refuse_lost_options(context)
        return
    with _product(context, config) as product:
        found = product.gaps(_moment(since), min_count, limit)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    from cli.gap_printing import print_gaps

    print_gaps(printing.out(), found)


@app.command()
def show(
    context: typer.Context, gap_id: GapId, config: Config = HERE, as_json: Json = False
) -> None:
    """Show one gap: how it was asked, what is near, whom to ask."""
    with _product(context, config) as product:
        found = product.gap(gap_id)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    from cli.gap_printing import print_gap

    print_gap(printing.out(), found)


@app.command()
def issue(context: typer.Context, gap_id: GapId, config: Config = HERE) -> None:
    """Print a gap as Markdown for a GitHub issue, title first; it pings nobody."""
    from service.gaps.texts import issue_markdown

    with _product(context, config) as product:
        found = product.gap(gap_id)
    typer.echo(issue_markdown(found), nl=False)


@app.command()
def promote(
    context: typer.Context,
    gap_id: GapId,
    question_set: Annotated[
        Path, typer.Option("--set", help="Folder of the question set.", metavar="DIR")
    ],
    config: Config = HERE,
    relevant: Annotated[
        list[str] | None,
        typer.Option(
            help="A document that answers it by now, with the place: DOC, DOC#HEADING, "
            "DOC#HEADING/QUOTE or DOC#/QUOTE; may be repeated. None: nothing answers it.",
        ),
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="Words of a right answer; may be repeated.")
    ] = None,
) -> None:
    """Make an evaluation question of a gap: appended to a set, if it is sound."""
    from cli.gap_promoting import promoted

    with _product(context, config) as product:
        gap = product.gap(gap_id)
        line = promoted(gap, question_set, product.document, relevant or [], answer or [])
    printing.out().print(f"{line.file}: question {line.query_id} added", markup=False)


@app.command()
def dismiss(context: typer.Context, gap_id: GapId, config: Config = HERE) -> None:
    """Take a gap off the list; it comes back when it is asked as often again."""
    with _product(context, config) as product:
        done = product.dismiss_gap(gap_id)
    printing.out().print(f"{done.gap_id}: dismissed, with {done.questions:,} questions")


def _refuse_lost_options(context: typer.Context) -> None:
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = [name for name, source in sources.items() if source and source.name == "COMMANDLINE"]
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        command = context.invoked_subcommand
        raise ConfigError(f"{options}: options stand behind the command, `gaps {command} …`")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--since: {text!r} is no time like 2027-01-04T09:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _product(context: typer.Context, config: Path) -> AbstractContextManager[Product]:
    makers: Any = context.obj
    found: AbstractContextManager[Product] = makers.open_product(
        config, "answerable gaps", makers.open_embedder
    )
    return found
