"""`answerable eval`: question sets asked, measured, compared, and swept over."""

# Imports stand inside the commands on purpose, like in cli.parts: `answerable ask` must not wait
# for what only an evaluation needs.

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from cli import printing
from cli.holding import conversations
from cli.watching import watched_topics

if TYPE_CHECKING:
    from eval.judging import Judge, Opinions
    from eval.opening import Configured
    from eval.outcomes import Outcome
    from eval.topics import TopicSet
    from index.embedding import Embedder
    from service.gaps.schemas import Gap

FAILED: Final = 1
_MOST_GAPS: Final = 50
HERE: Final = Path("config.yaml")

Questions = Annotated[
    Path, typer.Argument(help="A questions.jsonl, or a folder in BEIR's layout.", metavar="SET")
]
Config = Annotated[Path, typer.Option("--config", help="The configuration file.", metavar="PATH")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the files.", metavar="DIR")]

app = typer.Typer(
    name="eval",
    help="Measure the answers on a fixed set of questions, offline.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def check(context: typer.Context, questions: Questions, config: Config = HERE) -> None:
    """Refuse a question set that does not fit its documents, naming the lines."""
    from eval.evaluating import refuse_broken
    from eval.opening import opened

    topic_set, configured, embedder = _prepare(context, questions, config)
    with opened(topic_set, configured, embedder, printing.err().print) as bench:
        refuse_broken(topic_set, bench)
    printing.out().print(f"{topic_set.name}: {len(topic_set.topics):,} questions, nothing wrong")


@app.command()
def run(  # noqa: PLR0913 - an option each
    context: typer.Context,
    questions: Questions,
    config: Config = HERE,
    out: Out = Path("runs"),
    retrieval: Annotated[
        Literal["hybrid", "dense", "lexical"] | None,
        typer.Option(help="Which legs search; not given: as configured."),
    ] = None,
    without_gold: Annotated[
        bool, typer.Option("--without-gold", help="As if what answers a question did not exist.")
    ] = False,
    foreign: Annotated[
        Path | None,
        typer.Option(help="Another set: its questions are asked as well, of these documents."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="Write the numbers alone there, to compare later runs with."),
    ] = None,
    with_judge: Annotated[
        bool, typer.Option("--judge", help="Ask the model in eval.judge as well; see the docs.")
    ] = False,
    with_gaps: Annotated[
        bool, typer.Option("--gaps", help="Report what people asked and got no good answer to.")
    ] = False,
) -> None:
    """Ask every question and write reports on what came of it."""
    from eval.evaluating import ask_all, refuse_broken, report_on
    from eval.judging import UNASKED, open_judge
    from eval.keeping import keep_baseline, keep_run
    from eval.latency import latency
    from eval.opening import opened
    from eval.reporting.markdown import headline_markdown

    topic_set, configured, embedder = _prepare(context, questions, config)
    if retrieval:
        configured = configured.retrieving(mode=retrieval)
    judge = open_judge(configured.evaluation) if with_judge else None
    # Before the bench: one at a time has the index.
    gaps = _gaps(context, config, embedder) if with_gaps else None
    err = printing.err()
    with opened(topic_set, configured, embedder, err.print) as bench:
        refuse_broken(topic_set, bench)
        topic_set = _varied(topic_set, foreign, without_gold=without_gold)
        with watched_topics(err) as watch:
            outcomes = ask_all(topic_set, bench, configured, watch)
        opinions = _opinions(judge, outcomes) if judge else UNASKED
        report = report_on(topic_set, outcomes, bench, configured, opinions)
        most = configured.evaluation.latency_topics
        timings = latency(bench.asking(configured.service), topic_set.topics, most)
    files = keep_run(out, outcomes, report, timings, gaps)
    if baseline:
        files.append(keep_baseline(baseline, report))
    typer.echo(headline_markdown(report))
    err.print("written: " + ", ".join(map(str, files)))


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="Folder of the run to compare with.")],
    second: Annotated[Path, typer.Argument(help="Folder of the run that is new.")],
    gate: Annotated[
        list[str] | None,
        typer.Option(
            help="A condition, like 'nDCG@10>=-0.01'; where one fails the exit code is 1."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files.", metavar="DIR")
    ] = None,
) -> None:
    """Say what got better and worse from one run to another, and how surely."""
    from eval.comparing import compare as compared
    from eval.gate import parse_conditions
    from eval.keeping import keep_comparison, read_report
    from eval.reporting.markdown import comparison_markdown

    conditions = parse_conditions(gate or [])
    comparison = compared(read_report(first), read_report(second), conditions)
    typer.echo(comparison_markdown(comparison))
    if out:
        files = keep_comparison(out, comparison)
        printing.err().print("written: " + ", ".join(map(str, files)))
    if not all(result.holds for result in comparison.gate):
        raise typer.Exit(FAILED)


