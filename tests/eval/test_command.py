"""`answerable eval` as its users type it, on a folder with a few documents."""

import json
from pathlib import Path

import pytest

from eval.sets.trec import read_run
from index.errors import ConfigError
from service.answering.confidence import COEFFICIENTS, coefficients, confidence, threshold
from service.settings import AnsweringSettings
from tests.eval.shell import CONFIG, TOPICS, Eval, question


@pytest.fixture
def evaluation(tmp_path: Path) -> Eval:
    made = Eval(tmp_path)
    made("ingest", "--config", str(tmp_path / "config.yaml"))
    return made


def test_run_writes_what_machines_and_people_read(evaluation: Eval) -> None:
    printed = evaluation.run("a")

    folder = evaluation.folder / "a"
    assert sorted(path.name for path in folder.iterdir()) == [
        "answers.jsonl", "report.html", "report.json", "report.md", "run.trec", "timings.json",
    ]  # fmt: skip
    report = evaluation.report("a")
    assert report.measures["nDCG@10"].value > 0.9
    assert report.measures["containment"].value > 0.9
    assert report.measures["quote-validity"].value == 1.0
    assert read_run(folder / "run.trec")["q11"][0][0] == "wiki:receipts.md"
    assert "nDCG@10" in printed
    assert "leaks" in printed


def test_same_input_gives_the_same_bytes_but_for_times(evaluation: Eval) -> None:
    evaluation.run("a")
    evaluation.run("b")

    for name in ("run.trec", "answers.jsonl", "report.json"):
        assert (evaluation.folder / "a" / name).read_bytes() == (
            evaluation.folder / "b" / name
        ).read_bytes()


def test_unchanged_run_passes_the_gate_and_a_worse_one_fails_it(evaluation: Eval) -> None:
    evaluation.run("a")
    evaluation.run("b")
    evaluation.write("config.yaml", CONFIG.replace("min_confidence: 0.0", "min_confidence: 1.0"))
    evaluation.run("worse")
    first, second, worse = (str(evaluation.folder / name) for name in ("a", "b", "worse"))
    gate = ("--gate", "containment>=-0.01")

    evaluation("eval", "compare", first, second, *gate)
    printed = evaluation("eval", "compare", first, worse, *gate, "--out", worse, code=1)

    assert "containment" in printed
    assert "service.answering.min_confidence" in printed  # what differs is said
    assert (evaluation.folder / "worse" / "comparison.html").exists()


def test_answers_taken_out_cannot_be_found_or_answered(evaluation: Eval) -> None:
    evaluation.run("absent", "--without-gold")

    report = evaluation.report("absent")
    assert report.answerable == 0
    assert report.provenance.without_gold
    for asked in report.questions:
        gone = f"wiki:{asked.question.split()[6]}.md"
        assert gone not in {one.document for one in asked.ranking}
        assert gone not in {one.document for one in asked.citations}


def test_questions_of_another_set_count_as_unanswerable_here(evaluation: Eval) -> None:
    others = question(99, "the price of tea in the harbour of Lisbon")
    evaluation.write("others/questions.jsonl", json.dumps(others))
    evaluation.run("mixed", "--foreign", str(evaluation.folder / "others"))

    report = evaluation.report("mixed")
    foreign = [asked for asked in report.questions if asked.tags == ("foreign",)]
    assert [asked.query_id for asked in foreign] == ["others:q99"]
    assert not foreign[0].answerable
    assert "AUROC-answerable" in report.measures


def test_each_asks_as_who_they_are(evaluation: Eval) -> None:
    wanted = [{"document": "board:salaries.md", "quote": "99 days"}]
    topic = {"answers": ["99 days"], "relevant": wanted}
    hidden = {"relevant": [], "answers": [], "answerable": False, "hidden": ["board:salaries.md"]}
    evaluation.ask(
        question(1, "salaries", asked_by="Ada@Example.com", **topic),
        question(2, "salaries", asked_by="bob@example.com", **hidden),
    )
    evaluation.run("a")

    ada, bob = evaluation.report("a").questions
    assert ada.verdict == "right"
    assert "board:salaries.md" not in {one.document for one in bob.ranking}
    assert evaluation.report("a").measures["leaks"].value == 0


def test_broken_set_is_refused_with_its_lines_before_anything_is_asked(evaluation: Eval) -> None:
    nowhere = [{"document": "wiki:nowhere.md"}]
    evaluation.ask(question(11, "receipts"), question(12, "holidays", relevant=nowhere))

    printed = evaluation("eval", "check", *evaluation.set, code=2)
    evaluation.run("a", code=2)

    assert "questions.jsonl:2" in printed.replace("\n", "")
    assert "wiki:nowhere.md" in printed
    assert not (evaluation.folder / "a").exists()


def test_beir_folder_is_indexed_by_itself_and_kept(evaluation: Eval) -> None:
    corpus = [
        {"_id": topic, "title": topic, "text": f"The {topic} form is due within {number} days."}
        for number, topic in enumerate(TOPICS, 11)
    ]
    queries = [{"_id": f"q-{t}", "text": f"When is the {t} form due?"} for t in TOPICS]
    qrels = "query-id\tcorpus-id\tscore\n" + "".join(f"q-{t}\t{t}\t1\n" for t in TOPICS)
    for name, lines in (("corpus", corpus), ("queries", queries)):
        evaluation.write(f"beir/{name}.jsonl", "".join(json.dumps(x) + "\n" for x in lines))
    evaluation.write("beir/qrels.tsv", qrels)
    folder, config = str(evaluation.folder / "beir"), ("--config", evaluation.set[2])

    for out in ("first", "again"):
        evaluation("eval", "run", folder, *config, "--out", str(evaluation.folder / out))

    assert evaluation.report("first") == evaluation.report("again")
    assert evaluation.report("first").measures["Success@1"].value == 1.0
    assert read_run(evaluation.folder / "first" / "run.trec")["q-pets"][0][0] == "pets"


