"""The service as a process: a socket, the application, and an index opened behind it."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn

from cli.listening import address, listen
from cli.parts import OpenEmbedder, OpenIndex
from cli.slacking import assertions_of, slack_of
from index.settings import IndexSettings
from service.app import MAX_BODY_BYTES, create_app
from service.gate import Gate
from service.identity.identify import Identification, make_identify
from service.identity.local import refuse_open
from service.limits import Limits
from service.parts import Opening, Parts
from service.settings import ServiceSettings
from service.signin.signing import SignIn, make_sign_in

_SECONDS_TO_FINISH: Final = 10


def serve(config: Path, open_embedder: OpenEmbedder, say: Callable[[str], None]) -> None:
    """Listen until told to stop.

    Raises:
        ConfigError: the address is taken, or the index cannot be opened with these settings.
        StorageError: the index is damaged.
    """
    settings = ServiceSettings.load(config)
    refuse_open(settings.host, settings.auth)
    listening = listen(settings.host, settings.port, "service.port")
    url = address(listening)
    docs = f", its documentation is at {url}/docs" if settings.auth.is_local else ""
    server, opening = made(config, open_embedder, url)
    say(f"listening on {url}, where one can ask{docs}")
    server.run(sockets=[listening])
    if opening.error:
        raise opening.error


def made(config: Path, open_embedder: OpenEmbedder, url: str) -> tuple[uvicorn.Server, Opening]:
    """A server that is not running yet, and what will open the index when it does.

    Args:
        config: the configuration file.
        open_embedder: loads the model.
        url: where others on this machine will reach the server.

    Raises:
        ConfigError: a secret is missing, or a file that says who is who cannot be read.
    """
    settings = ServiceSettings.load(config)
    token = secrets.token_urlsafe()

    def make() -> Parts:
        return OpenIndex(config, "answerable serve", open_embedder).parts(url, token)

    def stop() -> None:
        server.should_exit = True

    opening = Opening(make, failed=stop)
    data_dir = IndexSettings.load(config).data_dir
    # Everybody comes from the proxy's address: who fails there must not shut out the others.
    proxy = settings.auth.proxy
    limits = Limits(settings.limits, exempt=proxy.addresses if proxy else ())
    sign_in = make_sign_in(settings.auth, limits)
    assertions = assertions_of(settings.auth, MAX_BODY_BYTES)
    more = [way.prove for way in (sign_in, assertions) if way]
    identification = make_identify(settings.auth, data_dir, more=more)
    slack, routers = slack_of(settings, opening, identification, limits)
    app = create_app(
        opening,
        _gate(identification, limits, token, sign_in),
        has_docs=settings.auth.is_local,
        sign_in=sign_in,
        slack=slack,
        routers=routers,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            assertions.guard(app) if assertions else app,
            log_config=None,
            access_log=False,  # it holds addresses, and they hold what people search for
            server_header=False,
            proxy_headers=False,  # who is connected is what counts, not what a header says
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
    )
    return server, opening


def _gate(
    identification: Identification, limits: Limits, token: str, sign_in: SignIn | None
) -> Gate:
    """Who may ask, as configured."""

    def close() -> None:
        identification.close()
        if sign_in:
            sign_in.close()

    def problems() -> list[str]:
        return [*identification.problems(), *(sign_in.problems() if sign_in else ())]

    return Gate(identification, limits, machine_token=token, problems=problems, close=close)
