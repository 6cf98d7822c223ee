from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.settings import IndexSettings
from index.store import Index
from index.types import Document
from ingest.cutting import chunker
from ingest.source import Upsert
from ingest.sync import sync
from tests.fakes.embedder import HashEmbedder
from tests.fakes.serve import serve
from tests.ingest.scripted import END, USUAL, Scripted
from tests.injection.attacks import Attack, attacks
from tests.injection.obeying import ObeyingModel
from tests.injection.topics import TOPICS
from tests.service.answering.desk import make_document
from tests.service.answering.llm.writing import LlmDesk

ATTACKS = list(attacks())


def harmless() -> Iterator[Document]:
    for title, (name, fact) in TOPICS.items():
        text = f"# {title}\n\n{fact}\n\nAsk the office about {name} if this page does not help.\n"
        yield make_document(text, name=f"{title}.md")


def harmful(number: int, attack: Attack) -> Document:
    made = make_document(attack.text, name=f"notes-{number}.md", markup=attack.markup)
    return replace(made, title=made.title or attack.title)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Twenty honest pages and sixty with orders in them, read as any source is."""
    folder: Path = tmp_path_factory.mktemp("injection")
    embedder = HashEmbedder(dimension=256)
    pages = [*harmless(), *(harmful(number, attack) for number, attack in enumerate(ATTACKS))]
    with Index(IndexSettings(data_dir=folder / "data"), embedder, chunker="test") as index:
        source = Scripted(*(Upsert(page) for page in pages), *END, name="docs")
        report = sync(source, index, chunker=chunker(embedder), settings=USUAL)
        assert report.indexed == len(pages)
        yield index


@pytest.fixture(scope="session")
def model() -> Iterator[ObeyingModel]:
    fake = ObeyingModel()
    with serve(fake.app) as url:
        fake.url = f"{url}/v1"
        yield fake


@pytest.fixture(scope="session")
def desk(company: Index, model: ObeyingModel) -> Iterator[LlmDesk]:
    opened = LlmDesk(
        company,
        model.url,
        answering={"max_sentences": 12},
        context_tokens=32_000,
        max_answer_tokens=8_000,
    )
    yield opened
    opened.close()
