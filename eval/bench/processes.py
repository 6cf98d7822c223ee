"""What only whole processes show: time to the first answer, memory while serving."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil

from eval.bench.timing import seconds
from service.settings import ServiceSettings

_STARTS: Final = 3
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """Seconds from process start to the first answer (median), and memory after the questions.

    Attributes:
        ready_s: until /readyz says so.
        rss_serving_mb: resident memory of the service after it answered `requests` questions.
    """

    cold_start_s: float
    ready_s: float
    rss_serving_mb: float
    requests: int


def measure_processes(config: Path, questions: list[str]) -> ProcessFigures:
    """Start the command line and the service on an index that exists."""
    starts = sorted(seconds(lambda: _run("ask", questions[0], config)) for _ in range(_STARTS))
    begun = time.perf_counter()
    with serving(config) as (url, service):
        ready_s = time.perf_counter() - begun
        with httpx.Client(base_url=url, timeout=30) as client:
            for question in questions:
                client.post("/v1/ask", json={"question": question}).raise_for_status()
        rss = psutil.Process(service.pid).memory_info().rss
    return ProcessFigures(starts[len(starts) // 2], ready_s, rss / 1e6, len(questions))


@contextmanager
def serving(config: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The service in a process of its own, ready to be asked, with its address."""
    url = f"http://127.0.0.1:{ServiceSettings.load(config).port}"
    service = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "cli", "serve", "--config", str(config)], stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_ready(url, service)
        yield url, service
    finally:
        service.terminate()
        service.wait(timeout=30)


def _run(command: str, argument: str, config: Path) -> None:
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "cli", command, argument, "--config", str(config)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _wait_until_ready(url: str, service: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + _PATIENCE_S
    while time.monotonic() < give_up and service.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise SystemExit(
        f"bench: the service at {url} ended, or was not ready after {_PATIENCE_S:.0f} s"
    )
