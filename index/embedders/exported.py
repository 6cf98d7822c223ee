"""An exported model on disk: its files, and whether they are whole."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from index.embedders.digests import Digests
from index.embedders.model import Model
from index.errors import ConfigError

GRAPH, WEIGHTS, TOKENIZER, META = "model.onnx", "model.onnx.data", "tokenizer.json", "meta.json"
PROBE_TEXT = "The quick check that a loaded model still gives the vector it gave when exported."


@dataclass(frozen=True)
class Parity:
    """How near the exported model's vectors are to the reference's."""

    mean_cosine: float
    min_cosine: float
    texts: int


@dataclass(frozen=True)
class Exported:
    """What meta.json says of the export beside it.

    Attributes:
        graph: "fused" or "plain".
        model: name of the model whose vectors it computes.
        files: sha256 by file name.
        probe: the vector of PROBE_TEXT as a passage.
        versions: of the packages that made it.
    """

    folder: Path
    model: str
    graph: str
    dimension: int
    pad_id: int
    parity: Parity | None = None
    probe: tuple[float, ...] = ()
    files: dict[str, str] | None = None
    versions: dict[str, str] | None = None

    def write(self) -> None:
        """Puts meta.json beside the other files."""
        meta = {key: value for key, value in asdict(self).items() if key != "folder"}
        text = json.dumps(meta, indent=1)
        (self.folder / META).write_text(text, encoding="utf-8")


def read_exported(folder: Path) -> Exported | None:
    """What is exported in the folder; None: nothing, or nothing readable."""
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        parity = Parity(**meta.pop("parity"))
        return Exported(folder=folder, parity=parity, **meta)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def is_whole(exported: Exported, model: Model, digests: Digests) -> bool:
    """Whether the files are those that were exported, for this very model."""
    files = exported.files or {}
    if exported.model != model.name or set(files) != {GRAPH, WEIGHTS, TOKENIZER}:
        return False
    try:
        return all(digests.sha256(exported.folder / name) == sha for name, sha in files.items())
    except ConfigError:  # a file is missing
        return False
