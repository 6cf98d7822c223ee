from pathlib import Path

import numpy as np
import pytest

from index.embedders import open_embedder
from index.settings import IndexSettings
from service.gaps.clustering import THRESHOLD, central, grouped
from tests.service.gaps.paraphrases import HELD_OUT, pairs


def unit(*angles: float) -> np.ndarray:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_nothing_and_one_question_are_groups_as_they_are() -> None:
    assert grouped(np.zeros((0, 2), np.float32)) == []
    assert grouped(unit(0)) == [[0]]


def test_near_rows_are_one_group_whatever_their_order() -> None:
    assert grouped(unit(0, 90, 5, 95), 0.9) == [[0, 2], [1, 3]]


def test_chain_of_near_rows_is_no_group() -> None:
    # Each is near the next; by single linkage all would be one.
    assert grouped(unit(0, 20, 40, 60, 80), 0.9) == [[0, 1], [2, 3], [4]]


def test_all_alike_end_in_one_group() -> None:
    assert grouped(unit(1, 1, 1, 1), 0.99) == [[0, 1, 2, 3]]


def test_average_decides_and_not_the_best_pair() -> None:
    # 0 and 30 are joined first; cos 45° and cos 15° average to 0.837.
    vectors = unit(0, 10, 35)
    average = (np.cos(np.deg2rad(35)) + np.cos(np.deg2rad(25))) / 2

    assert grouped(vectors, average - 0.001) == [[0, 1, 2]]
    assert grouped(vectors, average + 0.001) == [[0, 1], [2]]


def test_central_question_is_near_all_and_near_those_asked_often() -> None:
    assert central(unit(0, 20, 40), [1, 1, 1]) == 1
    assert central(unit(0, 20, 40), [9, 1, 1]) == 0
    assert central(unit(7, 7), [1, 1]) == 0


@pytest.mark.slow
def test_paraphrases_that_the_threshold_was_not_chosen_on_are_found(tmp_path: Path) -> None:
    embedder = open_embedder(IndexSettings(data_dir=tmp_path))
    texts = [text for group in HELD_OUT for text in group]
    vectors = np.stack([embedder.embed_query(text) for text in texts])

    precision, recall = pairs(HELD_OUT, grouped(vectors, THRESHOLD))

    assert precision >= 0.95
    assert recall >= 0.70
