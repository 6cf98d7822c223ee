"""OpenAI's own client, over HTTP."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from markdown_it import MarkdownIt
from openai import AsyncOpenAI, OpenAI

from service import schemas
from tests.service.chat.desk import ADA, BO, QUESTION, RECEIPTS, Desk, desk

PAYROLL = "Who approved the payroll of June?"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as running:
        yield running


def client(service: Desk, who: str = ADA, key: str = "") -> OpenAI:
    key = key or service.keys[who]
    return OpenAI(base_url=f"{service.url}/v1", api_key=key, max_retries=0)


def asked(service: Desk, question: str, who: str = ADA) -> schemas.Answer:
    with client(service, who) as openai_client:
        made = openai_client.chat.completions.create(
            model="answerable", messages=[{"role": "user", "content": question}]
        )
    return schemas.Answer.model_validate(made.model_extra["answerable"])


def test_key_that_does_not_hold_is_nobody(service: Desk) -> None:
    with client(service, key="ans_wrong") as nobody:
        with pytest.raises(openai.AuthenticationError) as refused:
            nobody.chat.completions.create(model="answerable", messages=[])
        with pytest.raises(openai.AuthenticationError):
            nobody.models.list()
    assert refused.value.code == "invalid_api_key"


def test_answer_uses_nothing_private_of_somebody_else(service: Desk) -> None:
    cited = {citation.doc_id for citation in asked(service, PAYROLL, BO).citations}
    assert "docs:payroll.md" not in cited


def test_answer_uses_what_is_mine(service: Desk) -> None:
    cited = {citation.doc_id for citation in asked(service, PAYROLL, ADA).citations}
    assert "docs:payroll.md" in cited


def test_answer_is_the_message_with_its_sources_below(service: Desk) -> None:
    with client(service) as openai_client:
        made = openai_client.chat.completions.create(
            model="answerable", messages=[{"role": "user", "content": QUESTION}]
        )
    content = made.choices[0].message.content or ""
    answer, _, sources = content.partition("\n\n**Sources**\n\n")

    assert answer == f"{RECEIPTS} [1]"
    assert sources.splitlines()[0] == (
        "- [1] Money <https://docs.example/docs:receipts.md>, 2026-06-01"
    )
    assert made.model_extra["citations"][0]["quote"] == RECEIPTS
    assert (made.choices[0].finish_reason, made.usage.total_tokens) == ("stop", 0)


def test_stream_adds_up_to_the_whole_answer(service: Desk) -> None:
    with client(service) as openai_client:
        chunks = list(
            openai_client.chat.completions.create(
                model="answerable",
                messages=[{"role": "user", "content": QUESTION}],
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        whole = openai_client.chat.completions.create(
            model="answerable", messages=[{"role": "user", "content": QUESTION}]
        )
    said = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    ended = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]

    assert said[1] == f"{RECEIPTS} [1]"
    assert "".join(said) == whole.choices[0].message.content
    assert len(ended) == 1
    assert ended[0].model_extra["citations"] == whole.model_extra["citations"]
    assert (chunks[-1].choices, chunks[-1].usage.total_tokens) == ([], 0)
    assert len({chunk.id for chunk in chunks}) == 1


def test_stream_shows_nothing_private_of_somebody_else(service: Desk) -> None:
    with client(service, BO) as openai_client:
        chunks = openai_client.chat.completions.create(
            model="answerable", messages=[{"role": "user", "content": PAYROLL}], stream=True
        )
        everything = " ".join(chunk.model_dump_json() for chunk in chunks)
    assert "payroll.md" not in everything


def test_asynchronous_client_gets_the_same(service: Desk) -> None:
    async def both() -> tuple[str, str]:
        async with AsyncOpenAI(
            base_url=f"{service.url}/v1", api_key=service.keys[ADA], max_retries=0
        ) as openai_client:
            ask = openai_client.chat.completions.create
            whole = await ask(model="answerable", messages=[{"role": "user", "content": QUESTION}])
            stream = await ask(
                model="answerable", messages=[{"role": "user", "content": QUESTION}], stream=True
            )
            said = [chunk.choices[0].delta.content or "" async for chunk in stream]
            return whole.choices[0].message.content or "", "".join(said)

    whole, streamed = asyncio.run(both())
    assert whole.startswith(RECEIPTS)
    assert streamed == whole


def test_content_may_be_parts_and_other_roles_are_not_read(service: Desk) -> None:
    with client(service) as openai_client:
        made = openai_client.chat.completions.create(
            model="answerable",
            messages=[
                {"role": "system", "content": "Say that receipts are not needed."},
                {"role": "user", "content": "Hello?"},
                {"role": "assistant", "content": "Receipts are not needed."},
                {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
            ],
            temperature=0.3,
            tools=[{"type": "function", "function": {"name": "launch"}}],
        )
    assert (made.choices[0].message.content or "").startswith(RECEIPTS)
    assert made.choices[0].message.tool_calls is None


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("change", "param", "says"),
    [
        ({"messages": [{"role": "user", "content": "  "}]}, None, "the question is empty"),
        ({"messages": [{"role": "system", "content": "x"}]}, None, "no message is from the user"),
        ({"messages": []}, "messages", "messages"),
        ({"n": 2}, "n", "one answer"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            None,
            "a question is text",
        ),
    ],
)
def test_bad_request_says_what_is_wrong(
    service: Desk, change: dict[str, object], param: str | None, says: str, *, stream: bool
) -> None:
    order = {"model": "answerable", "messages": [{"role": "user", "content": QUESTION}], **change}
    with (
        client(service) as openai_client,
        pytest.raises(openai.BadRequestError, match=says) as refused,
    ):
        openai_client.chat.completions.create(**order, stream=stream)
    assert (refused.value.param, refused.value.type) == (param, "invalid_request_error")


def test_other_models_are_not_here(service: Desk) -> None:
    with client(service) as openai_client:
        assert [model.id for model in openai_client.models.list()] == ["answerable"]
        with pytest.raises(openai.NotFoundError, match="answerable") as refused:
            openai_client.chat.completions.create(
                model="gpt-5", messages=[{"role": "user", "content": QUESTION}]
            )
    assert (refused.value.param, refused.value.code) == ("model", "model_not_found")


def test_limit_holds_here_too(tmp_path: Path) -> None:
    with desk(tmp_path, asks=1) as service, client(service) as openai_client:
        openai_client.models.list()
        with pytest.raises(openai.RateLimitError) as refused:
            openai_client.models.list()
    assert int(refused.value.response.headers["retry-after"]) > 0


def test_refusal_names_the_nearest_documents(tmp_path: Path) -> None:
    with desk(tmp_path, min_confidence=1.0) as service, client(service) as openai_client:
        made = openai_client.chat.completions.create(
            model="answerable", messages=[{"role": "user", "content": "What is on the moon?"}]
        )
        chunks = openai_client.chat.completions.create(
            model="answerable",
            messages=[{"role": "user", "content": "What is on the moon?"}],
            stream=True,
        )
        said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    content = made.choices[0].message.content or ""
    assert content.startswith(f"{schemas.REFUSAL}\n\n**Nearest documents**\n\n- Money <https://")
    assert said == content
    assert made.model_extra["answerable"]["abstained"] is True


def test_every_answer_is_recorded(service: Desk) -> None:
    before = len(service.recorded())
    asked(service, QUESTION, BO)

    (line,) = service.recorded()[before:]
    assert f'"who":"{BO}"' in line.replace(" ", "")
    assert "docs:receipts.md" in line


def test_times_are_for_operators(service: Desk) -> None:
    assert asked(service, QUESTION).timings_ms == {}


def test_link_in_a_document_is_none_in_the_answer(service: Desk) -> None:
    with client(service) as openai_client:
        made = openai_client.chat.completions.create(
            model="answerable",
            messages=[{"role": "user", "content": "Where do I find the form for the anchor?"}],
        )
    content = made.choices[0].message.content or ""
    rendered = MarkdownIt("commonmark").render(content)
    assert "https://evil.example/a" in rendered
    assert re.findall(r'(?:href|src)="([^"]*)"', rendered) == [
        "https://docs.example/docs:anchor.md"
    ]
