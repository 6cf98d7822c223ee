"""Pages of reports: whole, inert, small enough, and the same for the same data."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from eval.reporting.html import comparison_html, report_html, sweep_html
from eval.reporting.payload import questions_json
from eval.reporting.plots import SweepPoint
from eval.results import Asked, Report
from tests.eval import comparisons, reports

NASTY = "<script>alert('x')</script>&amp;<img src=x onerror=alert(1)>"
MOST_BYTES = 20_000_000


class _Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))
        self._in_script = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)
            self._in_script = False


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(reports.report(), reports.timings())


def shown(page: str) -> list[dict[str, object]]:
    """The questions as the page's script reads them, texts in their places."""
    data = json.loads(_Elements(page).scripts[0])
    strings = data["strings"]
    rows = [dict(zip(data["fields"], row, strict=True)) for row in data["questions"]]
    for row in rows:
        row["question"], row["id"] = strings[row["question"]], strings[row["id"]]
        row["urls"] = [strings[citation[6]] for citation in row["citations"]]
    return rows


def test_numbers_of_the_data_are_on_the_page(page: str) -> None:
    for number in ("0.742", "0.639 … 0.845", "all 120 are verbatim", "128.0", "c1" * 32):
        assert number in page


def test_all_sections_are_there(page: str) -> None:
    headings = re.findall(r"<h2[^>]*>([^<]*)</h2>", page)

    assert headings == [
        "Measures", "Verdicts", "Confidence", "Slices", "Latency", "Questions", "Skipped",
        "Provenance",
    ]  # fmt: skip


