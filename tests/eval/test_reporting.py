"""Reports in Markdown say what the data says, and let no text through as markup."""

import subprocess
import sys

from eval.reporting.markdown import comparison_markdown, headline_markdown, report_markdown
from eval.results import Estimate
from tests.eval import comparisons, reports


def test_measures_have_their_value_interval_and_number_of_questions() -> None:
    text = report_markdown(reports.report(), reports.timings())

    assert "| nDCG@10             | 0.742 | 0.639 … 0.845 |        60 |" in text


def test_headline_has_the_measures_and_what_must_be_zero() -> None:
    text = headline_markdown(reports.report())

    assert "| leaks               |     0 |" in text
    assert "Access leaks: none in 60 questions." in text
    assert "Quotes: all 120 are verbatim." in text


def test_leaks_are_counted_and_their_questions_named() -> None:
    leaking = reports.asked(1, query_id="q-leak", leaked=("hr:salaries", "hr:notice"))

    text = report_markdown(reports.bare_report(reports.asked(0), leaking), None)

    assert (
        "ACCESS LEAKS: 2 documents shown to people who may not read them, in 1 question: q-leak"
        in (text)
    )


def test_invalid_quotes_are_counted_and_their_questions_named() -> None:
    half_invented = reports.asked(1, query_id="q-bad", measures={"quote-validity": 0.5})

    text = report_markdown(reports.bare_report(reports.asked(0), half_invented), None)

    assert "INVALID QUOTES: 1 of 4 are not the documents' words, in 1 question: q-bad." in text


def test_every_verdict_is_counted() -> None:
    text = report_markdown(reports.report(12), None)

    assert "| right            |         6 |  50 % |" in text
    assert "| wrong            |         2 |  17 % |" in text


def test_worst_questions_begin_with_leaks_then_wrong_answers_of_low_rank() -> None:
    def asked(number: int, value: float, **changes: object) -> reports.Asked:
        return reports.asked(number, measures={"nDCG@10": value}, **changes)

    report = reports.report(0).model_copy(
        update={
            "questions": (
                asked(0, 0.1, query_id="fine"),
                asked(8, 0.0, query_id="missed"),
                asked(7, 0.9, query_id="wrong-high"),
                asked(6, 0.2, query_id="wrong-low"),
                asked(0, 1.0, query_id="leaky", leaked=("hr:salaries",)),
            )
        }
    )

    worst = report_markdown(report, None).split("## Worst questions")[1].split("## ")[0]

    order = [worst.index(f"({name})") for name in ("leaky", "wrong-low", "wrong-high", "missed")]
    assert order == sorted(order)
    assert "fine" not in worst


def test_slices_and_latency_and_provenance_are_there() -> None:
    text = report_markdown(reports.report(), reports.timings())

    assert "### By tag" in text
    assert "| superseded policy |" in text
    assert "| total     | 31.0 | 61.0 | 128.0 |" in text
    assert "c1" * 32 in text
    assert '"weight": 0.6' in text


def test_small_slices_beyond_a_dozen_are_only_counted() -> None:
    one = reports.slices()[0]
    many = tuple(
        one.model_copy(update={"value": f"source-{n:02}", "topics": 100 - n}) for n in range(20)
    )

    text = report_markdown(reports.report(slices=many), None)

    assert "source-11" in text
    assert "source-12" not in text
    assert "And 8 with fewer questions: report.html has them." in text


def test_text_of_questions_is_no_markup() -> None:
    nasty = reports.asked(
        6, question="<script>alert(1)</script> | [x](javascript:y)\n# heading", trouble=("a|b",)
    )

    text = report_markdown(reports.bare_report(nasty), None)

    assert "\\<script>alert(1)\\</script> \\| \\[x](javascript:y) # heading" in text
    assert "a\\|b" in text
    assert "\n# heading" not in text


def test_nothing_asked_and_nothing_measured_can_be_reported() -> None:
    text = report_markdown(reports.bare_report(), None)

    assert "Nothing was measured." in text
    assert "Nothing went wrong." in text
    assert "Quotes: none were checked." in text


def test_single_question_has_values_without_intervals() -> None:
    measures = {"nDCG@10": Estimate(value=0.5, low=None, high=None, n=1)}

    text = report_markdown(reports.report(1, measures=measures, slices=()), None)

    assert "| nDCG@10 | 0.500 |             — |         1 |" in text
    assert "1 question, 1 of them answerable" in text


def test_failed_gate_says_which_condition_and_why() -> None:
    text = comparison_markdown(comparisons.comparison())

    assert "**Gate: FAILED, 1 of 2 conditions.**" in text
    assert "- **FAILS**: `nDCG@10>=-0.01`: nDCG@10 fell by 0.130" in text
    assert "- holds: `abs:quote-validity>=1`: it is 1.000" in text


def test_comparison_calls_a_difference_only_what_the_corrected_test_does() -> None:
    text = comparison_markdown(comparisons.comparison())

    lines = {line.split()[1]: line for line in text.splitlines() if line.startswith("| ")}
    assert "-0.130 | -0.170 … -0.090 |    0.001 |" in lines["nDCG@10"]
    assert lines["nDCG@10"].rstrip(" |").endswith("worse")
    assert lines["R@5"].rstrip(" |").endswith("no clear difference")


def test_more_wrong_answers_are_worse_and_more_answers_are_only_higher() -> None:
    differences = (
        comparisons.difference("wrong-answer", 0.1, 0.2),
        comparisons.difference("AUROC", 0.7, 0.2),
        comparisons.difference("answered", 0.5, 0.2),
    )

    lines = comparison_markdown(comparisons.comparison(differences=differences)).splitlines()

    ends = [line.rstrip(" |").rsplit("| ")[-1] for line in lines if "+0.200" in line]
    assert ends == ["worse", "better", "higher"]


def test_comparison_names_what_changed_and_who_moved() -> None:
    text = comparison_markdown(comparisons.comparison())

    assert "- retrieval: hybrid -> dense" in text
    assert "## Questions that got worse (22)" in text
    assert "And 2 more." in text
    assert "nDCG@10 0.300 → 0.700; missed → right" in text


def test_same_runs_compare_to_nothing() -> None:
    same = comparisons.comparison(changed=(), differences=(), better=(), worse=(), gate=())

    text = comparison_markdown(same)

    assert "## What differs\n\nNothing." in text
    assert "No measure is in both runs." in text
    assert "Gate" not in text


def test_same_data_gives_the_same_markdown() -> None:
    assert report_markdown(reports.report(), reports.timings()) == report_markdown(
        reports.report(), reports.timings()
    )


def test_markdown_does_not_wait_for_matplotlib() -> None:
    code = "import sys, eval.reporting.markdown; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
