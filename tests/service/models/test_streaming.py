"""A reply comes in pieces, ends in time, and stops when nobody waits for it."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from service.models.streaming import StreamingModel
from service.models.types import Message, ModelFailed, never
from tests.fakes.lying_model import LyingModel, Reply

KEY = "a-key-that-nobody-may-see"
ASKED = [Message("system", "Be brief."), Message("user", "a question nobody may log")]
WORDS = "The paid leave is 28 days a year."
Opens = Callable[..., StreamingModel]


def pieces(
    model: StreamingModel, seconds: float = 30.0, should_stop: Callable[[], bool] = never
) -> list[str]:
    return list(model.stream(ASKED, max_tokens=50, seconds=seconds, should_stop=should_stop))


def why(model: StreamingModel, seconds: float = 30.0) -> str:
    with pytest.raises(ModelFailed) as failed:
        pieces(model, seconds)
    assert KEY not in str(failed.value)
    assert ASKED[1].content not in str(failed.value)
    return failed.value.why


def test_words_come_in_the_pieces_that_they_were_sent_in(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(WORDS, piece=5)]

    found = pieces(opened())

    assert "".join(found) == WORDS
    assert found[0] == WORDS[:5]


def test_request_has_the_roles_the_limit_and_no_randomness(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(WORDS)]
    pieces(opened())

    (request,) = liar.requests
    assert [turn["role"] for turn in request["messages"]] == ["system", "user"]  # type: ignore[attr-defined]
    assert (request["model"], request["max_tokens"]) == ("liar", 50)
    assert (request["temperature"], request["stream"]) == (0.0, True)
    assert "response_format" not in request


def test_key_of_another_provider_in_the_environment_is_not_sent(
    liar: LyingModel, opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    liar.replies = [Reply(WORDS)]
    pieces(opened())

    assert liar.keys == ["Bearer none"]


def test_proxy_of_the_environment_is_not_asked(
    liar: LyingModel, opened: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    liar.replies = [Reply(WORDS)]

    assert "".join(pieces(opened())) == WORDS


def test_closing_the_reply_ends_the_request(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(WORDS, then="silence")]
    reply = opened().stream(ASKED, max_tokens=50, seconds=60)
    next(reply)
    reply.close()

    assert liar.left.wait(5)


def test_should_stop_ends_the_request_also_while_nothing_comes(
    liar: LyingModel, opened: Opens
) -> None:
    liar.replies = [Reply(first=60)]

    with pytest.raises(ModelFailed) as failed:
        pieces(opened(), 60, lambda: bool(liar.requests))

    assert failed.value.why == "stopped"
    assert liar.left.wait(5)


def test_closing_the_model_ends_what_is_being_written(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(WORDS, then="silence")]
    model = opened()
    reply = model.stream(ASKED, max_tokens=50, seconds=60)
    next(reply)
    model.close()

    with pytest.raises(ModelFailed) as failed:
        list(reply)
    assert failed.value.why == "stopped"
    assert why(model) == "stopped"


def test_silence_in_the_middle_ends_with_the_time(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(WORDS, then="silence")]
    model, began = opened(), time.monotonic()

    assert why(model, seconds=2) == "timeout"
    assert time.monotonic() - began < 10
    assert liar.left.wait(5)


def test_slow_first_byte_is_not_waited_for(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(WORDS, first=30)]
    model = opened(first_token_timeout=timedelta(seconds=2))

    assert why(model, seconds=60) == "timeout"
    assert liar.left.wait(5)


def test_first_byte_in_time_lets_the_rest_take_longer(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(WORDS, then="silence")]
    model = opened(first_token_timeout=timedelta(seconds=2))
    began = time.monotonic()

    assert why(model, seconds=2.6) == "timeout"
    assert time.monotonic() - began > 2.5


@pytest.mark.parametrize("then", ["again", "blanks"])
def test_reply_without_end_is_cut_at_what_was_asked_for(
    liar: LyingModel, opened: Opens, then: str
) -> None:
    liar.replies = [Reply(WORDS, then=then)]
    with pytest.raises(ModelFailed) as failed:
        pieces(opened(), seconds=30)

    assert failed.value.why == "too_long"
    assert liar.left.wait(5)


def test_one_enormous_piece_is_cut_too(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply("x" * 2_000_000, piece=2_000_000)]
    reply = opened().stream(ASKED, max_tokens=50, seconds=30)

    assert len(next(reply)) == 800
    with pytest.raises(ModelFailed):
        next(reply)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(status=401, said=f"Incorrect API key provided: {KEY}"), "refused"),
        (Reply(status=404), "refused"),
        (Reply(status=400, said=ASKED[1].content), "refused"),
        (Reply(status=413), "too_long"),
        (Reply(status=429), "overloaded"),
        (Reply(status=500), "failed"),
        (Reply(status=503), "overloaded"),
        (Reply(""), "failed"),
        (Reply("", tool_calls=True), "failed"),
        (Reply("Half a sen", then="break"), "failed"),
        (Reply(raw="<html>busy</html>"), "failed"),
        (Reply(raw="<html>busy</html>", content_type="text/html"), "failed"),
        (Reply(raw='data: {"choices": [{"delta": \n\n'), "failed"),
        (Reply(raw='data: {"error": {"message": "out of memory"}}\n\n'), "failed"),
    ],
)
def test_what_goes_wrong_is_said_without_the_words_of_the_server(
    liar: LyingModel, opened: Opens, monkeypatch: pytest.MonkeyPatch, reply: Reply, expected: str
) -> None:
    monkeypatch.setenv("LLM_KEY", KEY)
    liar.replies = [reply]

    assert why(opened(api_key_env="LLM_KEY", retries=0)) == expected
    assert liar.keys == [f"Bearer {KEY}"]


def test_nobody_there_is_unreachable(opened: Opens) -> None:
    assert why(opened(api_base="http://127.0.0.1:1/v1", retries=0)) == "unreachable"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_failure_is_tried_again(liar: LyingModel, opened: Opens, status: int) -> None:
    liar.replies = [Reply(status=status, headers={"Retry-After": "0"}), Reply(WORDS)]

    assert "".join(pieces(opened())) == WORDS
    assert len(liar.requests) == 2


def test_no_more_than_the_retries_of_the_settings(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(status=503, headers={"Retry-After": "0"})]

    assert why(opened(retries=2)) == "overloaded"
    assert len(liar.requests) == 3


def test_server_that_wants_more_time_than_there_is_is_not_waited_for(
    liar: LyingModel, opened: Opens
) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    liar.replies = [Reply(status=429, headers={"Retry-After": format_datetime(later)})]
    model, began = opened(), time.monotonic()

    assert why(model, seconds=30) == "overloaded"
    assert time.monotonic() - began < 10
    assert len(liar.requests) == 1


def test_reply_that_breaks_off_is_not_begun_again(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply("Half a sen", then="break"), Reply(WORDS)]

    assert why(opened()) == "failed"
    assert len(liar.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 404])
def test_refusal_is_not_tried_again(liar: LyingModel, opened: Opens, status: int) -> None:
    liar.replies = [Reply(status=status), Reply(WORDS)]

    assert why(opened()) == "refused"
    assert len(liar.requests) == 1


def test_reply_is_held_to_a_schema_where_that_is_set(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(WORDS)]
    model = opened(structured=True)
    pieces(model.replying({"type": "object"}))
    pieces(model)

    assert [
        request.get("response_format", {}).get("type")  # type: ignore[attr-defined]
        for request in liar.requests
    ] == ["json_schema", None]


def test_server_that_refuses_the_schema_is_asked_without_from_then_on(
    liar: LyingModel, opened: Opens
) -> None:
    liar.replies, liar.refuses_schema = [Reply(WORDS)], True
    model = opened(structured=True, retries=0).replying({"type": "object"})

    assert "".join(pieces(model) + pieces(model)) == WORDS * 2
    assert ["response_format" in request for request in liar.requests] == [True, False, False]


def test_many_askers_share_one_thread(liar: LyingModel, opened: Opens) -> None:
    liar.replies = [Reply(WORDS)]
    model, got, before = opened(), list[str](), set(threading.enumerate())
    threads = [
        threading.Thread(target=lambda: got.append("".join(pieces(model)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == [WORDS] * 8
    begun = set(threading.enumerate()) - before
    assert [t.name for t in begun if t.name == "language model"] == ["language model"]


def test_nothing_of_question_or_key_is_logged(
    liar: LyingModel,
    opened: Opens,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("LLM_KEY", KEY)
    caplog.set_level("INFO")
    liar.replies = [Reply(status=401, said=json.dumps([KEY, ASKED[1].content]))]
    why(opened(api_key_env="LLM_KEY"))

    assert KEY not in caplog.text
    assert ASKED[1].content not in caplog.text
