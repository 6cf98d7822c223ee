import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.access import Principal, user, visible_to
from index.store import Index
from service.answering.types import Answer
from tests.service.answering.desk import ANYBODY, Desk, make_document

LEAVE = """# Leave

## How much

Everybody has 28 days of paid leave a year. Public holidays can be swapped.

## Asking

The manager answers within three working days. No answer means yes.
"""
DEPLOY = """# Deploys

How to deploy the server to production:

1. Merge the change.
2. Press *Deploy* in the panel.
3. Watch the graphs for ten minutes.

The server was bought in 2019.
"""
LIMITS = (
    "# Hotels\n\nHotels have a limit a night.\n\n| City | Limit |\n| --- | --- |\n"
    + "\n".join(
        f"| {city} and the towns around it, however far they may be | {n} EUR for every night |"
        for n, city in enumerate(["Oslo", "Bergen", "Turku", "Malmö", "Porto", "Riga", "Cork"], 101)
    )
)


def said(answer: Answer) -> str:
    return "\n".join(sentence.text for sentence in answer.sentences)


def assert_verbatim(answer: Answer, index: Index) -> None:
    for citation in answer.citations:
        document = index.document(citation.doc_id, visible_to=ANYBODY)
        assert document is not None
        assert citation.span.of(document.text) == citation.quote
    markers = {citation.marker for citation in answer.citations}
    assert all(s.markers and set(s.markers) <= markers for s in answer.sentences)


def test_the_sentence_that_answers_is_quoted(desk: Desk) -> None:
    desk.put(make_document(LEAVE), make_document(DEPLOY, name="deploy.md"))

    answer = desk.ask("How many days of paid leave do we have?")

    assert answer.sentences[0].text == "Everybody has 28 days of paid leave a year."
    assert answer.citations[0].headings == ("Leave", "How much")
    assert answer.citations[0].lines == (5, 5)


def test_steps_are_quoted_whole_after_their_lead(desk: Desk) -> None:
    desk.put(make_document(LEAVE), make_document(DEPLOY, name="deploy.md"))

    answer = desk.ask("How do I deploy the server to production?")

    kinds = [sentence.kind for sentence in answer.sentences]
    assert kinds[:2] == ["sentence", "steps"]
    assert answer.sentences[0].text == "How to deploy the server to production:"
    assert answer.sentences[1].text.splitlines() == [
        "1. Merge the change.",
        "2. Press Deploy in the panel.",
        "3. Watch the graphs for ten minutes.",
    ]


def test_row_of_a_long_table_comes_under_its_header(desk: Desk) -> None:
    desk.put(make_document(LIMITS))

    answer = desk.ask("hotel limit for a night in Turku and towns")

    (table,) = [sentence for sentence in answer.sentences if sentence.kind == "table"]
    assert table.text.splitlines()[0] == "City | Limit"
    assert "Turku" in table.text
    assert "Turku" in answer.citations[table.markers[0] - 1].quote


def test_sentences_of_a_document_are_in_reading_order(desk: Desk) -> None:
    desk.put(make_document(LEAVE))

    answer = desk.ask("Does no answer of the manager within days of asking for leave mean yes?")

    starts = [citation.span.start for citation in answer.citations]
    assert len(starts) > 1
    assert starts == sorted(starts)


def test_the_same_words_in_two_documents_are_said_once(desk: Desk) -> None:
    desk.put(make_document(LEAVE), make_document(LEAVE, name="copy.md"))

    answer = desk.ask("How many days of paid leave a year?")

    assert said(answer).count("28 days") == 1


def test_sentence_that_leans_on_another_brings_it_along(desk: Desk) -> None:
    desk.put(
        make_document("# Keys\n\nThe spare key hangs in Oslo. It opens the crypt door at night.")
    )

    answer = desk.ask("What opens the crypt door at night?")

    assert said(answer).startswith("The spare key hangs in Oslo.\nIt opens")


def test_answer_is_no_longer_than_the_settings_allow(index: Index) -> None:
    desk = Desk(index, max_sentences=1)
    desk.put(make_document(LEAVE))

    assert len(desk.ask("paid leave days and public holidays").sentences) == 1


