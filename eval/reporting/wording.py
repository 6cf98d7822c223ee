"""The words and number formats that all readable reports share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from eval.measure_names import LEAKS, LESS_IS_BETTER
from eval.results import Asked, Comparison, Confusion, Difference, Estimate, Report, Verdict

SLICE_MEASURES: Final = (
    "nDCG@10",
    "R@5",
    "span-R@evidence",
    "containment",
    "answer-recall",
    "citation-precision",
    "section-precision",
    "answered",
    "wrong-answer",
)
"""What a slice table shows, of what there is: all twenty would not fit a page."""

DIMENSIONS: Final = {
    "source": "By source",
    "tag": "By tag",
    "asker": "By asker",
    "type": "By whether the documents hold the answer",
}

EXPLANATIONS: Final = {
    "nDCG@10": "how well the first 10 documents are ordered, by grade",
    "R@5": "share of the judged documents in the first 5",
    "R@10": "share of the judged documents in the first 10",
    "R@20": "share of the judged documents in the first 20",
    "RR@10": "1 / rank of the first judged document, 0 beyond 10",
    "AP": "average precision over the whole ranking",
    "Success@1": "a judged document is first",
    "Success@5": "a judged document is in the first 5",
    "span-R@10": "share of the right places in the first 10 passages",
    "span-R@evidence": "share of the right places in what the answerer saw",
    "containment": "the answer contains a right answer, word for word",
    "refusal-containment": "refused, and yet its closest quotes contain a right answer",
    "answer-recall": "share of a right answer's words that the answer has",
    "citation-precision": "share of the citations that are in a right place",
    "section-precision": "share of the citations that are in the section of a right place",
    "citation-recall": "share of the right places that are cited",
    "quote-validity": "share of the quotes that are verbatim",
    "answered": "share of the questions that got an answer",
    "wrong-answer": "share of the questions that got an answer that is not right",
    "judged-right": "share of the answers that a model, the judge, says are right",
    "AURC": "area under the risk-coverage curve",
    "AUROC-answerable": "how well confidence tells what the documents answer from what not",
    "AUROC": "how well confidence tells right from not right; 0.5 is chance",
    "ECE": "how far confidence is from the share that is right",
    "leaks": "documents shown to somebody who may not read them",
}

NEITHER_IS_BETTER: Final = frozenset({"answered"})
COUNTS: Final = frozenset({LEAKS})

NONE: Final = "—"

SIGNIFICANT: Final = 0.05
"""A corrected p-value below it is called a difference, as the intervals are of 95 %."""


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many questions ended so; `slug` names it in CSS."""

    verdict: Verdict
    slug: str
    meaning: str
    count: int
    share: float


def verdict_counts(confusion: Confusion) -> tuple[VerdictCount, ...]:
    """All verdicts with their counts, the good ones first."""
    rows: tuple[tuple[Verdict, str, int], ...] = (
        ("right", "answered, and rightly", confusion.answered_right),
        ("rightly refused", "the documents do not say, and it said so", confusion.rightly_refused),
        ("unjudged", "answered; the set does not say what is right", confusion.unjudged),
        ("missed", "refused, although the documents say", confusion.missed),
        ("wrong", "answered, but not rightly", confusion.answered_wrong),
        (
            "answered in vain",
            "answered, although the documents do not say",
            confusion.answered_in_vain,
        ),
    )
    total = sum(count for _, _, count in rows)
    return tuple(
        VerdictCount(
            verdict, verdict.replace(" ", "-"), meaning, count, count / total if total else 0.0
        )
        for verdict, meaning, count in rows
    )


def number(value: float, measure: str = "") -> str:
    """A value of a measure: three decimals, counts whole."""
    return f"{value:.0f}" if measure in COUNTS else f"{value + 0.0:.3f}"


def signed(value: float, measure: str = "") -> str:
    """A difference with its sign; 0 has none."""
    text = number(abs(value), measure)
    if not text.strip("0."):
        return text
    return f"+{text}" if value > 0 else f"-{text}"


def interval(estimate: Estimate, measure: str = "", *, is_difference: bool = False) -> str:
    """The 95 % interval, or a dash where there is none."""
    if estimate.low is None or estimate.high is None:
        return NONE
    form = signed if is_difference else number
    return f"{form(estimate.low, measure)} … {form(estimate.high, measure)}"


def percent(share: float) -> str:
    """A share of 1 as whole per cent, with a decimal where whole ones would say 0 or 100."""
    is_rounded_away = 0 < share < 0.005 or 0.995 <= share < 1
    return f"{100 * share:.1f} %" if is_rounded_away else f"{100 * share:.0f} %"


