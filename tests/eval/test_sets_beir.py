"""BEIR folders are read as others write them, or refused with the line that has to be mended."""

import json
from pathlib import Path

import pytest

from eval.errors import BrokenSet
from eval.sets.reading import read_set
from eval.topics import Judgement, Topic, TopicSet
from index.access import Principal

FILES: dict[str, list[object]] = {
    "corpus.jsonl": [
        {"_id": "d1", "title": "Leave", "text": "30 days.", "metadata": {"x": [1]}},
        {"_id": "d2", "title": "", "text": "Trains."},
    ],
    "queries.jsonl": [{"_id": "q1", "text": "how much leave"}, {"_id": "q2", "text": "trains?"}],
    "qrels.tsv": ["query-id\tcorpus-id\tscore", "q1\td1\t1", "q2\td2\t2"],
}


def write(folder: Path, **changed: list[object] | None) -> Path:
    """A sound folder, but for the files named here (`qrels_tsv` is qrels.tsv; None: missing)."""
    files = FILES | {name.replace("_", "."): lines for name, lines in changed.items()}
    for name, lines in files.items():
        if lines is not None:
            texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
            (folder / name).write_text("".join(f"{text}\n" for text in texts), "utf-8")
    return folder


def read(folder: Path, **changed: list[object] | None) -> TopicSet:
    return read_set(write(folder, **changed))


def refused(folder: Path, **changed: list[object] | None) -> list[str]:
    with pytest.raises(BrokenSet) as caught:
        read(folder, **changed)
    return [f"{Path(p.file).name}:{p.line}: {p.message}" for p in caught.value.problems]


def test_queries_become_topics_of_whoever_sees_what_is_public(tmp_path: Path) -> None:
    found = read(tmp_path)

    assert found.topics == (
        Topic("q1", "how much leave", "local", Principal("local"), (Judgement("d1", 1),), line=1),
        Topic("q2", "trains?", "local", Principal("local"), (Judgement("d2", 2),), line=2),
    )
    assert (found.name, found.corpus) == (tmp_path.name, tmp_path)


def test_answers_and_exclusions_lie_beside_the_queries(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        answers_jsonl=[{"_id": "q1", "answers": ["30"], "answerable": True, "context_id": "c"}],
        exclude_jsonl=[{"_id": "q2", "exclude": ["d1"]}],
    )

    assert [t.answers for t in found.topics] == [("30",), ()]
    assert [t.excluded for t in found.topics] == [frozenset(), frozenset({"d1"})]


def test_tags_are_taken_from_the_metadata_of_a_query(tmp_path: Path) -> None:
    queries = [
        {"_id": "q1", "text": "how much leave", "metadata": {"tags": ["fact"], "id": 7}},
        {"_id": "q2", "text": "trains?", "metadata": {}},
    ]
    assert [t.tags for t in read(tmp_path, queries_jsonl=queries).topics] == [("fact",), ()]


def test_a_pair_that_is_judged_twice_counts_once_with_the_best_grade(tmp_path: Path) -> None:
    qrels: list[object] = [*FILES["qrels.tsv"], "q1\td1\t3", "q1\td1\t1"]
    assert read(tmp_path, qrels_tsv=qrels).topics[0].judgements == (Judgement("d1", 3),)


@pytest.mark.parametrize("score", ["0", "-1"])
def test_grades_below_one_judge_nothing(tmp_path: Path, score: str) -> None:
    qrels: list[object] = [*FILES["qrels.tsv"], f"q1\td2\t{score}"]
    assert read(tmp_path, qrels_tsv=qrels).topics[0].judgements == (Judgement("d1", 1),)


def test_a_query_that_nothing_answers_needs_no_judgement(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        qrels_tsv=FILES["qrels.tsv"][:2],
        answers_jsonl=[{"_id": "q2", "answers": [], "answerable": False}],
    )
    assert [t.answerable for t in found.topics] == [True, False]