def test_low_confidence_is_an_abstention_that_names_what_is_near(index: Index) -> None:
    desk = Desk(index, min_confidence=1.0)
    desk.put(make_document(LEAVE))

    answer = desk.ask("Which whale won the chess cup?")

    assert (answer.abstained, answer.sentences, answer.citations) == (True, (), ())
    assert [near.title for near in answer.nearest] == ["Leave"]


def closest(index: Index, text: str, question: str) -> str:
    """What a refusal quotes of the only document."""
    desk = Desk(index, min_confidence=1.0)
    desk.put(make_document(text))
    (near,) = desk.ask(question).nearest
    return near.quote


def test_refusal_quotes_the_sentences_that_come_closest_in_reading_order(index: Index) -> None:
    text = (
        "# Chapel\n\nThe chapel's key hangs in Oslo. Nobody sings. Bread is dear. "
        "Milk is cheap.\n\n"
        "Ask the sexton for the chapel's spare key.\n"
    )

    quote = closest(index, text, "where is the chapel's spare key")

    assert quote.startswith("The chapel's key hangs in Oslo.")
    assert quote.endswith(" … Ask the sexton for the chapel's spare key.")
    assert "Milk" not in quote


def test_sentences_side_by_side_are_quoted_without_a_gap(index: Index) -> None:
    paragraph = "The chapel's key hangs in Oslo. The chapel's spare key hangs in Bergen."

    assert closest(index, f"# Keys\n\n{paragraph}\n", "the chapel's spare key?") == paragraph


def test_refusal_quotes_whole_sentences_that_are_read_at_a_glance(index: Index) -> None:
    bells = " ".join(f"Bell number {n} was cast in the year 17{n} by hand." for n in range(20, 40))

    quote = closest(index, f"# Bells\n\n{bells}\n", "which bell was cast by hand")

    assert 200 < len(quote) <= 280
    assert quote.startswith("Bell number")
    assert quote.endswith("by hand.")


def test_confidence_is_higher_when_the_documents_say_it(desk: Desk) -> None:
    desk.put(make_document(LEAVE), make_document(DEPLOY, name="deploy.md"))

    known = desk.ask("How many days of paid leave a year?")
    unknown = desk.ask("Which whale won the chess cup?")

    assert known.confidence > unknown.confidence + 0.2


def test_empty_index_abstains(desk: Desk) -> None:
    answer = desk.ask("Anything?")

    assert answer.abstained
    assert answer.nearest == ()


@pytest.mark.parametrize("asker", [None, Principal("bo@x.example")])
def test_what_others_may_read_is_neither_answered_nor_named(
    desk: Desk, asker: Principal | None
) -> None:
    desk.put(make_document(LEAVE, readers=user("ana@x.example")))

    answer = desk.ask("How many days of paid leave?", visible_to=visible_to(asker))

    assert answer.abstained
    assert answer.nearest == ()


def test_what_i_may_read_is_answered(desk: Desk) -> None:
    desk.put(make_document(LEAVE, readers=user("ana@x.example")))

    answer = desk.ask(
        "How many days of paid leave?", visible_to=visible_to(Principal("ana@x.example"))
    )

    assert "28 days" in said(answer)


@pytest.mark.parametrize("change", ["deleted", "shut", "rewritten"])
def test_document_that_goes_between_retrieval_and_answer_is_not_quoted(
    desk: Desk, change: str
) -> None:
    document = make_document(LEAVE)
    desk.put(document)
    question = "How many days of paid leave?"
    evidence = desk.retriever.retrieve(question, visible_to=ANYBODY, limit=8).ranking
    if change == "deleted":
        desk.index.delete([document.doc_id])
    elif change == "shut":
        desk.put(make_document(LEAVE, readers=user("ana@x.example")))
    else:
        desk.put(make_document(LEAVE.replace("28", "5")))

    answer = desk.answerer.answer(question, evidence, visible_to=ANYBODY)

    assert answer.abstained
    assert answer.sentences == ()
    assert answer.nearest == ()


