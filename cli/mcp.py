"""`answerable mcp`: the tools over standard input and output, as the person at this machine."""

import threading
from typing import TYPE_CHECKING

import anyio
from mcp.server.stdio import stdio_server

from cli.product import Product
from service.mcp.server import make_server
from service.mcp.tools import Reads

if TYPE_CHECKING:
    from service import schemas
    from service.asking import Unit


class _OneAtATime:
    """Tools are called at the same time, and the index makes its parts when it is first asked."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._lock = threading.Lock()

    def ask(self, question: str) -> "schemas.Answer":
        with self._lock:
            return self._product.ask(question)

    def search(self, query: str, limit: int, by: "Unit") -> "schemas.Hits":
        with self._lock:
            return self._product.search(query, limit, by)

    def document(self, doc_id: str) -> "schemas.Document":
        with self._lock:
            return self._product.document(doc_id)


def run(product: Product) -> None:
    """Serve until standard input ends; the protocol has standard output for itself."""
    anyio.run(_serve, _OneAtATime(product))


async def _serve(reads: Reads) -> None:
    server = make_server(lambda _: reads)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
