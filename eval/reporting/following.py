"""Conversations as Markdown."""

from eval.following import MEASURE, WORDINGS
from eval.following_report import FollowingReport, Held, Part
from eval.reporting import wording
from eval.reporting.markdown import aligned_table, inline


def following_markdown(report: FollowingReport) -> str:
    """The measure by wording, the differences, and what each last question became."""
    head = ("conversations", "n", *WORDINGS, "by hand − rewritten", "rewritten − raw")  # noqa: RUF001
    parts = [
        f"# Follow-ups of {inline(report.provenance.set_name)}",
        f"{MEASURE} of the last questions, rewritten by {inline(report.rewriter)}; differences of "
        "pairs, with 95 % intervals.",
        aligned_table(head, [_row(part) for part in report.parts]),
        _leaks(report),
        _fallbacks(report),
        "## Conversations",
        "\n".join(_held(one) for one in report.conversations),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _row(part: Part) -> tuple[str, ...]:
    values = (wording.number(part.values[name].value) for name in WORDINGS)
    differences = (
        f"{wording.signed(one.value)} ({wording.interval(one, is_difference=True)})"
        for one in (part.behind, part.gained)
    )
    return part.name, f"{part.conversations:,}", *values, *differences


def _leaks(report: FollowingReport) -> str:
    hit = [one for one in report.conversations if one.leaked]
    if not hit:
        return "Access leaks: none."
    ids = ", ".join(one.conversation_id for one in hit)
    return f"ACCESS LEAKS: documents shown to people who may not read them, in {ids}."


def _fallbacks(report: FollowingReport) -> str:
    hit = [one.conversation_id for one in report.conversations if one.fell_back]
    if not hit:
        return ""
    return (
        f"Carried over, because the model failed or wrote what does not hold: {len(hit):,} of "
        f"{len(report.conversations):,} ({', '.join(hit)})."
    )


def _held(one: Held) -> str:
    values = " / ".join(wording.number(one.values[name]) for name in WORDINGS)
    return (
        f"- {one.conversation_id} ({values}): {inline(one.question)}\n"
        f"  rewritten: {inline(one.rewritten)}\n"
        f"  by hand: {inline(one.by_hand)}"
    )
