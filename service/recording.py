"""What the audit log says of a request: who saw which documents, never what is in them."""

from collections.abc import Iterable, Iterator

from service.answering.types import Citation
from service.asking import Answered, Found
from service.auditing.entries import Action, Entry
from service.identity.types import Identity


def answered(identity: Identity, of: Answered) -> Entry:
    """An answer: the documents cited, then those named as nearest."""
    return Entry(
        who=identity.name,
        way=identity.way,
        key_id=identity.key_id,
        action="ask",
        documents=_once([*named(of.answer.citations), *(one.doc_id for one in of.answer.nearest)]),
        withheld=of.withheld,
        abstained=None if of.answer.is_courtesy else of.answer.abstained,
        question=of.question,
    )


def found(identity: Identity, of: Found) -> Entry:
    """A ranking."""
    return Entry(
        who=identity.name,
        way=identity.way,
        key_id=identity.key_id,
        action="search",
        documents=_once(hit.chunk.doc_id for hit in of.ranking),
        withheld=of.withheld,
        question=of.query,
    )


def did(identity: Identity, action: Action, documents: Iterable[str] = ()) -> Entry:
    """Anything else."""
    return Entry(
        who=identity.name,
        way=identity.way,
        key_id=identity.key_id,
        action=action,
        documents=_once(documents),
    )


def named(citations: Iterable[Citation]) -> Iterator[str]:
    """The documents that citations name: those cited, and those that took their place."""
    for citation in citations:
        yield citation.doc_id
        if citation.validity and citation.validity.by:
            yield citation.validity.by.doc_id


def _once(documents: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(documents))
