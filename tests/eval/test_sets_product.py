"""The product's own question sets are read, or refused with the line that has to be mended."""

import json
from pathlib import Path

import pytest

from eval.errors import BrokenSet, Problem
from eval.sets.reading import read_set
from eval.topics import Judgement, Topic
from index.access import Principal
from index.errors import ConfigError

ASKED = {"query_id": "q1", "question": "How long is leave?"}


def write(folder: Path, *lines: object, groups: object = None) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "questions.jsonl").write_text("\n".join(texts) + "\n", "utf-8")
    if groups is not None:
        (folder / "groups.json").write_text(json.dumps(groups), "utf-8")
    return folder


def refused(folder: Path) -> list[str]:
    with pytest.raises(BrokenSet) as caught:
        read_set(folder)
    return [f"{Path(p.file).name}:{p.line}: {p.message}" for p in caught.value.problems]


def asker(folder: Path) -> Principal | None:
    return read_set(folder).topics[0].principal


def test_a_line_becomes_a_topic(tmp_path: Path) -> None:
    relevant = [
        {"document": "handbook:leave.md", "grade": 2, "heading": "Leave", "quote": "30 days"},
        {"document": "drive:abc", "grade": 1, "lines": [3, 4]},
    ]
    more = {"relevant": relevant, "answers": ["30"], "tags": ["fact"], "hidden": ["drive:x"]}

    assert read_set(write(tmp_path, "", {**ASKED, **more})).topics == (
        Topic(
            query_id="q1",
            text="How long is leave?",
            principal=Principal("local"),
            judgements=(
                Judgement("handbook:leave.md", 2, "Leave", "30 days"),
                Judgement("drive:abc", 1, lines=(3, 4)),
            ),
            answers=("30",),
            tags=("fact",),
            hidden=frozenset({"drive:x"}),
            line=2,
        ),
    )


def test_a_set_is_a_folder_or_a_file_and_named_after_it(tmp_path: Path) -> None:
    write(tmp_path, ASKED)
    other = (tmp_path / "questions.jsonl").rename(tmp_path / "travel.jsonl")

    assert read_set(other).name == "travel"
    assert read_set(write(tmp_path, ASKED)).name == tmp_path.name
    assert read_set(tmp_path / "questions.jsonl") == read_set(tmp_path)


def test_separators_that_only_python_knows_do_not_end_a_line(tmp_path: Path) -> None:
    odd = '{"query_id": "q1", "question": "one\u2028two\u0085three"}'
    topics = read_set(write(tmp_path, odd, {**ASKED, "query_id": "q2"})).topics

    assert [(t.query_id, t.line) for t in topics] == [("q1", 1), ("q2", 2)]


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(tmp_path: Path) -> None:
    text = f"{json.dumps(ASKED)}\r\n"
    (tmp_path / "questions.jsonl").write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert read_set(tmp_path).topics[0].query_id == "q1"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[]", "one JSON object is expected here"),
        ({"question": "Why?"}, "the key `query_id` is missing"),
        ({**ASKED, "question": " "}, "`question`: must not be empty"),
        ({**ASKED, "anser": []}, "unknown key `anser`"),
        ({**ASKED, "asked_by": "Anna"}, "'Anna' should be `local` or an e-mail address"),
        ({**ASKED, "answerable": "yes"}, "`answerable`: should be a valid boolean"),
        ({**ASKED, "relevant": [{"document": "d", "grade": 0}]}, "`relevant[0].grade`"),
        ({**ASKED, "relevant": [{"document": "d", "grade": 1.5}]}, "`relevant[0].grade`"),
        ({**ASKED, "relevant": [{"document": "d", "grade": 1, "quote": ""}]}, "must not be empty"),
        ({**ASKED, "relevant": [{"document": "d", "grade": 1, "lines": [4, 3]}]}, "[first, last]"),
        ({**ASKED, "relevant": [{"document": "d", "grade": 1, "lines": [0, 3]}]}, "[first, last]"),
        ({**ASKED, "relevant": [{"document": "d", "grade": 1, "lines": [3]}]}, "relevant[0].lines"),
        ('{"query_id": "q1", "question": "\\ud800"}', "not JSON"),
    ],
)
def test_a_line_that_is_no_question_is_refused(tmp_path: Path, line: object, said: str) -> None:
    problems = refused(write(tmp_path, ASKED, line))

    assert len(problems) == 1
    assert problems[0].startswith("questions.jsonl:2: ")
    assert said in problems[0]
    assert "Value error" not in problems[0]


