"""Opens what a question set is asked of: the configured index, or one of a corpus of its own."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from eval.beir_index import doc_id, open_beir_index, set_id
from eval.provenance import index_digest
from eval.running import AS_THEY_ARE, Ids, Runner
from eval.settings import EvalSettings
from eval.topics import TopicSet
from index.embedding import Embedder
from index.settings import IndexSettings
from index.store import Index
from ingest.chunking import chunker_name
from ingest.cutting import chunker
from service.answering.extractive import ExtractiveAnswerer
from service.asking import Asking
from service.reranking import CrossEncoderReranker
from service.retrieval import Retriever
from service.settings import RetrievalSettings, ServiceSettings

OpenEmbedder = Callable[[IndexSettings], Embedder]


@dataclass(frozen=True, slots=True)
class Configured:
    """The sections of one configuration that an evaluation depends on.

    Attributes:
        recut_from: the index that is there, where chunks of another size are wanted than it has.
    """

    index: IndexSettings
    service: ServiceSettings
    evaluation: EvalSettings
    recut_from: IndexSettings | None = None

    @classmethod
    def load(cls, config: Path) -> "Configured":
        """Of a config.yaml; raises ConfigError where it cannot be read."""
        return cls(
            IndexSettings.load(config), ServiceSettings.load(config), EvalSettings.load(config)
        )

    def retrieving(self, **changes: object) -> "Configured":
        """The same with other settings of retrieval."""
        retrieval = RetrievalSettings.model_validate(
            {**self.service.retrieval.model_dump(), **changes}
        )
        return replace(self, service=self.service.model_copy(update={"retrieval": retrieval}))

    def cut_to(self, chunk_tokens: int | None) -> "Configured":
        """The same with chunks of another size; None leaves it as it is."""
        if chunk_tokens is None:
            return self
        index = self.index.model_copy(update={"chunk_tokens": chunk_tokens})
        is_same = chunk_tokens == self.index.chunk_tokens
        return self if is_same else replace(self, index=index, recut_from=self.index)

    def facts(self) -> dict[str, object]:
        """What the results depend on, as JSON has it: no folders, no addresses."""
        index = self.index.model_dump(mode="json", exclude={"data_dir", "threads"})
        service = self.service.model_dump(
            mode="json",
            include={"retrieval": True, "answering": True},
            exclude={"answering": {"llm": {"api_base", "api_key_env", "arguments"}}},
        )
        return {"index": index, "service": service}


@dataclass(frozen=True, slots=True)
class Bench:
    """An open index, the model, and how the set names its documents."""

    index: Index
    embedder: Embedder
    ids: Ids

    def retriever(self, service: ServiceSettings) -> Retriever:
        """Retrieval with these settings."""
        rerank = service.retrieval.rerank
        reranker = CrossEncoderReranker(rerank) if rerank else None
        return Retriever(self.index, self.embedder, service.retrieval, reranker)

    def asking(self, service: ServiceSettings) -> Asking:
        """The service with these settings, as people ask it."""
        answerer = ExtractiveAnswerer(self.index, service)
        return Asking(self.index, self.retriever(service), answerer, service)

    def runner(self, service: ServiceSettings) -> Runner:
        """The same, watched."""
        return Runner(
            self.index,
            self.retriever(service),
            lambda settings: ExtractiveAnswerer(self.index, settings),
            service,
            self.ids,
        )


@contextmanager
def opened(
    topic_set: TopicSet,
    configured: Configured,
    embedder: Embedder,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Bench]:
    """What the set is asked of, open.

    Raises:
        ConfigError: the index is in use, or was made by another model or chunker.
    """
    if topic_set.corpus:
        progress(f"indexing {topic_set.corpus.name} (kept for the next time)")
        with open_beir_index(
            topic_set.corpus, configured.index, embedder, cache=configured.evaluation.cache
        ) as index:
            yield Bench(index, embedder, Ids(doc_id, set_id))
        return
    settings, base = configured.index, configured.recut_from
    with _index(_recut(configured, base, embedder) if base else settings, embedder) as index:
        yield Bench(index, embedder, AS_THEY_ARE)


def _recut(configured: Configured, base: IndexSettings, embedder: Embedder) -> IndexSettings:
    """The same documents in chunks of another size: a copy, kept for as long as it is current."""
    wanted = configured.index.chunk_tokens
    with _index(base, embedder) as index:
        folder = configured.evaluation.cache / f"recut-{index_digest(index)[:16]}-{wanted}"
        settings = configured.index.model_copy(update={"data_dir": folder})
        done = folder / "complete"
        if done.exists():
            return settings
        shutil.rmtree(folder, ignore_errors=True)
        index.back_up(folder)
    with Index(settings, embedder, chunker=chunker_name(wanted), for_rebuild=True) as copy:
        copy.rebuild(chunker(embedder, wanted))
    done.touch()
    return settings


def _index(settings: IndexSettings, embedder: Embedder) -> Index:
    name = chunker_name(settings.chunk_tokens)
    return Index(settings, embedder, chunker=name, command="answerable eval")
