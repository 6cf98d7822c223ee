"""Sentences of a source's words, put together otherwise than they are there."""

import pytest

from service.answering.llm import polarity
from service.answering.llm.crossing import crossed, turned_round


def terms(text: str) -> list[str]:
    return [word.strip(".,").lower() for word in text.split() if len(word.strip(".,")) > 2]


def test_who_does_it_to_whom_is_not_turned_round() -> None:
    source = "Nadia reports to Oskar every week."

    assert turned_round("Oskar reports to Nadia every week.", source)
    assert not turned_round("Every week Nadia reports to Oskar.", source)


def test_subject_of_one_clause_has_not_the_rest_of_another() -> None:
    source = "Backups are stored in Dublin, and the customer data is stored in Frankfurt."

    assert crossed("The customer data is stored in Dublin.", source, terms)
    assert not crossed("The customer data is stored in Frankfurt.", source, terms)
    assert not crossed("Backups are stored in Dublin.", source, terms)


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The gym is free for staff.", "Some people think that the gym is free for staff."),
        ("An office is open in Porto.", "We plan to open an office in Porto."),
    ],
)
def test_what_a_source_only_hopes_is_not_said_as_so(sentence: str, source: str) -> None:
    assert polarity.misses(sentence, source, source, [source])
    assert not polarity.misses(source, source, source, [source])


@pytest.mark.parametrize(
    "source",
    [
        "Avoid using personal phones for calls.",
        "Trainees lack access to payroll.",
        "The sync fails to copy attachments.",
        "Refunds are hardly ever made in cash.",
    ],
)
def test_words_that_deny_without_a_no_are_known(source: str) -> None:
    assert polarity.NEGATION.search(source)