def test_sweep_tries_every_setting_and_chunks_of_other_sizes(evaluation: Eval) -> None:
    out = evaluation.folder / "sweep"
    sizes = ("--chunk-tokens", "16", "--dense-weight", "0", "--dense-weight", "1")

    printed = evaluation("eval", "sweep", *evaluation.set, "--out", str(out), *sizes)
    again = evaluation("eval", "sweep", *evaluation.set, "--out", str(out), *sizes)

    for label in ("dense 0 ", "dense 1 ", "dense 0, 16 tokens", "dense 1, 16 tokens"):
        assert label in printed
        assert label in again
    assert (out / "sweep.html").exists()


def test_calibration_is_read_by_the_service_that_then_refuses(evaluation: Eval) -> None:
    topics = [
        (number, TOPICS[number % 8], number % 2 == 0) for number in range(11, 11 + 6 * len(TOPICS))
    ]
    evaluation.ask(
        *(
            question(
                number,
                topic,
                question=f"{number}: within how many days is the {topic} form due?"
                if known
                else f"{number}: what does the tuba cost?",
                relevant=[{"document": f"wiki:{topic}.md"}] if known else [],
                answers=["days"] if known else [],
                answerable=known,
            )
            for number, topic, known in topics
        )
    )
    file = evaluation.folder / "confidence.json"

    evaluation("eval", "calibrate", *evaluation.set, "--out", str(file))

    fitted = coefficients(file)
    (right,) = fitted.factors
    assert right.weights["covered"] > 0
    assert right.weights.get("unknown", 0.0) <= 0
    strict = threshold(AnsweringSettings(confidence=file, max_wrong_rate=0.05))
    lax = threshold(AnsweringSettings(confidence=file, max_wrong_rate=0.6))
    assert strict >= lax
    assert json.loads(file.read_text())["fitted_on"][0]["topics"] == len(topics)


def test_calibration_learns_from_questions_about_something_else(evaluation: Eval) -> None:
    evaluation.ask(
        *(
            question(
                number,
                TOPICS[number % 8],
                question=f"{number}: within how many days is the {TOPICS[number % 8]} form due?",
                relevant=[{"document": f"wiki:{TOPICS[number % 8]}.md"}],
                answers=["days" if number % 2 else "a tuba"],
            )
            for number in range(50)
        )
    )
    others = [f"Who plays tuba number {n} in the orchestra of Lisbon?" for n in range(25)]
    evaluation.write(
        "others/questions.jsonl",
        "".join(
            json.dumps({"query_id": f"o{n}", "question": text, "answerable": False}) + "\n"
            for n, text in enumerate(others)
        ),
    )
    file = evaluation.folder / "confidence.json"

    elsewhere = str(evaluation.folder / "others")
    evaluation("eval", "calibrate", *evaluation.set, "--foreign", elsewhere, "--out", str(file))

    fitted, factors = coefficients(file), json.loads(file.read_text())["factors"]
    assert factors.keys() == {"right", "topic"}
    there = {"covered": 1.0, "cosine": 0.9, "answer_covered": 1.0, "unknown": 0.0}
    elsewhere_found = {"covered": 0.0, "cosine": 0.1, "answer_covered": 0.0, "unknown": 1.0}
    assert confidence(there, fitted) > 2 * confidence(elsewhere_found, fitted)
    assert confidence(there, fitted) == pytest.approx(
        fitted.factors[0].of(there, fitted.neutral) * fitted.factors[1].of(there, fitted.neutral)
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"factors": {}}, "everything would be sure"),
        ({"neutral": {"luck": 0.5}}, "no such features: luck"),
        ({"neutral": {"cosine": float("nan")}}, "nan is no number"),
        ({"factors": {"right": {"bias": "high", "coefficients": {}}}}, "'high' is no number"),
    ],
)
def test_coefficients_that_cannot_be_meant_are_refused(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    file = tmp_path / "confidence.json"
    file.write_text(json.dumps({**json.loads(COEFFICIENTS.read_text()), **change}))

    with pytest.raises(ConfigError, match=why):
        coefficients(file)


def test_right_answers_alone_are_not_calibrated_on(evaluation: Eval) -> None:
    evaluation.write(
        "others/questions.jsonl",
        "".join(
            json.dumps({"query_id": f"o{n}", "question": f"Tuba {n}?", "answerable": False}) + "\n"
            for n in range(25)
        ),
    )
    others = str(evaluation.folder / "others")
    printed = evaluation("eval", "calibrate", *evaluation.set, "--foreign", others, code=2)

    assert "8 right and 0 wrong answers are too few" in " ".join(printed.split())


def test_too_few_answers_are_not_calibrated_on(evaluation: Eval) -> None:
    printed = evaluation("eval", "calibrate", *evaluation.set, code=2)

    assert "too few to calibrate on" in " ".join(printed.split())


def test_report_that_is_none_is_refused(evaluation: Eval) -> None:
    printed = evaluation("eval", "compare", "nowhere", "nowhere", code=2)

    assert "answerable eval run" in " ".join(printed.split())