@pytest.mark.parametrize(
    "body",
    [
        "leave " * 2000,
        "leave" * 2000,
        "חופשה leave שנתית.",
        "🏖️ leave 🏖️!",
        "leave\n" * 300,
        "|leave|" * 99,
    ],
)
def test_odd_text_is_quoted_exactly(desk: Desk, body: str) -> None:
    desk.put(make_document(f"# Odd\n\n{body}\n"))

    assert_verbatim(desk.ask("leave"), desk.index)


_PIECES = (
    (
        "leave",
        "days",
        "the",
        "**key**",
        "`code.`",
        "e.g.",
        "Yes.",
        "- item",
        "1. step",
        "| a | b |",
    ),
    (
        "|---|---|",
        "\n",
        "\n\n",
        "# Head\n",
        "```\n",
        "> quote",
        ": def",
        "שלום",
        "😀",
        "a:",
        "\r\n",
    ),
)
_WORDS = st.sampled_from([piece for pieces in _PIECES for piece in pieces])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_WORDS, min_size=1, max_size=60))
def test_every_quote_is_verbatim_whatever_the_document(desk: Desk, words: list[str]) -> None:
    desk.put(make_document("leave " + " ".join(words)))

    answer = desk.ask("leave days key?")

    assert_verbatim(answer, desk.index)
    assert answer.abstained == (answer.sentences == ())


def test_wrapped_lines_are_shown_as_one_and_quoted_as_they_are(desk: Desk) -> None:
    desk.put(make_document("# Leave\n\nEverybody has 28 days of\npaid leave a year.\n"))

    answer = desk.ask("How many days of paid leave a year?")

    assert answer.sentences[0].text == "Everybody has 28 days of paid leave a year."
    assert answer.citations[0].quote == "Everybody has 28 days of\npaid leave a year."


def test_section_whose_heading_is_the_question_answers_it(desk: Desk) -> None:
    text = (
        "# Recovery\n\nDisaster recovery matters.\n\n## What is disaster recovery?\n\nGetting up.\n"
    )
    desk.put(make_document(text))

    assert "Getting up." in said(desk.ask("What is disaster recovery?"))


def test_links_to_read_on_are_no_answer(desk: Desk) -> None:
    link = "[Leave, all days of leave](https://a.example/leave/days)"
    desk.put(make_document(f"# Leave\n\nYou have 28 days.\n\nRead on: {link}\n"))

    assert desk.ask("How many days of leave?").sentences[0].text == "You have 28 days."


@pytest.mark.parametrize("question", ["What is it?", "to be or not to be", "???", "は", "🌊"])
def test_question_without_an_informative_word_is_no_error(desk: Desk, question: str) -> None:
    desk.put(make_document("# Boats\n\nWhat it is: a boat. It is moored. It is not to be moved."))

    answer = desk.ask(question)

    assert all(
        citation.quote in "What it is: a boat. It is moored. It is not to be moved."
        for citation in answer.citations
    )


def test_code_is_no_definition_of_its_identifiers(desk: Desk) -> None:
    desk.put(
        make_document(
            "# Tables\n\n```sql\nALTER TABLE stays ADD raft_id;\nDROP raft;\n```\n", name="a.md"
        ),
        make_document(
            "# Words\n\nA raft is several vessels side by side at one berth.\n", name="b.md"
        ),
    )

    assert desk.ask("What is a raft?").sentences[0].text.startswith("A raft is several vessels")


def test_what_a_maintainer_said_when_closing_goes_before_a_drive_by(desk: Desk) -> None:
    words = "The pump leaks because the seal is {}."
    comments = (("Comment by bo", "old"), ("Closing comment by ada (maintainer)", "dry"))
    parts = [f"## {heading}\n\n{words.format(state)}\n" for heading, state in comments]
    desk.put(make_document("# The pump leaks (#1)\n\n" + "\n".join(parts)))

    assert desk.ask("Why does the pump leak?").citations[0].quote == words.format("dry")
