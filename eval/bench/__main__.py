"""`python -m eval.bench [FOLDER]`: prints a table and writes bench.json."""

import json
import os
import platform
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml
from rich.console import Console
from rich.table import Table

from eval.bench.concurrency import ConcurrencyFigures, measure_concurrency
from eval.bench.corpus import CorpusFigures, measure_corpus, questions_of
from eval.bench.filtered import FilteredFigures, measure_filtered
from eval.bench.processes import ProcessFigures, measure_processes, serving
from eval.bench.streaming import StreamingFigures, measure_streaming

COMPANY: Final = Path(__file__).parents[1] / "data" / "company"
_LIBRARIES: Final = ("chromadb", "tantivy", "onnxruntime", "numpy", "fastapi", "torch")
_SERVED: Final = 50  # questions asked before memory is read

Part = StreamingFigures | ConcurrencyFigures | FilteredFigures


def main(
    folder: Annotated[Path, typer.Argument(help="Documents to ingest.")] = COMPANY / "handbook",
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("bench.json"),
    synthetic: Annotated[int, typer.Option(help="Chunks of the filtered search.")] = 100_000,
    queries: Annotated[int, typer.Option(help="Queries of the filtered search.")] = 100,
) -> None:
    """Measure ingest, search, answers, filtered search, start and memory in one run."""
    console = Console()
    questions = questions_of(folder.parent / "questions.jsonl")
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as scratch:
        data_dir = Path(scratch) / "corpus"
        console.print(f"ingesting {folder} …")
        corpus, asked = measure_corpus(folder, data_dir, questions)
        console.print("starting processes …")
        config = _config(Path(scratch), data_dir, folder)
        processes = measure_processes(config, asked[:_SERVED])
        with serving(config) as (url, service):
            console.print("streaming answers …")
            streaming = measure_streaming(url, asked)
            console.print("asking one at a time and many at once …")
            concurrency = measure_concurrency(int(url.rpartition(":")[2]), asked, pid=service.pid)
        console.print(f"filtered search on {synthetic:,} synthetic chunks …")
        filtered = measure_filtered(Path(scratch) / "synthetic", synthetic, queries)
    parts: dict[str, Part] = {
        "streaming": streaming,
        "concurrency": concurrency,
        "filtered": filtered,
    }
    figures = report(folder, corpus, processes, parts)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    console.print(table(figures))
    console.print(f"written to {out}")


def report(
    folder: Path,
    corpus: CorpusFigures,
    processes: ProcessFigures,
    parts: Mapping[str, Part],
) -> dict[str, Any]:
    """All figures under the names that are watched, with what they were measured on."""
    return {
        **asdict(corpus),
        **asdict(processes),
        **{
            f"{part}_{name}": value
            for part, measured in parts.items()
            for name, value in asdict(measured).items()
        },
        "corpus": folder.name,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(0)),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def table(figures: dict[str, Any]) -> Table:
    """The figures as people read them."""
    shown = Table("figure", "value", title=f"bench: {figures['corpus']}", title_justify="left")
    for name, value in figures.items():
        if isinstance(value, dict) and name.startswith("filtered"):
            value = "  ".join(f"{k}: {v:.3g}" for k, v in value.items())
        if isinstance(value, float):
            value = f"{value:,.3f}"
        if not isinstance(value, dict):
            shown.add_row(name, str(value))
    return shown


def _config(scratch: Path, data_dir: Path, folder: Path) -> Path:
    path = scratch / "config.yaml"
    sources = {"bench": {"kind": "docs_repo", "path": str(folder.resolve())}}
    settings = {
        "index": {"data_dir": str(data_dir)},
        "ingest": {"sources": sources},
        "service": {"port": _free_port()},
    }
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    typer.run(main)