def test_page_loads_nothing(page: str) -> None:
    for tag, attributes in _Elements(page).all:
        assert "src" not in attributes
        assert tag not in ("link", "iframe", "object", "embed", "img", "base")
        for name in ("href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_policy_allows_the_pages_own_script_and_no_other(page: str) -> None:
    elements = _Elements(page)
    policy = next(a["content"] for _, a in elements.all if "http-equiv" in a)
    digest = b64encode(sha256(elements.scripts[1].encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_no_element_runs_code_in_an_attribute(page: str) -> None:
    names = {name for _, attributes in _Elements(page).all for name in attributes}

    assert not [name for name in names if name.startswith("on")]


def test_texts_from_outside_make_no_elements() -> None:
    nasty = _nasty_report()
    plain = nasty.model_validate_json(nasty.model_dump_json().replace(_escaped(NASTY), "nasty"))

    tags = [tag for tag, _ in _Elements(report_html(nasty, None)).all]

    assert tags == [tag for tag, _ in _Elements(report_html(plain, None)).all]
    assert shown(report_html(nasty, None))[0]["question"] == NASTY


def test_comparison_escapes_texts_too() -> None:
    moved = comparisons.moved(1, 0.4).model_copy(update={"question": NASTY, "query_id": NASTY})

    page = comparison_html(comparisons.comparison(better=(moved,), changed=(NASTY,)))

    assert "<script>" not in page
    assert "<img" not in page


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://git.example.com/a#L1", "https://git.example.com/a#L1"),
        ("http://wiki.local/a", "http://wiki.local/a"),
        ("javascript:alert(1)", ""),
        ("JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str, link: str) -> None:
    one = reports.asked(0)
    citation = one.citations[0].model_copy(update={"url": url})

    page = report_html(reports.bare_report(one.model_copy(update={"citations": (citation,)})), None)

    assert shown(page)[0]["urls"] == [link]


def test_script_shows_texts_as_text_only(page: str) -> None:
    script = _Elements(page).scripts[1]

    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert name not in script


def test_reader_without_scripts_is_told_where_the_questions_are(page: str) -> None:
    note = page.split("<noscript>")[1].split("</noscript>")[0]

    assert "report.md" in note
    assert "answers.jsonl" in note


def test_ranking_is_cut_at_ten() -> None:
    one = reports.asked(0)
    long = one.model_copy(update={"ranking": one.ranking * 3})

    assert len(shown(report_html(reports.bare_report(long), None))[0]["ranking"]) == 10  # type: ignore[arg-type]


def test_same_data_gives_the_same_bytes(page: str) -> None:
    assert report_html(reports.report(), reports.timings()) == page
    assert comparison_html(comparisons.comparison()) == comparison_html(comparisons.comparison())


def test_leaks_and_invalid_quotes_stand_out() -> None:
    bad = reports.asked(0, leaked=("hr:salaries",), measures={"quote-validity": 0.0})

    page = report_html(reports.bare_report(bad), None)

    assert page.count('<p class="alarm">') == 2
    assert "ACCESS LEAKS: 1 document shown" in page
    assert "INVALID QUOTES: 2 of 2" in page


@pytest.mark.parametrize(
    "questions",
    [(), (reports.asked(0, measures={}, ranking=(), wanted=(), sentences=(), citations=()),)],
    ids=["none", "one without anything"],
)
def test_report_without_numbers_has_no_plots(questions: tuple[Asked, ...]) -> None:
    page = report_html(reports.bare_report(*questions), None)

    assert "Nothing was measured." in page
    assert "No question is judged" in page
    assert 'class="plot"' not in page
    assert len(shown(page)) == len(questions)


def test_timings_without_steps_have_no_plot() -> None:
    timings = reports.timings().model_copy(update={"percentiles_ms": {}})

    assert "Latency by step" not in report_html(reports.bare_report(), timings)


def test_twelve_thousand_questions_fit_a_file_that_opens() -> None:
    quote = "Wait until no pod runs on the node any more before it is taken out of rotation. " * 3

    known = [reports.asked(number) for number in range(600)]

    def asked(number: int) -> Asked:
        one = known[number % 600]
        return one.model_copy(
            update={
                "query_id": f"q{number:05}",
                "question": f"{one.question} ({number})",
                "sentences": (f"{quote}({number})",),
                "citations": tuple(
                    citation.model_copy(update={"quote": f"{quote}({number}, {citation.marker})"})
                    for citation in one.citations
                ),
            }
        )

    questions = map(asked, range(12_000))

    page = report_html(reports.bare_report(*questions), None)

    assert len(page.encode()) < MOST_BYTES
    assert page.count('"q') >= 12_000


def test_texts_are_cut_only_when_they_do_not_fit() -> None:
    long = reports.bare_report(reports.asked(0, sentences=("word " * 500,)))

    whole, cut = json.loads(questions_json(long)), json.loads(questions_json(long, 3500))

    assert whole["cut_at"] is None
    assert "word " * 500 in whole["strings"]
    assert cut["cut_at"] == 300
    assert max(map(len, cut["strings"])) == 300


def test_failed_gate_is_readable_on_the_page() -> None:
    page = comparison_html(comparisons.comparison())

    assert '<p class="alarm">Gate: FAILED, 1 of 2 conditions.</p>' in page
    assert "nDCG@10 fell by 0.130 (95 % interval -0.170 … -0.090)" in page
    assert "script-src &#39;none&#39;" in page


def test_passed_gate_is_no_alarm() -> None:
    page = comparison_html(comparisons.comparison(gate=comparisons.comparison().gate[1:]))

    assert '<p class="good">Gate: passed, its condition holds.</p>' in page


def test_comparison_without_differences_has_a_page() -> None:
    page = comparison_html(comparisons.comparison(differences=(), better=(), worse=(), gate=()))

    assert "No measure is in both runs." in page


def test_sweep_has_a_row_and_a_point_for_each_setting() -> None:
    points = [
        SweepPoint(f"weight {weight}", reports.estimate(weight, 50), 10 * weight, {"R@5": 0.25})
        for weight in (0.5, 0.6)
    ]

    page = sweep_html("company", points)

    assert page.count('<th scope="row">weight') == 2
    assert "1: weight 0.5" in page
    assert "0.250" in page
    assert "Sweep on company" in sweep_html("company", [])


def _nasty_report() -> Report:
    citation = reports.asked(0).citations[0]
    fields = dict.fromkeys(("document", "title", "quote"), NASTY)
    one = reports.asked(
        0,
        query_id=NASTY,
        question=NASTY,
        asked_by=NASTY,
        tags=(NASTY,),
        sentences=(NASTY,),
        trouble=(NASTY,),
        leaked=(NASTY,),
        ranking=(reports.Ranked(document=NASTY, score=1, grade=1),),
        citations=(citation.model_copy(update=fields | {"headings": (NASTY,)}),),
    )
    odd = reports.slices()[0].model_copy(update={"value": NASTY})
    return reports.report(1).model_copy(
        update={
            "provenance": reports.provenance(set_name=NASTY, config={NASTY: NASTY}),
            "questions": (one,),
            "slices": (odd,),
            "skipped": (NASTY,),
        }
    )


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]