def test_all_broken_lines_are_named_at_once(tmp_path: Path) -> None:
    problems = refused(write(tmp_path, "{", ASKED, "nonsense"))
    assert [p.split(": ")[0] for p in problems] == ["questions.jsonl:1", "questions.jsonl:3"]


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_bytes(json.dumps(ASKED).encode() + b"\n\xff\n")
    assert refused(tmp_path) == ["questions.jsonl:2: not UTF-8 (byte 1 of the line)"]


def test_whoever_is_local_is_nobody_known(tmp_path: Path) -> None:
    folder = write(tmp_path, ASKED, groups={"all@x.example": ["local"]})
    assert asker(folder) == Principal("local")


def test_an_asker_is_in_the_groups_of_their_groups(tmp_path: Path) -> None:
    groups = {
        "Keel@x.example": ["ANNA@x.example"],
        "eng@x.example": ["keel@X.example", "ben@x.example"],
        "sales@x.example": ["ben@x.example"],
    }
    folder = write(tmp_path, {**ASKED, "asked_by": "Anna@x.example"}, groups=groups)

    assert asker(folder) == Principal(
        "anna@x.example", frozenset({"keel@x.example", "eng@x.example"})
    )
    assert read_set(folder).topics[0].asked_by == "Anna@x.example"


@pytest.mark.timeout(10)
def test_groups_that_hold_each_other_come_to_an_end(tmp_path: Path) -> None:
    groups = {"a": ["b", "a", "anna@x.example"], "b": ["c"], "c": ["a"]}
    folder = write(tmp_path, {**ASKED, "asked_by": "anna@x.example"}, groups=groups)

    assert asker(folder) == Principal("anna@x.example", frozenset("abc"))


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("[]", "groups.json: should map each group to its members"),
        ('{"a": "b"}', "groups.json: should map each group to its members: `a`"),
        ('{"a":\n oops}', "groups.json:2: not JSON"),
    ],
)
def test_groups_that_cannot_be_read_are_refused(tmp_path: Path, groups: str, said: str) -> None:
    write(tmp_path, ASKED)
    (tmp_path / "groups.json").write_text(groups, "utf-8")

    with pytest.raises(BrokenSet) as caught:
        read_set(tmp_path)
    assert said in str(caught.value)


def test_the_digest_changes_with_every_file_that_is_read(tmp_path: Path) -> None:
    first = read_set(write(tmp_path, ASKED)).digest
    with_groups = read_set(write(tmp_path, ASKED, groups={})).digest
    other = read_set(write(tmp_path, {**ASKED, "query_id": "q2"})).digest
    (tmp_path / "notes.txt").write_text("not read", "utf-8")

    assert len({first, with_groups, other}) == 3
    assert read_set(tmp_path).digest == other


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (".", "holds neither questions.jsonl nor corpus.jsonl"),
        ("nowhere", "there is no such file or folder"),
        ("notes.txt", "is not a file of questions"),
    ],
)
def test_a_path_without_a_set_is_refused(tmp_path: Path, path: str, said: str) -> None:
    (tmp_path / "notes.txt").write_text("hello", "utf-8")

    with pytest.raises(ConfigError, match=said):
        read_set(tmp_path / path)


def test_of_many_problems_twenty_are_told() -> None:
    error = BrokenSet([Problem("q.jsonl", line, "is wrong") for line in range(1, 1501)])

    lines = str(error).splitlines()
    assert lines[0] == "q.jsonl:1: is wrong"
    assert lines[19:] == ["q.jsonl:20: is wrong", "and 1,480 more"]
    assert len(error.problems) == 1500
