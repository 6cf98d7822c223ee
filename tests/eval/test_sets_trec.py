"""What other tools of TREC read and write means the same here."""

from pathlib import Path

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import BrokenSet
from eval.sets.trec import read_qrels, read_run, write_qrels, write_run
from eval.topics import Judgement, Topic

# Signs that part columns or lines somewhere, and those that escapes are made of.
IDS = st.text(alphabet="ab/.é%0259 \t\n\r\x1c\x85\xa0\u2028\u3000", min_size=1, max_size=8)
SCORES = st.floats(allow_nan=False, allow_infinity=False)


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def refused(path: Path, *lines: str) -> list[str]:
    read = read_qrels if path.name == "qrels" else read_run
    with pytest.raises(BrokenSet) as caught:
        read(write(path, *lines))
    return [f"{problem.line}: {problem.message}" for problem in caught.value.problems]


@given(st.dictionaries(IDS, st.dictionaries(IDS, SCORES, min_size=1), max_size=4))
def test_a_run_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, scores: dict[str, dict[str, float]]
) -> None:
    run = {
        query: sorted(ranking.items(), key=lambda one: (-one[1], one[0]))
        for query, ranking in scores.items()
    }
    path = tmp_path_factory.getbasetemp() / "hypothesis.run"
    write_run(path, run, "our own")

    assert read_run(path) == run
    assert {len(line.split()) for line in path.read_text("utf-8").split("\n") if line} <= {6}


@given(st.dictionaries(st.tuples(IDS, IDS), st.integers(1, 4)))
def test_judgements_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, grades: dict[tuple[str, str], int]
) -> None:
    topics = [
        Topic(query, "?", judgements=(Judgement(document, grade),))
        for (query, document), grade in grades.items()
    ]
    path = tmp_path_factory.getbasetemp() / "hypothesis.qrels"
    write_qrels(path, topics)

    read = read_qrels(path)
    assert {(q, d): grade for q, of in read.items() for d, grade in of.items()} == grades


def test_scores_that_are_almost_equal_keep_their_order(tmp_path: Path) -> None:
    run = {"q": [("z", 0.1 + 0.2), ("a", 0.3)]}
    write_run(tmp_path / "run", run, "t")

    assert read_run(tmp_path / "run") == run


def test_ranks_count_from_one_and_ties_go_by_document(tmp_path: Path) -> None:
    write_run(tmp_path / "run", {"q": [("b", 1.0), ("a", 1.0), ("c", 2.0)]}, "ours")

    assert (tmp_path / "run").read_text("utf-8").splitlines() == [
        "q Q0 c 1 2.0 ours",
        "q Q0 a 2 1.0 ours",
        "q Q0 b 3 1.0 ours",
    ]


def test_the_ranks_that_others_wrote_do_not_count(tmp_path: Path) -> None:
    path = write(tmp_path / "run", "q Q0 a 1 0.5 t", "q\tQ0\tb  2 7e-1 t", "", "p Q0 a 0 1 t")
    assert read_run(path) == {"q": [("b", 0.7), ("a", 0.5)], "p": [("a", 1.0)]}


def test_spaces_are_escaped_and_other_escapes_are_left_alone(tmp_path: Path) -> None:
    write_run(tmp_path / "run", {"q 1": [("Work from home.txt", 1.0), ("a%2Fb", 0.5)]}, "t")

    text = (tmp_path / "run").read_text("utf-8")
    assert text.splitlines()[0] == "q%201 Q0 Work%20from%20home.txt 1 1.0 t"
    assert read_run(tmp_path / "run") == {"q 1": [("Work from home.txt", 1.0), ("a%2Fb", 0.5)]}
    assert read_run(write(tmp_path / "other", "q Q0 a%2Fb%c2%a0c 1 1 t")) == {
        "q": [("a%2Fb\u00a0c", 1.0)]
    }


def test_the_best_grade_of_a_document_is_written(tmp_path: Path) -> None:
    judged = (Judgement("d", 1, quote="a"), Judgement("d", 2, quote="b"), Judgement("d", 1))
    write_qrels(tmp_path / "qrels", [Topic("q", "?", judgements=judged), Topic("none", "?")])

    assert (tmp_path / "qrels").read_text("utf-8") == "q 0 d 2\n"


def test_grades_of_nought_and_below_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "qrels", "q 0 a 0", "q 0 b -1", "q 0 c 2")
    assert read_qrels(path) == {"q": {"a": 0, "b": -1, "c": 2}}


def test_another_reader_reads_the_same(tmp_path: Path) -> None:
    write_run(tmp_path / "run", {"q 1": [("a b", 2.5), ("c", 1.0)]}, "t")
    write_qrels(tmp_path / "qrels", [Topic("q 1", "?", judgements=(Judgement("a b", 2),))])

    scored = list(ir_measures.read_trec_run(str(tmp_path / "run")))
    judged = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels")))
    assert [(s.query_id, s.doc_id, s.score) for s in scored] == [
        ("q%201", "a%20b", 2.5),
        ("q%201", "c", 1.0),
    ]
    assert [(q.query_id, q.doc_id, q.relevance) for q in judged] == [("q%201", "a%20b", 2)]


def test_what_is_not_of_the_format_is_refused_with_its_line(tmp_path: Path) -> None:
    run, qrels = tmp_path / "run", tmp_path / "qrels"

    assert "has 7; write a space in an id as %20" in refused(run, "q Q0 a b 1 1.0 t")[0]
    assert refused(run, "q Q0 a 1 1.0 t", "q Q0 a 2 0.5 t") == ["2: 'a' was ranked for 'q' before"]
    assert refused(run, "q Q0 a 1 nan t", "q Q0 b 2 high t") == [
        "1: the score 'nan' should be a finite number",
        "2: the score 'high' should be a finite number",
    ]
    assert refused(qrels, "q 0 a 1", "q 0 a 1") == ["2: 'a' was judged for 'q' before"]
    assert refused(qrels, "q 0 a yes") == ["1: the grade 'yes' should be a whole number"]
    assert "has 3" in refused(qrels, "q a 1")[0]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenSet, match="there is no such file"):
        read_run(tmp_path / "run")


@pytest.mark.parametrize("run", [{"q": [("a", float("nan"))]}, {"q": [("", 1.0)]}])
def test_what_could_not_be_read_again_is_not_written(
    tmp_path: Path, run: dict[str, list[tuple[str, float]]]
) -> None:
    with pytest.raises(ValueError, match=r"is nan|empty id"):
        write_run(tmp_path / "run", run, "t")
    assert not (tmp_path / "run").exists()
