"""A real server for an ASGI application, in a thread, on a free port of this machine."""

import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


@contextmanager
def serve(app: App) -> Iterator[str]:
    """The address of `app`, which listens while the block runs."""
    # The socket listens before the server does: the first request waits in its queue.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(_config(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


def run(app: App, port: int) -> None:
    """Serve `app` in this process until it is stopped."""
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", ws="none", lifespan="off")


def _config(app: App) -> uvicorn.Config:
    # Failures that tests ask for are no news.
    return uvicorn.Config(app, log_level="critical", access_log=False, ws="none", lifespan="off")
