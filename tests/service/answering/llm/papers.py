"""Passages and the index's analyzer for tests that need no index."""

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from index.types import Span
from service.answering.llm.types import Draft, Passage, Quoted
from tests.service.answering.desk import make_document

_ANALYZER = (
    TextAnalyzerBuilder(Tokenizer.simple())
    .filter(Filter.lowercase())
    .filter(Filter.ascii_fold())
    .filter(Filter.stopword("english"))
    .filter(Filter.stemmer("english"))
    .build()
)


def analyze(text: str) -> list[str]:
    """As `index.terms` does when it stems."""
    return list(dict.fromkeys(_ANALYZER.analyze(text)))


def passage(text: str, number: int = 1, *, title: str = "Handbook", **about: str) -> Passage:
    document = make_document(text, name=f"page{number}.md")
    return Passage(number, document, Span(0, len(text)), title, **about)


def draft(text: str, *quotes: str, number: int = 1) -> Draft:
    return Draft(text, tuple(Quoted(number, quote) for quote in quotes))
