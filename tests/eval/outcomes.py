"""Outcomes in a line: what the service did with a topic, made up."""

from collections.abc import Iterable, Mapping, Sequence

from eval.outcomes import Cited, Outcome, Passage, Place
from eval.results import Provenance
from eval.topics import Judgement, Topic
from index.types import Span

PROVENANCE = Provenance(
    version="0.1.0",
    commit="0" * 40,
    set_name="made up",
    set_digest="5" * 64,
    index_digest="1" * 64,
    documents=3,
    chunks=9,
    model="none",
    chunker="none",
    retrieval="hybrid",
    without_gold=False,
    threshold=0.5,
    config={"service": {"dense_weight": 0.6}},
    seed=13,
    resamples=200,
)


def topic(
    query_id: str = "q1",
    judged: Mapping[str, int] | None = None,
    *,
    gold: Sequence[str] = (),
    answerable: bool = True,
    tags: Sequence[str] = (),
    asked_by: str = "local",
) -> Topic:
    """A topic; `judged` has the grade of each document."""
    return Topic(
        query_id=query_id,
        text=f"What about {query_id}?",
        asked_by=asked_by,
        judgements=tuple(Judgement(d, grade) for d, grade in (judged or {}).items()),
        answers=tuple(gold),
        answerable=answerable,
        tags=tuple(tags),
    )


def outcome(
    of: Topic,
    ranking: Iterable[str] = (),
    *,
    places: Sequence[Place] | None = None,
    passages: Sequence[Passage] = (),
    evidence: int = 0,
    says: str = "",
    cites: Sequence[Cited] = (),
    confidence: float = 0.9,
    abstained: bool = False,
    closest: Sequence[str] = (),
    leaked: Sequence[str] = (),
) -> Outcome:
    """What came of a topic; the ranking's scores fall by one a rank, `says` is one sentence."""
    documents = list(ranking)
    whole = tuple(Place(judgement, None) for judgement in of.judgements)
    return Outcome(
        topic=of,
        places=whole if places is None else tuple(places),
        ranking=tuple((d, float(len(documents) - i)) for i, d in enumerate(documents)),
        passages=tuple(passages),
        evidence=evidence,
        sentences=(says,) if says else (),
        citations=tuple(cites),
        confidence=confidence,
        abstained=abstained,
        closest=tuple(closest),
        features={},
        leaked=tuple(leaked),
        timings_ms={},
    )


def place(document: str, start: int, end: int, grade: int = 1) -> Place:
    """A judged place with a span."""
    return Place(Judgement(document, grade, quote="words"), Span(start, end))


def passage(document: str, start: int, end: int) -> Passage:
    """A retrieved chunk."""
    return Passage(document, Span(start, end))


def cited(document: str, start: int = 0, end: int = 9, *, is_verbatim: bool = True) -> Cited:
    """A citation of these characters."""
    span, url = Span(start, end), f"https://example.com/{document}"
    return Cited(1, document, document.title(), (), "its words", span, (1, 1), url, is_verbatim)
