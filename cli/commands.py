"""The command `answerable`: a thin skin over ingest, index and service."""

import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer
from pydantic import BaseModel
from typer.core import TyperGroup

from cli import access, audit, evaluating, gaps, keys, logs, parts, printing
from cli.printing_answer import print_answer
from cli.product import Product
from index.errors import ConfigError, IndexProblem
from service.errors import RequestError

FAILED: Final = 1
MISUSED: Final = 2

logger = logging.getLogger(__name__)

Config = Annotated[Path, typer.Option("--config", help="The configuration file.", metavar="PATH")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, as the HTTP API gives it.")]
HERE: Final = Path("config.yaml")


@dataclass(frozen=True, slots=True)
class Makers:
    """Parts that the commands do not choose; tests bring their own."""

    open_embedder: parts.OpenEmbedder = parts.open_embedder
    open_product: parts.OpenProduct = parts.product


class Commands(TyperGroup):
    """The commands, with one place where errors become messages and exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; no error leaves as a traceback."""
        try:
            return super().invoke(ctx)
        except (IndexProblem, RequestError) as error:
            logger.debug("the command failed", exc_info=error)
            printing.err().print(f"error: {printing.safe(str(error))}")
            raise typer.Exit(_exit_code(error)) from error


app = typer.Typer(
    cls=Commands,
    help="Answers questions from your own documents, with citations that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


_GROUPS: Final = {
    "eval": evaluating,
    "keys": keys,
    "access": access,
    "audit": audit,
    "gaps": gaps,
}
for _name, _group in _GROUPS.items():
    app.add_typer(_group.app, name=_name)


@app.callback()
def _start(
    context: typer.Context,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log everything, tracebacks too.")
    ] = False,
) -> None:
    context.obj = context.obj or Makers()
    is_service = context.invoked_subcommand in ("serve", "slack-proxy")
    logs.configure(logging.DEBUG if verbose else logging.INFO if is_service else logging.WARNING)


@app.command()
def ingest(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(help="Names of sources in the configuration; none: all.")
    ] = None,
    config: Config = HERE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing, print what would be done.")
    ] = False,
    allow_mass_delete: Annotated[
        bool, typer.Option("--allow-mass-delete", help="Delete however many documents are gone.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring the index up to date with its sources."""
    from cli.watching import watched_sync
    from service.operator_schemas import SyncOrder

    order = SyncOrder(sources=sources or None, dry_run=dry_run, allow_mass_delete=allow_mass_delete)
    with _product(context, config) as product, watched_sync(printing.err()) as watch:
        done = product.sync(order, watch)
    if as_json:
        _print_json(done)
    else:
        printing.print_reports(printing.out(), done.reports)
    if any(report.error for report in done.reports):
        raise typer.Exit(FAILED)


@app.command()
def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    config: Config = HERE,
    as_json: Json = False,
) -> None:
    """Answer a question from the documents, with citations, or say that they do not say."""
    with _product(context, config) as product:
        answer = product.ask(question)
    if as_json:
        _print_json(answer)
    else:
        print_answer(printing.out(), answer)


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="What to look for.")],
    config: Config = HERE,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many hits.")] = 10,
    by: Annotated[Literal["chunk", "document"], typer.Option(help="What is ranked.")] = "chunk",
    as_json: Json = False,
) -> None:
    """Rank the chunks, or the documents, that fit a query."""
    with _product(context, config) as product:
        found = product.search(query, limit, by)
    if as_json:
        _print_json(found)
    else:
        printing.print_hits(printing.out(), found)


@app.command()
def serve(context: typer.Context, config: Config = HERE) -> None:
    """Run the HTTP service."""
    from cli.serving import serve as run

    run(config, context.obj.open_embedder, say=printing.err().print)


@app.command("slack-proxy")
def slack_proxy(config: Config = HERE) -> None:
    """Run the Slack proxy: Slack's routes alone, in front of the API of a service elsewhere."""
    from cli.slack_proxy import serve as run

    run(config, say=printing.err().print)


@app.command()
def mcp(context: typer.Context, config: Config = HERE) -> None:
    """Offer search, ask and get_document to an assistant, over standard input and output."""
    from cli.mcp import run

    with _product(context, config) as product:
        run(product)


@app.command()
def status(context: typer.Context, config: Config = HERE, as_json: Json = False) -> None:
    """Say what is in the index, and how the last run of each source went."""
    with _product(context, config) as product:
        found = product.status()
    if as_json:
        _print_json(found)
    else:
        printing.print_status(printing.out(), found)


@app.command()
def forget(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="A source that config.yaml names no more.")],
    config: Config = HERE,
    yes: Annotated[bool, typer.Option("--yes", help="Do it: nothing brings it back.")] = False,
    as_json: Json = False,
) -> None:
    """Erase everything of a source that is not configured any more."""
    if not yes:
        raise ConfigError(f"this erases every document of {source!r} for good; say --yes")
    with _product(context, config) as product:
        done = product.forget(source)
    if as_json:
        _print_json(done)
    else:
        printing.out().print(f"{done.source}: {done.documents:,} documents erased")


@app.command()
def doctor(
    context: typer.Context,
    config: Config = HERE,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
    as_json: Json = False,
) -> None:
    """Prove that the stores of the index agree, or say what would be repaired."""
    from cli.contract import Diagnosis

    with _open(context, config, mend=False) as opened:
        problems = left = opened.index.check()
        if repair and problems:
            opened.index.repair()
            left = opened.index.check()
    if as_json:
        _print_json(Diagnosis.of(problems, left))
    else:
        printing.print_problems(printing.out(), problems, left, repaired=repair)
    if left:
        raise typer.Exit(FAILED)


@app.command()
def rebuild(context: typer.Context, config: Config = HERE, as_json: Json = False) -> None:
    """Make the index again from what it holds, for another model or other limits of chunks."""
    from cli.contract import Rebuilt
    from cli.watching import watched_rebuild

    with (
        _open(context, config, for_rebuild=True) as opened,
        watched_rebuild(printing.err()) as watch,
    ):
        done = opened.rebuild(watch)
    if as_json:
        _print_json(Rebuilt.model_validate(done))
    else:
        printing.print_rebuilt(printing.out(), done)


def main() -> None:
    """Run the command line; nothing leaves it as a traceback."""
    try:
        app()
    except Exception as error:
        logger.debug("unexpected", exc_info=error)
        what = printing.safe(f"{type(error).__name__}: {error}")
        printing.err().print(f"error: {what}; `answerable --verbose …` shows where")
        raise SystemExit(FAILED) from None


def _exit_code(error: Exception) -> int:
    if isinstance(error, RequestError):
        return MISUSED if error.status in (400, 422) else FAILED
    return MISUSED if isinstance(error, ConfigError) else FAILED


def _product(context: typer.Context, config: Path) -> AbstractContextManager[Product]:
    makers: Makers = context.obj
    return makers.open_product(config, f"answerable {context.info_name}", makers.open_embedder)


def _open(
    context: typer.Context, config: Path, *, mend: bool = True, for_rebuild: bool = False
) -> parts.OpenIndex:
    return parts.OpenIndex(
        config,
        f"answerable {context.info_name}",
        context.obj.open_embedder,
        mend=mend,
        for_rebuild=for_rebuild,
    )


def _print_json(model: BaseModel) -> None:
    typer.echo(model.model_dump_json(indent=2))
