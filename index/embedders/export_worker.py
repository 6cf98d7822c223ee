"""Runs as a process of its own: writes a model as ONNX and compares it with the reference.

The only module besides the reference backend that imports torch; `export.py` starts it.
"""

import hashlib
import json
import platform
import sys
import warnings
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.transformers import optimizer  # type: ignore[import-untyped]  # ships no types

from index.embedders.exported import (
    GRAPH,
    PROBE_TEXT,
    TOKENIZER,
    WEIGHTS,
    Exported,
    Parity,
)
from index.embedders.fast import FastEmbedder
from index.embedders.model import Model
from index.embedders.reference import ReferenceEmbedder

_OPSET = 17  # the newest that torch's TorchScript exporter covers without warnings
_PACKAGES = ("torch", "transformers", "sentence-transformers", "onnx", "onnxruntime", "tokenizers")


class _Pooled(torch.nn.Module):
    """Token vectors, pooling and normalisation as one graph, so that only vectors leave it."""

    def __init__(self, transformer: torch.nn.Module, pooling: str) -> None:
        super().__init__()
        self.transformer = transformer
        self.pooling = pooling

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        tokens = self.transformer(input_ids=input_ids, attention_mask=attention_mask)[0]
        if self.pooling == "cls":
            pooled = tokens[:, 0]
        else:
            weights = attention_mask.unsqueeze(-1).to(tokens.dtype)
            pooled = (tokens * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(pooled, p=2, dim=1)


def export(model: Model, folder: Path, least_mean: float, least_min: float) -> Exported:
    """Writes the fused graph, or the plain one where fusing changes the vectors."""
    reference = ReferenceEmbedder(model)
    texts = parity_texts()
    expected = np.vstack([reference.embed_passages(texts), reference.embed_query(texts[0])])
    blank = _write_plain(reference, model, folder)
    plain = onnx.load(folder / GRAPH)
    for graph in ("fused", "plain"):
        _save(_fused(folder / GRAPH, reference) if graph == "fused" else plain, folder)
        fast = FastEmbedder(blank, model)
        actual = np.vstack([fast.embed_passages(texts), fast.embed_query(texts[0])])
        cosines = np.sum(actual * expected, axis=1, dtype=np.float64)
        parity = Parity(float(cosines.mean()), float(cosines.min()), len(actual))
        if parity.mean_cosine >= least_mean and parity.min_cosine >= least_min:
            break
    return replace(
        blank,
        graph=graph,
        parity=parity,
        probe=tuple(float(x) for x in fast.embed_passages([PROBE_TEXT])[0]),
        files={name: _sha256(folder / name) for name in (GRAPH, WEIGHTS, TOKENIZER)},
        versions={name: version(name) for name in _PACKAGES}
        | {"python": platform.python_version()},
    )


def parity_texts() -> list[str]:
    """Texts of every kind that a corpus may hold, written for the comparison."""
    short = [
        "How do I request parental leave?",
        "Expenses above 500 EUR need the approval of a lead before they are made.",
        "def total(rows):\n    return sum(row['amount'] for row in rows if row is not None)",
        "| Region | On call |\n|---|---|\n| EMEA | Tuesday |\n| APAC | Friday |",
        "Wie beantrage ich Urlaub, wenn ich im Ausland arbeite?",
        "休暇を申請するにはどうすればよいですか。",
        "Как получить доступ к рабочей почте?",
        "كيف أطلب إجازة سنوية؟",
        "🎉🚀 shipped! 👩‍💻",
        "",
        " \n\t ",
        ".",
        "https://example.org/a/very/long/path?with=query&and=more#fragment",
        "NULL\x00byte and \u200bzero width",
    ]
    long = [" ".join([text] * times) for text in short[:6] for times in (20, 200)]
    return short + long + ["x" * 5000, "word " * 3000]


def _write_plain(reference: ReferenceEmbedder, model: Model, folder: Path) -> Exported:
    tokenizer: Any = reference.transformer.tokenizer
    tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
    transformer: Any = reference.transformer[0]
    network = transformer.auto_model
    # The exporter cannot trace the masks of the other attention implementations.
    network.set_attn_implementation("eager")
    pieces = tokenizer(["an example", "another, longer example"], padding=True, return_tensors="pt")
    names = ["input_ids", "attention_mask"]
    with torch.no_grad():
        torch.onnx.export(
            _Pooled(network, model.pooling or "mean").eval(),
            tuple(pieces[name] for name in names),
            str(folder / GRAPH),
            dynamo=False,  # the new exporter needs onnxscript
            opset_version=_OPSET,
            input_names=names,
            output_names=["vector"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in names}
            | {"vector": {0: "texts"}},
        )
    pad = tokenizer.pad_token_id
    return Exported(folder, model.name, "plain", reference.dimension, 0 if pad is None else pad)


def _fused(path: Path, reference: ReferenceEmbedder) -> onnx.ModelProto:
    transformer: Any = reference.transformer[0]
    config = transformer.auto_model.config
    # "bert" covers its relatives; what the optimizer does not recognise it leaves as it is.
    fused = optimizer.optimize_model(
        str(path),
        model_type="bert",
        num_heads=getattr(config, "num_attention_heads", 0),
        hidden_size=getattr(config, "hidden_size", 0),
        opt_level=0,
    )
    graph: onnx.ModelProto = fused.model
    return graph


def _save(graph: onnx.ModelProto, folder: Path) -> None:
    # Weights in a file of their own are mapped, not read: 0.08 s instead of 0.24 s to open.
    for name in (GRAPH, WEIGHTS):
        (folder / name).unlink(missing_ok=True)
    onnx.save_model(
        graph, folder / GRAPH, save_as_external_data=True, location=WEIGHTS, size_threshold=1024
    )
    (folder / WEIGHTS).chmod(0o644)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(argument: str) -> None:
    """Exports as the JSON in `argument` says."""
    warnings.simplefilter("ignore")  # the exporter's, about tracing; parity is what we go by
    job = json.loads(argument)
    model = Model(**job["model"] | {"folder": Path(job["model"]["folder"])})
    export(model, Path(job["folder"]), job["least_mean"], job["least_min"]).write()


if __name__ == "__main__":
    main(sys.argv[1])
