"""`answerable eval conversations`: what becomes of follow-up questions."""

# Imports stand inside the functions for the reason that `cli.evaluating` gives.

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import printing
from cli.watching import watched_topics
from index.errors import ConfigError

if TYPE_CHECKING:
    from eval.following import Fallback
    from eval.opening import Bench, Configured
    from service.conversations.types import Rewriter

_CARRIED: Final = "carrying words over"


def conversations(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="A folder with a conversations.jsonl.", metavar="FOLDER")
    ],
    config: Annotated[
        Path, typer.Option("--config", help="The configuration file.", metavar="PATH")
    ] = Path("config.yaml"),
    with_llm: Annotated[
        bool, typer.Option("--llm", help="Rewrite with the model in service.answering.llm.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, all that is known of each.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files.", metavar="DIR")
    ] = None,
) -> None:
    """Hold conversations; measure last questions as asked, as rewritten, as written by hand."""
    from eval.errors import BrokenSet
    from eval.following import followed, problems
    from eval.following_report import following_report
    from eval.keeping import keep_following
    from eval.opening import Configured, opened
    from eval.reporting.following import following_markdown
    from eval.sets.conversations import read_conversations

    read, topics = read_conversations(folder)
    configured = Configured.load(config)
    embedder = context.obj.open_embedder(configured.index)
    err = printing.err()
    with opened(topics, configured, embedder, err.print) as bench:
        if wrong := problems(topics, bench):
            raise BrokenSet(wrong)
        with (
            _rewriting(configured, bench, with_llm=with_llm) as (rewriter, name, fallback),
            watched_topics(err) as watch,
        ):
            held = followed(read, bench, configured, rewriter, watch, fallback)
        report = following_report(topics, held, bench, configured, name)
    typer.echo(report.model_dump_json(indent=2) if as_json else following_markdown(report))
    if out:
        err.print("written: " + ", ".join(map(str, keep_following(out, report))), markup=False)


@contextmanager
def _rewriting(
    configured: "Configured", bench: "Bench", *, with_llm: bool
) -> "Iterator[tuple[Rewriter, str, Fallback | None]]":
    """What makes questions stand alone, its name, and what is there for it to fall back on."""
    from eval.following import Fallback
    from service.conversations.following import CarryOver

    carry_over = CarryOver(bench.index)
    if not with_llm:
        yield carry_over, _CARRIED, None
        return
    llm = configured.service.answering.llm
    if llm is None:
        raise ConfigError(
            "--llm: no language model is configured; set service.answering.llm, or leave --llm out"
        )
    from service.conversations.condensing import Condenser
    from service.models.opening import open_model

    model, fallback = open_model(llm), Fallback(carry_over)
    try:
        yield Condenser(model, bench.index, fallback), model.name, fallback
    finally:
        model.close()
