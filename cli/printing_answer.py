"""How an answer looks on a terminal, with all that its reader should know of it."""

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cli.console import indented, line, milliseconds, path, safe, shortened, where
from service.answering.days import day_worded
from service.answering.validity import worded
from service.schemas import Answer, Citation, Nearest, Refusal


def print_answer(console: Console, answer: Answer) -> None:
    """The answer, its citations by number, and how long it took; or the refusal."""
    console.print(Text(safe(answer.answer), style="bold" if answer.abstained else ""))
    for warning in _warnings(answer):
        console.print()
        console.print(Text(safe(warning), style="yellow"))
    for citation in answer.citations:
        _print_citation(console, citation)
    if answer.abstained and answer.nearest:
        console.print("\nNearest to the question:")
        for document in answer.nearest:
            console.print(line("  - ", path(document.title, document.headings)))
            indented(console, _seen(document), style="dim")
            if document.quote:
                quote = Text(safe(document.quote), style="italic")
                console.print(Padding(quote, (0, 0, 0, 4), expand=False))
    if answer.refusal:
        _print_refusal(console, answer.refusal)
    console.print()
    sure = "" if answer.abstained else f"confidence {answer.confidence:.2f} · "
    console.print(Text(f"{sure}{milliseconds(answer.timings_ms)}", style="dim"))


def _print_citation(console: Console, citation: Citation) -> None:
    console.print()
    console.print(line(f"[{citation.marker}] ", path(citation.title, citation.headings)))
    indented(console, where(citation), style="dim")
    if citation.validity:
        indented(console, safe(worded(citation.validity)), style="yellow")
    quote = Text(shortened(citation.quote), style="italic")
    console.print(Padding(quote, (0, 0, 0, 4), expand=False))


def _warnings(answer: Answer) -> Iterator[str]:
    """What the reader should know before they rely on it."""
    by_marker = {citation.marker: citation for citation in answer.citations}
    for disagreement in answer.disagreements:
        sides = [_dated(by_marker[marker]) for marker in disagreement.citations]
        yield f"The documents disagree: {', '.join(sides)}."
    for note in answer.notes:
        yield note.text


def _dated(citation: Citation) -> str:
    day = f" ({day_worded(citation.updated_at)})" if citation.updated_at else ""
    return f"[{citation.marker}] “{citation.title}”{day}"


def _print_refusal(console: Console, refusal: Refusal) -> None:
    if not refusal.documents:
        console.print(
            "\nNothing is indexed that you may read: `answerable ingest` reads your sources."
        )
        return
    count = f"{refusal.documents:,} document{'' if refusal.documents == 1 else 's'}"
    places = f" from {', '.join(refusal.sources)}" if refusal.sources else ""
    console.print()
    console.print(Text(safe(f"Searched: {count}{places}, all that you may read.")))
    if refusal.ask:
        console.print(Text(safe(f"Who may know: {', '.join(refusal.ask)}.")))


def _seen(document: Nearest) -> str:
    dated = document.updated_at.date().isoformat() if document.updated_at else ""
    return safe(" · ".join(x for x in (document.url, dated, ", ".join(document.authors)) if x))
