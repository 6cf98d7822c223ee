"""The socket that a process of ours listens on."""

import socket
from typing import Final

from index.errors import ConfigError

_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A socket that listens already.

    Args:
        host: address of this machine; IPv6 if it has a colon.
        port: 0: any that is free.
        setting: what names the port, for the message.

    Raises:
        ConfigError: the address is taken, or is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror}; set another {setting}"
        ) from error


def address(listening: socket.socket) -> str:
    """The URL at which somebody on this machine reaches the socket."""
    host, port = listening.getsockname()[:2]
    host = _ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
