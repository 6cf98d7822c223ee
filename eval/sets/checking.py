"""What is wrong with a question set that can be read: it would measure something else."""

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from eval.errors import PlaceNotFound, Problem
from eval.places import resolve
from eval.topics import Judgement, Topic, TopicSet
from index.access import VisibleTo, visible_to
from index.types import DocId, Document

_ANSWERS_IT: Final = 2


class Documents(Protocol):
    """What has to be known of the documents; an open `Index` knows it."""

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        """Who may read a document; None where there is none."""
        ...

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        """The document; None where there is none or it may not be shown."""
        ...


def check(
    topic_set: TopicSet, documents: Documents, doc_id: Callable[[str], DocId] = DocId
) -> list[Problem]:
    """Everything that is wrong, by line; empty when the set is sound.

    Args:
        topic_set: what was read.
        documents: as they are in the index now.
        doc_id: from the ids of the set to those of the documents.
    """
    file = str(topic_set.file or topic_set.name)
    if not topic_set.topics:
        return [Problem(file, 0, "nothing is asked here: a set needs at least one question")]
    lookup = _Lookup(documents, doc_id)
    found = [(line, said) for line, said in _repeated(topic_set)]
    for topic in topic_set.topics:
        found += [(topic.line, said) for said in (*_own(topic), *lookup.problems(topic))]
    return [Problem(file, line, said) for line, said in sorted(found, key=lambda one: one[0])]


def _repeated(topic_set: TopicSet) -> Iterator[tuple[int, str]]:
    """Ids and questions that come again."""
    ids: dict[str, Topic] = {}
    asked: dict[tuple[str, str], Topic] = {}
    for topic in topic_set.topics:
        first = ids.setdefault(topic.query_id, topic)
        if first is not topic:
            yield (
                topic.line,
                f"the query_id {topic.query_id!r} is that of line {first.line}, too: "
                "give it another",
            )
        if topic_set.corpus:
            continue  # made by others, and some ask the same of several documents
        words = " ".join(topic.text.casefold().split())
        first = asked.setdefault((topic.asked_by.strip().casefold(), words), topic)
        if first is not topic:
            yield (
                topic.line,
                f"{first.query_id!r} on line {first.line} asks the same for the same person: "
                "take one of the two out",
            )


def _own(topic: Topic) -> Iterator[str]:
    """What the topic says against itself."""
    if topic.answerable and not topic.judgements:
        yield (
            "answerable, but no document is relevant: name one, or say that it is not answerable"
        )
    if not topic.answerable:
        for one in topic.judgements:
            if one.grade >= _ANSWERS_IT:
                yield f"not answerable, but {one.document!r} answers it (grade {one.grade})"
    pairs = {(one.document, one.heading, one.quote, one.lines) for one in topic.judgements}
    if len(pairs) < len(topic.judgements):
        yield "the same place is judged twice: keep one of the judgements"
    judged = {one.document for one in topic.judgements}
    for document in sorted(judged & topic.excluded):
        yield f"{document!r} is relevant and excluded: it cannot be both"
    for document in sorted(judged & topic.hidden):
        yield f"{document!r} is relevant and hidden: it cannot be both"


class _Lookup:
    """What the documents say against a topic."""

    def __init__(self, documents: Documents, doc_id: Callable[[str], DocId]) -> None:
        self._documents = documents
        self._doc_id = doc_id

    def problems(self, topic: Topic) -> Iterator[str]:
        viewer = visible_to(topic.principal)
        for judgement in topic.judgements:
            yield from self._judged(topic, judgement, viewer)
        for document in sorted(topic.excluded):
            if self._readers(document) is None:
                yield _unknown(document)
        for document in sorted(topic.hidden):
            readers = self._readers(document)
            if readers is None:
                yield _unknown(document)
            elif viewer.admits(readers):
                yield f"{document!r} is hidden, but {topic.asked_by} may read it"

    def _judged(self, topic: Topic, judgement: Judgement, viewer: VisibleTo) -> Iterator[str]:
        readers = self._readers(judgement.document)
        if readers is None:
            yield _unknown(judgement.document)
        elif not viewer.admits(readers):
            if topic.answerable:
                yield (
                    f"{topic.asked_by} may not read {judgement.document!r}: let somebody ask who "
                    "may, or take the judgement out"
                )
        elif judgement.has_place:
            yield from self._misplaced(judgement, viewer)

    def _misplaced(self, judgement: Judgement, viewer: VisibleTo) -> Iterator[str]:
        doc_id = self._doc_id(judgement.document)
        document = self._documents.document(doc_id, visible_to=viewer)
        if document is None:
            return  # taken out by a sync since the readers were looked up
        try:
            resolve(judgement, document)
        except PlaceNotFound as error:
            yield str(error)

    def _readers(self, document: str) -> frozenset[str] | None:
        return self._documents.readers_of(self._doc_id(document))


def _unknown(document: str) -> str:
    return (
        f"no document {document!r}: correct the id (`<source>:<its id there>`), or ingest "
        "the source that has it"
    )
