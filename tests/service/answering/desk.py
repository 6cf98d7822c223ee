from index.access import PUBLIC, VisibleTo, visible_to
from index.store import Index
from index.types import DocId, Document, Revision, Section
from ingest.cutting import chunker
from ingest.markup import parse
from service.answering.extractive import ExtractiveAnswerer
from service.answering.types import Answer
from service.retrieval import Retriever
from service.settings import ServiceSettings

ANYBODY = visible_to(None)
LINES_URL = "https://git.example/blob/abc/page.md#L{start}-L{end}"


def make_document(
    text: str, *, name: str = "page.md", markup: str = "markdown", readers: str = PUBLIC
) -> Document:
    parsed = parse(text, markup, name=name)  # type: ignore[arg-type]
    sections = tuple(
        Section(s.headings, s.span, f"https://docs.example/{name}#{number}", str(number), s.blocks)
        for number, s in enumerate(parsed.sections)
    )
    return Document(
        doc_id=DocId(f"docs:{name}"),
        source="docs",
        title=parsed.title,
        url=f"https://docs.example/{name}",
        text=text,
        markup=markup,  # type: ignore[arg-type]
        sections=sections,
        readers=frozenset({readers}),
        revision=Revision(str(hash(text))),
        lines_url=LINES_URL,
    )


class Desk:
    """A small index that is asked questions; every answer is given unless a test says when not."""

    def __init__(self, index: Index, **answering: object) -> None:
        self.index = index
        values: dict[str, object] = {"min_confidence": 0.0, **answering}
        self.settings = ServiceSettings.model_validate({"answering": values})
        self.retriever = Retriever(index, index.embedder, self.settings.retrieval)
        self.answerer = ExtractiveAnswerer(index, self.settings)
        self._cut = chunker(index.embedder)

    def put(self, *documents: Document) -> None:
        self.index.put([(document, self._cut(document)) for document in documents])

    def ask(self, question: str, *, visible_to: VisibleTo = ANYBODY) -> Answer:
        found = self.retriever.retrieve(question, visible_to=visible_to, limit=8)
        return self.answerer.answer(question, found.ranking, visible_to=visible_to)
