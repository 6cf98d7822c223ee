"""The official client of the protocol, over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import httpx2
import jsonschema
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from service import schemas
from tests.service.chat.desk import ADA, BO, PAYROLL, QUESTION, RECEIPTS, Desk, desk

T = TypeVar("T")
WHO = "Who approved the payroll of June?"
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as running:
        yield running


def talk(service: Desk, who: str, say: Callable[[Client], Awaitable[T]], mode: str = "auto") -> T:
    async def talked() -> T:
        headers = {"Authorization": f"Bearer {service.keys[who]}"}
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(f"{service.url}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                return await say(client)

    return asyncio.run(talked())


def call(service: Desk, who: str, tool: str, **arguments: object) -> object:
    async def say(client: Client) -> object:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error
        return result.structured_content

    return talk(service, who, say)


def failure(service: Desk, who: str, tool: str, **arguments: object) -> str:
    async def say(client: Client) -> str:
        result = await client.call_tool(tool, arguments)
        assert (result.is_error, result.structured_content) == (True, None)
        return str(result.content[0].text)

    return talk(service, who, say)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer ans_wrong"}])
def test_nobody_gets_nothing(service: Desk, headers: dict[str, str]) -> None:
    response = httpx.post(f"{service.url}/mcp", json=LIST, headers=ACCEPT | headers)

    assert response.status_code == 401
    assert response.json()["error"] == "Unauthenticated"
    assert response.headers["www-authenticate"] == "Bearer"


def test_search_finds_nothing_private_of_somebody_else(service: Desk) -> None:
    hits = schemas.Hits.model_validate(call(service, BO, "search", query="payroll", limit=50)).hits
    assert {hit.doc_id for hit in hits} == {"docs:receipts.md", "docs:anchor.md"}


def test_document_of_somebody_else_looks_missing(service: Desk) -> None:
    there = failure(service, BO, "get_document", doc_id="docs:payroll.md")
    absent = failure(service, BO, "get_document", doc_id="docs:nothing.md")

    assert there == "NotFound: no document 'docs:payroll.md'"
    assert absent.replace("nothing", "payroll") == there


def test_answer_uses_nothing_private_of_somebody_else(service: Desk) -> None:
    answer = schemas.Answer.model_validate(call(service, BO, "ask", question=WHO))
    assert "docs:payroll.md" not in answer.model_dump_json()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_what_is_mine_is_found_answered_and_read(service: Desk, mode: str) -> None:
    async def say(client: Client) -> list[object]:
        searched = await client.call_tool("search", {"query": "payroll"})
        asked = await client.call_tool("ask", {"question": WHO})
        read = await client.call_tool("get_document", {"doc_id": "docs:payroll.md"})
        return [result.structured_content for result in (searched, asked, read)]

    searched, asked, read = talk(service, ADA, say, mode)
    assert "docs:payroll.md" in {h.doc_id for h in schemas.Hits.model_validate(searched).hits}
    assert "docs:payroll.md" in {c.doc_id for c in schemas.Answer.model_validate(asked).citations}
    assert schemas.Document.model_validate(read).text == PAYROLL


def test_tools_are_listed_as_reading_only_with_their_shapes(service: Desk) -> None:
    async def say(client: Client) -> dict[str, object]:
        assert "data" in (client.instructions or "")
        return {tool.name: tool for tool in (await client.list_tools()).tools}

    tools = talk(service, BO, say)
    assert list(tools) == ["search", "ask", "get_document"]
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert tool.input_schema["additionalProperties"] is False
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)


def test_text_of_a_result_is_the_same_as_its_structure(service: Desk) -> None:
    async def say(client: Client) -> None:
        result = await client.call_tool("ask", {"question": QUESTION})
        text = schemas.Answer.model_validate_json(result.content[0].text)
        assert text == schemas.Answer.model_validate(result.structured_content)
        assert text.citations[0].quote == RECEIPTS

    talk(service, ADA, say)


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("ask", {"question": " "}, "BadQuestion: the question is empty"),
        ("ask", {}, "BadArguments: question: Field required"),
        ("ask", {"question": "x", "as": "root"}, "BadArguments: as: "),
        ("search", {"query": "x", "limit": 51}, "BadArguments: limit: "),
    ],
)
def test_mistake_is_told_by_the_tool(
    service: Desk, tool: str, arguments: dict[str, object], says: str
) -> None:
    assert failure(service, ADA, tool, **arguments).startswith(says)


def test_each_call_is_recorded_as_whoever_made_it(service: Desk) -> None:
    before = len(service.recorded())
    call(service, BO, "search", query="receipt")
    call(service, ADA, "get_document", doc_id="docs:payroll.md")

    found, read = service.recorded()[before:]
    assert BO in found
    assert '"search"' in found
    assert ADA in read
    assert "docs:payroll.md" in read


def test_other_host_names_are_served(service: Desk) -> None:
    # The gate decides, not a list of names: proxies give the service any.
    headers = ACCEPT | {
        "host": "docs.tallow.example",
        "authorization": f"Bearer {service.keys[BO]}",
    }
    response = httpx.post(f"{service.url}/mcp", json=LIST, headers=headers)

    assert response.status_code == 200
    assert len(response.json()["result"]["tools"]) == 3


def test_page_of_somebody_else_cannot_send_what_needs_no_preflight(service: Desk) -> None:
    headers = ACCEPT | {"authorization": f"Bearer {service.keys[BO]}", "content-type": "text/plain"}
    response = httpx.post(f"{service.url}/mcp", content=b"{}", headers=headers)
    assert response.status_code in (400, 415)


def test_there_is_nothing_to_listen_to(service: Desk) -> None:
    assert httpx.get(f"{service.url}/mcp", headers=ACCEPT).status_code == 405


def test_limit_holds_here_too(tmp_path: Path) -> None:
    with desk(tmp_path, asks=1) as service:
        headers = ACCEPT | {"authorization": f"Bearer {service.keys[BO]}"}
        first, second = (
            httpx.post(f"{service.url}/mcp", json=LIST, headers=headers) for _ in range(2)
        )
    assert (first.status_code, second.status_code) == (200, 429)
    assert "ratelimit" in first.headers
    assert "retry-after" in second.headers