def counted(n: int, one: str, more: str = "") -> str:
    """`1 question`, `1,200 questions`."""
    return f"{n:,} {one if n == 1 else more or one + 's'}"


def step_name(step: str) -> str:
    """A step of the timings as a person would call it: the unit stands elsewhere."""
    return step.removesuffix("_ms").replace("_", " ")


def clipped(text: str, most_chars: int) -> str:
    """The text in one line, cut at its end."""
    line = " ".join(text.split())
    return line if len(line) <= most_chars else line[: most_chars - 1].rstrip() + "…"


def leaks_sentence(report: Report) -> str:
    """How many documents were shown to people who may not read them, and where."""
    hit = [asked for asked in report.questions if asked.leaked]
    if not hit:
        return f"Access leaks: none in {counted(len(report.questions), 'question')}."
    shown = sum(len(asked.leaked) for asked in hit)
    return (
        f"ACCESS LEAKS: {counted(shown, 'document')} shown to people who may not read them, in "
        f"{counted(len(hit), 'question')}: {_some_ids(hit)}."
    )


def quotes_sentence(report: Report) -> str:
    """How many quotes are not the documents' words, and where."""
    cited = [asked for asked in report.questions if "quote-validity" in asked.measures]
    quotes = sum(len(asked.citations) for asked in cited)
    if not quotes:
        return "Quotes: none were checked."
    hit = [asked for asked in cited if asked.measures["quote-validity"] < 1]
    if not hit:
        return f"Quotes: all {quotes:,} are verbatim." if quotes > 1 else "Quotes: 1, verbatim."
    invalid = sum(
        round((1 - asked.measures["quote-validity"]) * len(asked.citations)) for asked in hit
    )
    return (
        f"INVALID QUOTES: {invalid:,} of {quotes:,} are not the documents' words, in "
        f"{counted(len(hit), 'question')}: {_some_ids(hit)}."
    )


def worst(report: Report, limit: int) -> tuple[Asked, ...]:
    """Questions that something went wrong with, the worst first, then in the order of the set."""
    measure = main_measure(report.measures)
    severity: dict[Verdict, int] = {"answered in vain": 1, "wrong": 1, "missed": 2}

    def rank(asked: Asked) -> tuple[bool, int, float]:
        return (
            not asked.leaked,
            severity.get(asked.verdict, 3),
            asked.measures.get(measure, 1.0),
        )

    troubled = [q for q in report.questions if q.trouble or q.leaked or q.verdict in severity]
    return tuple(sorted(troubled, key=rank)[:limit])


def main_measure(measures: Iterable[str]) -> str:
    """nDCG@10 if it is there, else containment, else the first one; empty: there is none."""
    names = list(measures)
    for name in ("nDCG@10", "containment", *names):
        if name in names:
            return name
    return ""


def slice_measures(report: Report) -> tuple[str, ...]:
    """The measures that a table of slices has columns for."""
    there: Mapping[str, object] = report.measures
    return tuple(name for name in SLICE_MEASURES if name in there)


def reading(difference: Difference) -> str:
    """What a difference says: the second is better, worse, or that cannot be told.

    Of measures that are neither good nor bad: higher or lower.
    """
    estimate = difference.difference
    if difference.p_corrected is not None:
        is_clear = difference.p_corrected < SIGNIFICANT
    elif estimate.low is not None and estimate.high is not None:
        is_clear = estimate.low > 0 or estimate.high < 0
    else:
        is_clear = False
    if not is_clear or estimate.value == 0:
        return "no clear difference"
    if difference.measure in NEITHER_IS_BETTER:
        return "higher" if estimate.value > 0 else "lower"
    is_better = (estimate.value > 0) != (difference.measure in LESS_IS_BETTER)
    return "better" if is_better else "worse"


def probability(p_value: float | None) -> str:
    """A p-value; a dash where none was computed."""
    if p_value is None:
        return NONE
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def gate_sentence(comparison: Comparison) -> str:
    """Whether the gate holds, in one line; empty without conditions."""
    failed = sum(not result.holds for result in comparison.gate)
    if not comparison.gate:
        return ""
    if failed:
        return f"Gate: FAILED, {failed} of {counted(len(comparison.gate), 'condition')}."
    if len(comparison.gate) == 1:
        return "Gate: passed, its condition holds."
    return f"Gate: passed, all {len(comparison.gate)} conditions hold."


def _some_ids(asked: list[Asked], most: int = 10) -> str:
    more = f" and {len(asked) - most} more" if len(asked) > most else ""
    return ", ".join(one.query_id for one in asked[:most]) + more