@app.command()
def sweep(  # noqa: PLR0913 - an option each
    context: typer.Context,
    questions: Questions,
    config: Config = HERE,
    out: Out = Path("sweep"),
    dense_weight: Annotated[
        list[float] | None, typer.Option(min=0, max=1, help="Weights of the dense leg to try.")
    ] = None,
    chunk_tokens: Annotated[
        list[int] | None,
        typer.Option(min=16, help="Sizes of chunks to try, each in an index of its own."),
    ] = None,
    rerank: Annotated[
        list[str] | None, typer.Option(help="Cross-encoders to try; none: no reranking.")
    ] = None,
) -> None:
    """Try a grid of settings: a table and a plot of quality against latency."""
    from eval.keeping import keep_sweep
    from eval.reporting.sweeping import sweep_markdown
    from eval.sweeping import grid
    from eval.sweeping import sweep as swept

    topic_set, configured, embedder = _prepare(context, questions, config)
    settings = grid(
        dense_weight or [0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        [None, *(chunk_tokens or [])],
        [configured.service.retrieval.rerank, *(rerank or [])],
    )
    err = printing.err()
    points = list(swept(topic_set, configured, embedder, settings, err.print))
    typer.echo(sweep_markdown(topic_set.name, points))
    err.print("written: " + ", ".join(map(str, keep_sweep(out, topic_set.name, points))))


@app.command()
def calibrate(
    context: typer.Context,
    sets: Annotated[list[Path], typer.Argument(help="Sets to fit on.", metavar="SET…")],
    config: Config = HERE,
    foreign: Annotated[
        Path | None,
        typer.Option(help="Questions about something else, asked of the documents of every SET."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The file to write.", metavar="FILE")] = Path(
        "confidence.json"
    ),
) -> None:
    """Fit the confidence of answers on question sets; never report on the same ones."""
    from eval.calibrating import calibrate as calibrated
    from eval.calibrating import keep_calibration
    from eval.evaluating import ask_all, refuse_broken, with_foreign
    from eval.opening import opened
    from eval.sets.reading import read_set

    asked, err = [], printing.err()
    for questions in sets:
        topic_set, configured, embedder = _prepare(context, questions, config)
        topic_set = with_foreign(topic_set, read_set(foreign)) if foreign else topic_set
        with (
            opened(topic_set, configured, embedder, err.print) as bench,
            watched_topics(err) as watch,
        ):
            refuse_broken(topic_set, bench)
            outcomes = ask_all(topic_set, bench, configured, watch)
            model = bench.embedder.name
        asked.append((topic_set.name, topic_set.digest, outcomes))
    calibration = calibrated(asked, model, configured.evaluation.seed)
    keep_calibration(out, calibration)
    typer.echo(calibration.to_json())
    err.print(f"written: {out}; service.answering.confidence names the file to use")


app.command()(conversations)


def _opinions(judge: "Judge", outcomes: "Sequence[Outcome]") -> "Opinions":
    from eval.judging import judged

    err = printing.err()
    err.print(f"asking the judge, {judge.label}", markup=False)
    with watched_topics(err) as watch:
        return judged(judge, outcomes, watch)


def _gaps(context: typer.Context, config: Path, embedder: "Embedder") -> "list[Gap]":
    makers = context.obj
    with makers.open_product(config, "answerable eval", lambda _: embedder) as product:
        found = product.gaps(None, 1, _MOST_GAPS)
    if found.more:
        said = f"{found.more:,} knowledge gaps are not in the report; `answerable gaps` lists them"
        printing.err().print(said)
    return list(found.gaps)


def _varied(topic_set: "TopicSet", foreign: Path | None, *, without_gold: bool) -> "TopicSet":
    from eval.evaluating import absent, answerable, with_foreign
    from eval.sets.reading import read_set

    topic_set = absent(topic_set) if without_gold else topic_set
    return with_foreign(answerable(topic_set), read_set(foreign)) if foreign else topic_set


def _prepare(
    context: typer.Context, questions: Path, config: Path
) -> "tuple[TopicSet, Configured, Embedder]":
    from eval.opening import Configured
    from eval.sets.reading import read_set

    topic_set = read_set(questions)
    configured = Configured.load(config)
    return topic_set, configured, context.obj.open_embedder(configured.index)
