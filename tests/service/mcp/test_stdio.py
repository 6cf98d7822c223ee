"""`answerable mcp` in a process of its own, talked to by the official client of the protocol."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from service import schemas
from tests.test_cli import QUESTION, ROOT, Answerable, running

T = TypeVar("T")
SCRIPT = """
import sys
from cli.commands import Makers, app
from tests.fakes.embedder import HashEmbedder
app(sys.argv[1:], obj=Makers(open_embedder=lambda _: HashEmbedder()))
"""


@pytest.fixture
def ingested(tmp_path: Path) -> Answerable:
    answerable = Answerable(tmp_path)
    answerable("ingest")
    return answerable


def talk(answerable: Answerable, say: Callable[[Client], Awaitable[T]]) -> T:
    config = str(answerable.folder / "config.yaml")
    server = StdioServerParameters(
        command=sys.executable, args=["-c", SCRIPT, "mcp", "--config", config], cwd=str(ROOT)
    )

    async def talked() -> T:
        async with Client(server) as client:
            return await say(client)

    return asyncio.run(talked())


async def everything(client: Client) -> list[object]:
    tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == ["search", "ask", "get_document"]
    asked = await client.call_tool("ask", {"question": QUESTION})
    (cited,) = schemas.Answer.model_validate(asked.structured_content).citations
    found = await client.call_tool("search", {"query": "ferry", "limit": 1})
    read = await client.call_tool("get_document", {"doc_id": cited.doc_id})
    missing = await client.call_tool("get_document", {"doc_id": "docs:none"})
    assert missing.is_error
    return [
        cited.quote,
        len(schemas.Hits.model_validate(found.structured_content).hits),
        schemas.Document.model_validate(read.structured_content).title,
        missing.content[0].text,
    ]


EXPECTED = [
    "Upload the receipt within 30 days of the purchase.",
    1,
    "Expenses",
    "NotFound: no document 'docs:none'",
]


def test_tools_work_over_standard_input_and_output(ingested: Answerable) -> None:
    assert talk(ingested, everything) == EXPECTED


def test_running_service_is_asked_when_it_has_the_index(ingested: Answerable) -> None:
    with running(ingested):
        assert talk(ingested, everything) == EXPECTED


def test_mistake_is_told_by_the_tool(ingested: Answerable) -> None:
    async def say(client: Client) -> str:
        result = await client.call_tool("ask", {"question": ""})
        assert result.is_error
        return str(result.content[0].text)

    assert talk(ingested, say) == "BadQuestion: the question is empty"
