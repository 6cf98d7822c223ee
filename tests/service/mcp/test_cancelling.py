"""A call that the official client cancels, over HTTP, while a language model writes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from tests.fakes.lying_model import LyingModel
from tests.fakes.serve import serve
from tests.service.test_api import BO
from tests.service.test_conversing import ABOUT_RECEIPTS, Service
from tests.service.waiting import silent_model, waiting_for


@pytest.fixture
def model() -> Iterator[LyingModel]:
    with silent_model() as model:
        yield model


@pytest.fixture
def service(tmp_path: Path, model: LyingModel) -> Iterator[Service]:
    with waiting_for(model, tmp_path) as service:
        yield service


async def ask(client: Client, seconds: float | None = None) -> object:
    return await client.call_tool("ask", {"question": ABOUT_RECEIPTS}, seconds)


async def cancelled(client: Client, model: LyingModel) -> None:
    call = asyncio.ensure_future(ask(client))
    assert await asyncio.to_thread(model.came.wait, 20)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


def connected(url: str, http: httpx2.AsyncClient, mode: str) -> Client:
    return Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode)


def test_model_is_left_when_a_call_is_cancelled(service: Service, model: LyingModel) -> None:
    async def talked(url: str) -> None:
        async with httpx2.AsyncClient(headers=BO) as http, connected(url, http, "auto") as client:
            await cancelled(client, model)
            assert await asyncio.to_thread(model.left.wait, 10)
            assert len((await client.list_tools()).tools) == 3

    with serve(service.app()) as url:
        asyncio.run(talked(url))


def test_model_is_left_when_the_client_has_waited_long_enough(
    service: Service, model: LyingModel
) -> None:
    async def talked(url: str) -> None:
        async with httpx2.AsyncClient(headers=BO) as http, connected(url, http, "auto") as client:
            with pytest.raises(MCPError, match=r"(?i)time"):
                await ask(client, 3.0)
            assert await asyncio.to_thread(model.left.wait, 10)

    with serve(service.app()) as url:
        asyncio.run(talked(url))


def test_model_is_left_when_an_older_client_goes(service: Service, model: LyingModel) -> None:
    async def talked(url: str) -> None:
        async with httpx2.AsyncClient(headers=BO) as http, connected(url, http, "legacy") as client:
            await cancelled(client, model)

    with serve(service.app()) as url:
        asyncio.run(talked(url))
        assert model.left.wait(10)


def test_cancelled_call_is_no_gap_and_in_the_audit_log(service: Service, model: LyingModel) -> None:
    async def talked(url: str) -> None:
        async with httpx2.AsyncClient(headers=BO) as http, connected(url, http, "auto") as client:
            await cancelled(client, model)
            assert await asyncio.to_thread(model.left.wait, 10)

    with serve(service.app()) as url:
        asyncio.run(talked(url))
        # It read documents, whoever waited for it; the test's time limit ends this otherwise.
        while "ask" not in {entry.action for entry in service.reading.audit.entries()}:
            pass
        assert httpx.get(f"{url}/v1/gaps").json()["gaps"] == []
