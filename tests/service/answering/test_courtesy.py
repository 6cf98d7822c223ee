import json

import pytest

from service.answering.courtesy import is_courtesy
from tests.eval.company import COMPANY


@pytest.mark.parametrize(
    "said",
    [
        "hello",
        "Hello!",
        "  HI THERE :)  ",
        "hellooo",
        "Hey 👋🏽",
        "good morning, everyone",
        "Guten Tag",
        "Buenos días!",
        "¡Hola!",
        "Olá",
        "hi, how are you?",
        "Hello. What can you do?",
        "thanks",
        "Thank you so much!!",
        "thanks for your help",
        "OK, thanks. Bye!",
        "no thanks",
        "ok",
        "Yes.",
        "no",
        "see you tomorrow",
        "are you there?",
        "Who are you?",
        "what\u2019s your name",
        "What can I ask you here?",
        "help",
        "Can you help me?",
        "test",
        "This is a test.",
    ],
)
def test_courtesy_is_told_in_any_case_and_punctuation(said: str) -> None:
    assert is_courtesy(said)


@pytest.mark.parametrize(
    "asked",
    [
        "hello world example in tidekit?",
        "hello world",
        "HELLO_WORLD",
        "no hello",
        "hello, where is the form?",
        "thanks day",
        "thank you notes to customers",
        "ok rate",
        "yes/no",
        "test()",
        "test plan",
        "test help",
        "--help",
        "/help",
        "`ok`",
        "help desk",
        "help with taxes",
        "can you help me with taxes?",
        "who are you going to call at night?",
        "who is on call?",
        "what can you do about a lost badge?",
        "how are you supposed to book a trip?",
        "good morning routine",
        "goodbye letter",
        "are you allowed to work from abroad?",
        "good",
        "",
        "?",
        "hello " * 20,
    ],
)
def test_question_with_a_courtesy_in_it_is_a_question(asked: str) -> None:
    assert not is_courtesy(asked)


def test_no_question_to_the_sample_company_is_a_courtesy() -> None:
    asked = [
        text
        for name in ("questions.jsonl", "conversations.jsonl")
        for line in (COMPANY / name).read_text(encoding="utf-8").splitlines()
        for row in [json.loads(line)]
        for text in (row["question"], *row.get("earlier", ()))
    ]

    assert len(asked) > 250
    assert [text for text in asked if is_courtesy(text)] == []
