"""What only whole processes show: time to the first answer, memory while serving."""

import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil

from eval.bench.timing import seconds

_STARTS: Final = 3
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """Seconds from process start to the first answer (median), and memory after the questions.

    Attributes:
        heavy_imports: modules of torch, llama-index and chromadb that the service had loaded.
    """

    cold_start_s: float
    ready_s: float
    rss_serving_mb: float
    requests: int


def measure_processes(config: Path, questions: list[str]) -> ProcessFigures:
    """Start the command line and the service on an index that exists."""
    starts = sorted(seconds(lambda: _run("ask", questions[0], config)) for _ in range(_STARTS))
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    command = [sys.executable, "-m", "cli", "serve", "--config", str(config), "--port", str(port)]
    service = subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_ready(url)
        ready_s = time.perf_counter() - begun
        with httpx.Client(base_url=url, timeout=30) as client:
            for question in questions:
                client.post("/v1/ask", json={"question": question}).raise_for_status()
        rss = psutil.Process(service.pid).memory_info().rss
    finally:
        service.terminate()
        service.wait(timeout=30)
    return ProcessFigures(starts[len(starts) // 2], ready_s, rss / 1e6, len(questions))


def _run(command: str, argument: str, config: Path) -> None:
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "cli", command, argument, "--config", str(config)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _wait_until_ready(url: str) -> None:
    give_up = time.monotonic() + _PATIENCE_S
    while time.monotonic() < give_up:
        try:
            if httpx.get(f"{url}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"bench: the service at {url} was not ready after {_PATIENCE_S:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