@pytest.mark.parametrize("answers", [None, [{"_id": "q2", "answers": ["x"], "answerable": True}]])
def test_a_query_without_judgement_is_refused_unless_nothing_answers_it(
    tmp_path: Path, answers: list[object] | None
) -> None:
    qrels = FILES["qrels.tsv"][:2]
    said = refused(tmp_path, qrels_tsv=[*qrels, "q2\td2\t0"], answers_jsonl=answers)

    assert len(said) == 1
    assert said[0].startswith("queries.jsonl:2: no document is judged relevant to 'q2'")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"queries_jsonl": None}, "queries.jsonl:0: there is no such file"),
        ({"qrels_tsv": None}, "qrels.tsv:0: there is no such file"),
        ({"qrels_tsv": FILES["qrels.tsv"][1:]}, "qrels.tsv:1: the first line should be a header"),
        ({"qrels_tsv": [*FILES["qrels.tsv"], "q1 d1 1"]}, "qrels.tsv:4: should be query id"),
        ({"qrels_tsv": [*FILES["qrels.tsv"], "q1\td1\t0.5"]}, "qrels.tsv:4: should be query id"),
        ({"qrels_tsv": [*FILES["qrels.tsv"], "q9\td1\t1"]}, "qrels.tsv:4: no query 'q9'"),
        ({"qrels_tsv": [*FILES["qrels.tsv"], "q1\td9\t1"]}, "qrels.tsv:4: no document 'd9'"),
        ({"queries_jsonl": [*FILES["queries.jsonl"], {"_id": "q1", "text": "x"}]}, "line 1, too"),
        ({"corpus_jsonl": [*FILES["corpus.jsonl"], {"_id": "d1", "text": "x"}]}, "corpus.jsonl:3"),
        ({"corpus_jsonl": [*FILES["corpus.jsonl"], {"_id": 3}]}, "corpus.jsonl:3: `_id`: should"),
        ({"answers_jsonl": [{"_id": "q9", "answers": []}]}, "answers.jsonl:1: no query 'q9'"),
        ({"exclude_jsonl": [{"_id": "q1", "exclude": ["d9"]}]}, "exclude.jsonl:1: no document"),
        ({"exclude_jsonl": [{"_id": "q9", "exclude": ["d1"]}]}, "exclude.jsonl:1: no query 'q9'"),
        ({"meta_json": ['{"markup": "html"}']}, "meta.json:0: `markup`: should be"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(
    tmp_path: Path, changed: dict[str, list[object] | None], said: str
) -> None:
    assert any(said in problem for problem in refused(tmp_path, **changed))


def test_another_file_of_queries_is_a_set_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, queries_long_jsonl=None)
    long = [{"_id": "q1", "text": "how much leave is it"}, {"_id": "q2", "text": "which trains?"}]
    path = tmp_path / "queries_long.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in long), "utf-8")

    found = read_set(path)

    assert found.name == f"{tmp_path.name}-queries_long"
    assert [t.text for t in found.topics] == ["how much leave is it", "which trains?"]
    assert found.digest != read_set(tmp_path).digest


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_the_digest_is_of_every_byte(tmp_path: Path, name: str) -> None:
    before = read(tmp_path).digest
    path = tmp_path / name
    path.write_bytes(path.read_bytes() + b"\n")

    assert read_set(tmp_path).digest != before


def test_qrels_of_the_test_split_are_read_and_other_queries_left_out(tmp_path: Path) -> None:
    write = {
        "corpus.jsonl": '{"_id": "d1", "title": "Leave", "text": "28 days."}\n',
        "queries.jsonl": '{"_id": "q1", "text": "How long?"}\n{"_id": "t1", "text": "Trained?"}\n',
        "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\n",
    }
    (tmp_path / "qrels").mkdir()
    for name, text in write.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    assert [topic.query_id for topic in read_set(tmp_path).topics] == ["q1"]
