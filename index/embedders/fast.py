"""The fast backend: the exported graph in onnxruntime, without torch."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as states  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from index.cores import usable_cores
from index.embedders.exported import GRAPH, TOKENIZER, Exported
from index.embedders.model import Model
from index.embedders.text import WordPieces, quiet_tokenizers, readable, unit_rows
from index.embedding import Vectors

# A batch whose activations fit a core's cache is the fastest: 256-512 padded tokens gave 45
# chunks/s where 4096 gave 27 (two cores, chunks of 116 tokens on average), and little memory.
BATCH_TOKENS = 512
# What a graph that this version of onnxruntime cannot run raises; they share no base class.
GRAPH_ERRORS = (
    states.Fail,
    states.InvalidArgument,
    states.InvalidGraph,
    states.InvalidProtobuf,
    states.NotImplemented,
    states.RuntimeException,
)
_MOMENT_S = 0.1
_WINDOW_TEXTS = 2048  # tokenized at once: bounds the lists of ids of an endless input


class FastEmbedder:
    """Vectors of an exported model. Any number of threads may use it."""

    def __init__(self, exported: Exported, model: Model, threads: int | None = None) -> None:
        quiet_tokenizers()
        path = str(exported.folder / TOKENIZER)
        self._tokenizer = Tokenizer.from_file(path)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(model.max_tokens)
        self._pieces = WordPieces(Tokenizer.from_file(path))
        self._exported = exported
        self._model = model
        self._threads = threads or usable_cores()
        self._session = self._open(self._threads)
        # More at once than there are threads only hinder each other: of sixteen on two busy cores
        # 47-57 questions a second, and 64-114 so. The vectors do not depend on it.
        self._turns = threading.BoundedSemaphore(self._threads)
        self._company = _Company()
        self._bulk: _Bulk | None = None
        self._bulk_lock = threading.Lock()

    @property
    def name(self) -> str:
        """Identity of the vectors."""
        return self._model.name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._exported.dimension

    @property
    def max_tokens(self) -> int:
        """Word pieces read of one text, special tokens included."""
        return self._model.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, special tokens not counted, nothing cut off."""
        return self._pieces.count(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, rows of unit length, in the order of `texts`."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _WINDOW_TEXTS):
            window = texts[start : start + _WINDOW_TEXTS]
            self._fill(vectors[start : start + len(window)], window)
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """(dimension,) float32 of unit length."""
        # By itself: for a batch of one the tokenizer takes four times as long.
        ids = [self._tokenizer.encode(readable(self._model.query_prompt + text)).ids]
        with self._company.joined() as in_company, self._turns:
            # One thread takes a quarter less of the processor than two do together, who only are
            # sooner there. The vectors are the same to the last bit.
            is_shared = in_company and self._threads > 1
            session = self._start_bulk().session if is_shared else self._session
            vector: Vectors = self._run(session, ids)[0]
        return vector

    def _fill(self, vectors: Vectors, texts: Sequence[str]) -> None:
        ids = self._ids([self._model.passage_prompt + text for text in texts])
        batches = list(batches_by_length([len(row) for row in ids], BATCH_TOKENS))
        rows = [[ids[position] for position in batch] for batch in batches]
        results: Iterator[Vectors]
        if len(batches) == 1 or self._threads == 1:
            results = map(partial(self._run, self._session), rows)
        else:
            bulk = self._start_bulk()
            results = bulk.workers.map(partial(self._run, bulk.session), rows)
        for batch, result in zip(batches, results, strict=True):
            vectors[batch] = result

    def _ids(self, texts: list[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast([readable(text) for text in texts])
        return [encoding.ids for encoding in encodings]

    def _run(self, session: onnxruntime.InferenceSession, rows: list[list[int]]) -> Vectors:
        width = max(1, *(len(row) for row in rows))
        ids: NDArray[np.int64] = np.full((len(rows), width), self._exported.pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for position, row in enumerate(rows):
            ids[position, : len(row)] = row
            mask[position, : len(row)] = 1
        return unit_rows(session.run(None, {"input_ids": ids, "attention_mask": mask})[0])

    def _start_bulk(self) -> "_Bulk":
        with self._bulk_lock:
            if self._bulk is None:
                self._bulk = _Bulk(self._open(1), self._threads)
            return self._bulk

    def _open(self, threads: int) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning gains 0.8 ms a query on idle cores, and loses a third where cores are shared.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Both keep memory by shape of batch: 370-570 MB after a bulk run, 170-230 MB without.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        path = str(self._exported.folder / GRAPH)
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


class _Company:
    """Whether several threads ask at this time: another one does now, or did a moment ago.

    What a question takes beside its embedding keeps a core busy, too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = 0
        self._last = 0
        self._last_at = 0.0

    @contextmanager
    def joined(self) -> Iterator[bool]:
        """Ask, with whether others do."""
        me = threading.get_ident()
        with self._lock:
            is_recent = time.monotonic() - self._last_at < _MOMENT_S
            others = self._asking > 0 or (is_recent and self._last != me)
            self._asking += 1
        try:
            yield others
        finally:
            with self._lock:
                self._asking -= 1
                self._last, self._last_at = me, time.monotonic()


class _Bulk:
    """Single-threaded runs side by side: 45 chunks/s where one run on two threads gives 35.

    Its session costs 47 MB (the embedding table is shared, the file being mapped) and is opened
    by the first call with more than one batch, or by the first question that comes beside another.
    """

    def __init__(self, session: onnxruntime.InferenceSession, threads: int) -> None:
        self.session = session
        self.workers = ThreadPoolExecutor(threads, thread_name_prefix="embed")


def batches_by_length(lengths: Sequence[int], most_tokens: int) -> Iterator[list[int]]:
    """Positions of texts of like length, at most `most_tokens` a batch once padded; longest first.

    A text that is longer than that is a batch of its own.
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > most_tokens:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
