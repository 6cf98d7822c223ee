"""What every embedding backend promises, and how the backend is chosen."""

import math
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cores import usable_cores
from index.embedders import open_embedder
from index.embedders.export import check_parity, ensure_exported, export_folder
from index.embedders.exported import Parity
from index.embedders.fast import batches_by_length
from index.embedders.model import find_model
from index.embedding import Embedder
from index.errors import ConfigError
from index.settings import IndexSettings
from tests.fakes.embedder import HashEmbedder

REPOSITORY = Path(__file__).parents[2]
TEXTS = ["Ask for leave two weeks ahead.", "", "Ключи лежат в сейфе. 🎉", "word " * 700, " \n"]


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data directory for all, so that the real model is exported once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(
    scope="module",
    params=[
        "hash",
        pytest.param("fast", marks=pytest.mark.slow),
        pytest.param("reference", marks=pytest.mark.slow),
    ],
)
def embedder(request: pytest.FixtureRequest, data_dir: Path) -> Embedder:
    if request.param == "hash":
        return HashEmbedder()
    return open_embedder(IndexSettings(data_dir=data_dir, backend=request.param))


def test_passages_become_finite_rows_of_unit_length(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(TEXTS)

    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_rows_come_in_the_order_of_the_texts(embedder: Embedder) -> None:
    together = embedder.embed_passages(TEXTS)

    for text, row in zip(TEXTS, together, strict=True):
        assert float(embedder.embed_passages([text])[0] @ row) == pytest.approx(1.0, abs=1e-5)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)
    assert embedder.count_tokens([]) == []


def test_query_lies_nearest_to_the_passage_about_it(embedder: Embedder) -> None:
    passages = embedder.embed_passages(
        ["Book train tickets with the travel desk.", "Parental leave lasts sixteen weeks."]
    )

    query = embedder.embed_query("How long is parental leave?")

    assert query.shape == (embedder.dimension,)
    assert int(np.argmax(passages @ query)) == 1


def test_tokens_are_counted_beyond_the_limit_and_without_special_ones(embedder: Embedder) -> None:
    assert embedder.count_tokens(["", "leave", "leave " * 700]) == [0, 1, 700]
    assert embedder.max_tokens == 256


def test_text_beyond_the_limit_is_not_read(embedder: Embedder) -> None:
    known = "leave " * (embedder.max_tokens - 2)

    cut, whole = embedder.embed_passages([known + "budget " * 50, known])

    assert float(cut @ whole) == pytest.approx(1.0, abs=1e-5)


def test_half_a_surrogate_pair_is_no_obstacle(embedder: Embedder) -> None:
    assert math.isfinite(float(embedder.embed_query("broken \ud83d emoji")[0]))


def test_many_threads_get_the_vectors_one_gets(embedder: Embedder) -> None:
    texts = [f"Rule {number}: " + "ask first. " * number for number in range(40)]
    expected = embedder.embed_passages(texts)
    nearest: list[float] = []

    def work() -> None:
        nearest.append(float(np.sum(embedder.embed_passages(texts) * expected, axis=1).min()))

    _run_together([work] * 4)

    assert nearest == [pytest.approx(1.0, abs=1e-5)] * 4


def test_fake_remembers_what_it_embedded() -> None:
    fake = HashEmbedder(name="other")

    fake.embed_passages(["a", "b"])
    fake.embed_query("c")

    assert fake.name == "other"
    assert fake.embedded == ["a", "b", "c"]


@given(st.lists(st.integers(0, 300), max_size=60))
def test_batches_hold_each_text_once_within_the_bound(lengths: list[int]) -> None:
    batches = list(batches_by_length(lengths, 256))

    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[i] for i in batch)
        assert padded <= 256 or len(batch) == 1


def test_at_least_one_core_is_usable() -> None:
    assert usable_cores() >= 1


@pytest.mark.parametrize("parity", [Parity(0.9989, 0.995, 30), Parity(0.9995, 0.98, 30)])
def test_export_with_other_vectors_is_refused_with_its_figures(parity: Parity) -> None:
    with pytest.raises(ConfigError, match=f"{parity.mean_cosine:.5f}.*{parity.min_cosine:.5f}"):
        check_parity(parity)


def test_export_that_was_refused_once_is_not_tried_at_each_start(tmp_path: Path) -> None:
    model = find_model(IndexSettings(data_dir=tmp_path))
    models = tmp_path / "models"
    folder = export_folder(models, model)
    folder.with_name(f"{folder.name}.refused.txt").write_text("cosine 0.8", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"cosine 0\.8 \(found earlier; delete"):
        ensure_exported(model, models)


@pytest.mark.slow
def test_backends_agree_under_one_name(data_dir: Path) -> None:
    fast = open_embedder(IndexSettings(data_dir=data_dir, backend="fast"))
    reference = open_embedder(IndexSettings(data_dir=data_dir, backend="reference"))

    cosines = np.sum(fast.embed_passages(TEXTS) * reference.embed_passages(TEXTS), axis=1)

    assert fast.name == reference.name == "all-MiniLM-L6-v2@53aa5117/256"
    assert float(cosines.min()) > 0.9999


@pytest.mark.slow
def test_torch_is_not_imported_once_the_model_is_exported(data_dir: Path) -> None:
    open_embedder(IndexSettings(data_dir=data_dir))

    assert _open_in_new_process(data_dir) == "torch: False, exported now: False"


@pytest.mark.slow
def test_corrupt_export_is_made_again(data_dir: Path) -> None:
    settings = IndexSettings(data_dir=data_dir)
    expected = open_embedder(settings).embed_query("leave")
    graph = export_folder(data_dir / "models", find_model(settings)) / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-100])

    again = open_embedder(IndexSettings(data_dir=data_dir, backend="fast"))

    assert float(again.embed_query("leave") @ expected) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.slow
def test_two_processes_that_start_at_once_export_once(tmp_path: Path) -> None:
    said: list[str] = []

    _run_together([lambda: said.append(_open_in_new_process(tmp_path))] * 2)

    assert sorted(said) == [
        "torch: False, exported now: False",
        "torch: False, exported now: True",
    ]


def _open_in_new_process(data_dir: Path) -> str:
    code = (
        "import logging, sys; from pathlib import Path\n"
        "logging.basicConfig(level='INFO', format='%(message)s')\n"
        "from index.embedders import open_embedder; from index.settings import IndexSettings\n"
        f"open_embedder(IndexSettings(data_dir=Path({str(data_dir)!r}))).embed_query('x')\n"
        "print('torch:', 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return f"{done.stdout.strip()}, exported now: {'happens once' in done.stderr}"


def _run_together(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
