"""The service as a process: a socket, the application, and an index opened behind it."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn

from cli.parts import OpenEmbedder, OpenIndex
from index.errors import ConfigError
from service.app import create_app
from service.parts import Opening, Parts
from service.settings import ServiceSettings

_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
_SECONDS_TO_FINISH: Final = 10


def serve(config: Path, open_embedder: OpenEmbedder, say: Callable[[str], None]) -> None:
    """Listen until told to stop.

    Raises:
        ConfigError: the address is taken, or the index cannot be opened with these settings.
        StorageError: the index is damaged.
    """
    settings = ServiceSettings.load(config)
    listening = _listen(settings)
    url = address(listening)
    say(f"listening on {url}, its documentation is at {url}/docs")
    server, opening = made(config, open_embedder, url)
    server.run(sockets=[listening])
    if opening.error:
        raise opening.error


def made(config: Path, open_embedder: OpenEmbedder, url: str) -> tuple[uvicorn.Server, Opening]:
    """A server that is not running yet, and what will open the index when it does.

    Args:
        config: the configuration file.
        open_embedder: loads the model.
        url: where others on this machine will reach the server.
    """

    def make() -> Parts:
        return OpenIndex(config, "answerable serve", open_embedder).parts(url)

    def stop() -> None:
        server.should_exit = True

    opening = Opening(make, failed=stop)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(opening),
            log_config=None,
            access_log=False,  # it holds addresses, and they hold what people search for
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
    )
    return server, opening


def address(listening: socket.socket) -> str:
    """The URL at which somebody on this machine reaches the socket."""
    host, port = listening.getsockname()[:2]
    host = _ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(settings: ServiceSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        raise ConfigError(
            f"cannot listen on {place}: {error.strerror}; set another service.port"
        ) from error
