"""Reranking with a cross-encoder of our own making: tiny, and without sense."""

from pathlib import Path

import pytest

from index.errors import ConfigError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("cross-encoder")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = [*special, "leave", "parental", "weeks", "expenses", "paid"]
    (folder / "vocab.txt").write_text("\n".join(words))
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def test_scores_come_one_a_text_in_order(tiny_model: Path) -> None:
    from service.reranking import CrossEncoderReranker

    reranker = CrossEncoderReranker(str(tiny_model))
    texts = ["parental leave weeks", "expenses paid"]

    together = reranker.score("parental leave", texts)
    apart = [reranker.score("parental leave", [text])[0] for text in texts]

    assert together == pytest.approx(apart, abs=1e-5)
    assert len(set(together)) == 2
    assert reranker.score("parental leave", []) == []


def test_a_model_that_is_not_here_is_named() -> None:
    from service.reranking import CrossEncoderReranker

    with pytest.raises(ConfigError, match=r"(?s)no-such-model.*nothing is downloaded"):
        CrossEncoderReranker("no-such-model")
