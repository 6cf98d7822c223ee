import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError

from service.schemas import Answer, Disagreement, Note, Validity
from service.slack import rich, texts
from service.slack.blocks import Message, Offer, checked, private, public
from tests.service.slack.desk import citation, cited, nearest, refusal

PAGE = "https://ask.example"
OFFER = Offer("key", PAGE)
HOSTILE = [
    "<!channel> <@U123> <!here|here> @channel",
    "*bold* _it_ ~no~ `code` ```fence```",
    "```\n*/ out of the block <!everyone>",
    "[click](https://evil.example) <https://evil.example|bank>",
    "see https://evil.example/x and www.evil.example or mail eve@evil.example",
    "\u202egnp.exe\u202c \u2066abc\u2069",
    "a" * 10_000,
    "\x00\x1b[31m\ud800",
    ":boom: &lt;!channel&gt; &amp;",
    "<script>alert(1)</script>",
]
ANY_TEXT = st.text(st.characters(), max_size=400) | st.sampled_from(HOSTILE)
LONG_TEXT = st.builds(lambda text, times: (text * times)[:6000], ANY_TEXT, st.integers(0, 20))
KINDS = st.sampled_from(["sentence", "code", "table", "list", "steps"])


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any answer of documents with any texts."""
    texts_of = draw(st.lists(st.tuples(LONG_TEXT, KINDS), max_size=12))
    count = max(len(texts_of), 1)
    citations = [
        citation(number, f"d{number}", title=draw(ANY_TEXT), url=draw(ANY_TEXT)).model_copy(
            update={"headings": [draw(ANY_TEXT)], "validity": draw(_validities())}
        )
        for number in range(1, count + 1)
    ]
    answer = cited(("x", "y"))
    sentences = [
        answer.sentences[0].model_copy(
            update={"text": text, "kind": kind, "citations": [number % count + 1]}
        )
        for number, (text, kind) in enumerate(texts_of)
    ]
    return answer.model_copy(
        update={
            "question": draw(ANY_TEXT),
            "answer": " ".join(text for text, _ in texts_of),
            "sentences": sentences,
            "citations": citations,
            "notes": (Note(kind="left_out", text=draw(LONG_TEXT)),),
            "disagreements": (Disagreement(citations=[1, count]),),
            "written_by": draw(ANY_TEXT),
        }
    )


def _validities() -> st.SearchStrategy[Validity | None]:
    made = ANY_TEXT.map(lambda title: Validity(state="superseded", since=None, by=nearest(title)))
    return st.none() | made


@given(answers())
@trying(max_examples=25, deadline=None)
def test_any_text_of_documents_makes_blocks_that_slack_takes(answer: Answer) -> None:
    for message in (private(answer, OFFER), public(answer, sharer="U0ANN", page_url=PAGE)):
        _is_harmless(message)


@given(LONG_TEXT, LONG_TEXT, st.lists(ANY_TEXT, max_size=30))
@trying(max_examples=25, deadline=None)
def test_any_refusal_makes_blocks_that_slack_takes(
    question: str, title: str, names: list[str]
) -> None:
    answer = refusal(question)
    assert answer.refusal is not None
    asked = answer.refusal.model_copy(update={"ask": names, "sources": names})
    close = nearest(title).model_copy(update={"authors": names, "url": title})
    _is_harmless(
        private(answer.model_copy(update={"refusal": asked, "nearest": [close] * 9}), OFFER)
    )


@given(LONG_TEXT, st.integers(20, 3000))
@trying(max_examples=50, deadline=None)
def test_text_beside_blocks_is_escaped_and_short(text: str, most: int) -> None:
    told = rich.fallback(text, most)

    assert len(told) <= most
    assert "<" not in told
    assert ">" not in told
    assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", told, re.DOTALL)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_as_it_is(text: str) -> None:
    [block] = [b for b in private(cited((text, "d")), Offer()).blocks if b["type"] == "rich_text"][
        :1
    ]
    shown = "".join(_texts(block["elements"]))

    assert rich.clean(text)[:2000] in shown


def test_code_is_shown_letter_by_letter() -> None:
    code = "if a < b:\n    print('```')"
    message = private(cited((code, "d"), kind="code"), OFFER)

    element = message.blocks[0]["elements"][0]
    assert element == {
        "type": "rich_text_preformatted",
        "elements": [{"type": "text", "text": code}],
    }


def test_steps_keep_their_lines() -> None:
    message = private(cited(("1. Open the form.\n2. Send it.", "d"), kind="steps"), OFFER)

    assert "1. Open the form.\n2. Send it." in "".join(_texts(message.blocks[0]["elements"]))


def test_long_answer_is_cut_at_a_sentence_and_leads_to_the_page() -> None:
    sentence = "This is a sentence of forty characters. "
    message = private(cited((sentence * 200, "d")), OFFER)

    shown = "".join(_texts(message.blocks[0]["elements"]))
    assert "characters. …" in shown
    assert f"{texts.CUT} {texts.CUT_LINK}" in shown
    assert {"type": "link", "url": f"{PAGE}/?q=%3F", "text": texts.CUT_LINK} in _all(message)


def test_sources_are_numbered_links_with_dates_and_marks() -> None:
    since = datetime(2025, 5, 3, tzinfo=UTC)
    validity = Validity(state="superseded", since=since, by=nearest("Travel policy"))
    message = private(cited(("Yes.", "travel"), validity=validity, title="Old | <travel>"), OFFER)

    shown = "".join(_texts([e for b in message.blocks for e in b.get("elements", ())]))
    assert "1. Old | <travel> · 14 April 2026" in shown
    assert "Superseded on 3 May 2025 by “Travel policy”" in shown
    url = "https://handbook.example/travel"
    assert {"type": "link", "url": url, "text": "Old | <travel>"} in _all(message)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user:pw@evil.example/",
        "https://a.example/|x",
        "https://a.example/>x",
        "https://",
        "slack://open",
        "https://[::1",
        "https://a.example/" + "x" * 3000,
        "",
    ],
)
def test_only_plain_addresses_of_the_web_are_links(url: str) -> None:
    assert [element["type"] for element in rich.link(url, "text")] == ["text"]


def test_addresses_in_texts_are_no_links() -> None:
    found = list(rich.words("see https://evil.example, www.x.example or eve@evil.example now"))

    code = [one["text"] for one in found if one.get("style") == {"code": True}]
    assert code == ["https://evil.example,", "www.x.example", "eve@evil.example"]
    assert all(one["type"] == "text" for one in found)


def test_disagreement_and_notes_stand_below_the_answer() -> None:
    answer = cited(("Ten days.", "a"), ("Twelve days.", "b")).model_copy(
        update={
            "disagreements": (Disagreement(citations=[1, 2]),),
            "notes": (Note(kind="fell_back", text="The model failed."),),
        }
    )
    shown = "".join(_texts(private(answer, OFFER).blocks[1]["elements"]))

    assert "The documents disagree: [1] “Title of a” (14 April 2026), [2] “Title of b”" in shown
    assert "The model failed." in shown


def test_model_that_wrote_it_is_named() -> None:
    answer = cited(("Yes.", "a")).model_copy(update={"written_by": "tiny-1"})

    assert "Written by tiny-1" in json.dumps(private(answer, OFFER).blocks)


def test_more_than_fifty_blocks_are_refused() -> None:
    one = rich.rich_text([rich.section(rich.words("x"))])

    assert len(checked([one] * 50)) == 50
    with pytest.raises(SlackObjectFormationError):
        checked([one] * 51)


def test_page_without_a_question_is_linked_when_that_is_too_long() -> None:
    answer = cited(("Yes.", "a")).model_copy(update={"question": "é" * 1500})

    [opened] = [e for e in _all(private(answer, OFFER)) if e.get("action_id") == "open"]
    assert opened["url"] == PAGE


def _is_harmless(message: Message) -> None:
    checked(message.blocks)
    json.dumps(message.blocks).encode()
    assert json.dumps(message.blocks, ensure_ascii=False).encode()
    assert len(message.blocks) <= 50
    assert sum(rich.size([block]) for block in message.blocks) < 12_000
    assert not {"<", ">"} & set(message.text)
    for element in _all(message):
        # Only these are alive in Slack: links of ours, the buttons, and who shares.
        assert element.get("type") != "mrkdwn"
        assert element.get("type") not in ("broadcast", "usergroup", "channel", "emoji")
        if element.get("type") == "user":
            assert element["user_id"] == "U0ANN"
        if element.get("type") == "link":
            assert rich.is_web(element["url"])
        if element.get("type") in ("text", "link"):
            assert element["text"]


def _all(message: Message) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    waiting: list[Any] = list(message.blocks)
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found.append(one)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found


def _texts(elements: list[dict[str, Any]]) -> list[str]:
    return [
        text
        for element in elements
        for text in (element.get("text", ""), *_texts(element.get("elements", [])))
        if isinstance(text, str)
    ]
