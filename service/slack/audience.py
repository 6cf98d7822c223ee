"""What of an answer everybody in a channel may read: decided now, document by document."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from index.access import Principal, VisibleTo, visible_to
from index.types import Document
from service.answering import types
from service.errors import NotFound
from service.identity.types import Proven
from service.schemas import Answer, Citation, Disagreement, Sentence, marked_text
from service.slack.types import Person


class Documents(Protocol):
    """The read that decides; `service.asking.Asking` has it."""

    def document(self, doc_id: str, *, visible_to: VisibleTo) -> Document:
        """The live version; raises NotFound, also where there is one that may not be shown."""
        ...


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads a channel.

    Attributes:
        emails: of its members.
        is_known: whether these are all who can read private documents; if not (guests, bots, too
            many members), only public documents are for everybody.
    """

    emails: frozenset[str] = frozenset()
    is_known: bool = False


ANYBODY = Audience()
"""Of a channel whose members are not known."""


def audience_of(
    members: Collection[str] | None, person_of: Callable[[str], Person | None]
) -> Audience:
    """Who reads a channel with these members; raises what `person_of` does.

    Nobody is asked for after the first who may read public documents only: it is decided then.
    """
    emails: set[str] = set()
    for user_id in sorted(members or ()):
        person = person_of(user_id)
        if person is None or person.email is None:
            return ANYBODY
        emails.add(person.email)
    return Audience(frozenset(emails), is_known=bool(emails))


class Sharing:
    """Asks the index what is for everybody."""

    def __init__(self, documents: Documents, principal_of: Callable[[Proven], Principal]) -> None:
        """Over the reads of the index, and the way from an address to a principal."""
        self._documents = documents
        self._principal_of = principal_of

    def reduced(self, answer: Answer, asker: Principal, audience: Audience) -> Answer | None:
        """What of an answer the asker and all of the audience may read now; None: nothing.

        Raises:
            NotReady: who somebody is cannot be found out.
        """
        shown = {doc_id: self._read(doc_id, visible_to(asker)) for doc_id in _named(answer)}
        public = {doc_id for doc_id in shown if self._read(doc_id, visible_to(None))}
        private = {doc_id for doc_id, document in shown.items() if document} - public
        for email in sorted(audience.emails) if audience.is_known else ():
            if not private:
                break
            viewer = visible_to(self._principal_of(Proven(email, frozenset(), "slack", email)))
            private = {doc_id for doc_id in private if self._read(doc_id, viewer)}
        for_all = public | private if audience.is_known else public
        return only(answer, {i: found for i in for_all if (found := shown[i]) is not None})

    def _read(self, doc_id: str, viewer: VisibleTo) -> Document | None:
        try:
            return self._documents.document(doc_id, visible_to=viewer)
        except NotFound:
            return None


def only(answer: Answer, documents: Mapping[str, Document]) -> Answer | None:
    """The answer as if there were only these documents; None: nothing is left of it.

    A sentence stays if all it rests on is among them and still says what it is quoted with. What
    was searched for goes, too: a follow-up is completed with words of documents. So do notes, and
    what is said of a search: they tell of documents that are not here.
    """
    kept = [
        citation
        for citation in answer.citations
        if _still_says(documents.get(citation.doc_id), citation)
    ]
    markers = {citation.marker for citation in kept}
    sentences = [one for one in answer.sentences if one.citations and markers >= {*one.citations}]
    used = {marker for sentence in sentences for marker in sentence.citations}
    new = {marker: number for number, marker in enumerate(sorted(used), 1)}
    # What came close is for those who got no answer.
    nearest = [one for one in answer.nearest if answer.abstained and one.doc_id in documents]
    if not sentences and not nearest:
        return None
    reduced = answer.model_copy(
        update={
            "standalone": answer.question,
            "conversation": None,
            "answer_id": None,
            "sentences": [_renumbered(one, new) for one in sentences],
            "citations": [_cited(one, new, documents) for one in kept if one.marker in used],
            "nearest": nearest,
            "refusal": None,
            "notes": (),
            "disagreements": tuple(_disagreeing(answer.disagreements, new)),
            "timings_ms": {},
        }
    )
    return reduced.model_copy(update={"answer": _text_of(reduced)})


def _named(answer: Answer) -> set[str]:
    cited = {citation.doc_id for citation in answer.citations}
    instead = {c.validity.by.doc_id for c in answer.citations if c.validity and c.validity.by}
    return cited | instead | {one.doc_id for one in answer.nearest}


def _still_says(document: Document | None, citation: Citation) -> bool:
    if document is None:
        return False
    return document.text[citation.span.start : citation.span.end] == citation.quote


def _renumbered(sentence: Sentence, new: Mapping[int, int]) -> Sentence:
    return sentence.model_copy(update={"citations": [new[one] for one in sentence.citations]})


def _cited(
    citation: Citation, new: Mapping[int, int], documents: Mapping[str, Document]
) -> Citation:
    validity, by = citation.validity, citation.validity.by if citation.validity else None
    if validity and by and by.doc_id not in documents:
        # Its day may be that of the hidden one, and that alone may say that this is outdated.
        hidden = validity.model_copy(update={"by": None, "since": None})
        validity = None if validity.state == "outdated" else hidden
    return citation.model_copy(update={"marker": new[citation.marker], "validity": validity})


def _disagreeing(
    disagreements: Iterable[Disagreement], new: Mapping[int, int]
) -> Iterable[Disagreement]:
    for one in disagreements:
        if new.keys() >= {*one.citations}:
            yield Disagreement(citations=[new[marker] for marker in one.citations])


def _text_of(answer: Answer) -> str:
    """The text anew: nobody knows of the given one which sentences it is made of."""
    sentences = [types.Sentence(s.text, s.kind, tuple(s.citations)) for s in answer.sentences]
    return marked_text(types.Answer(tuple(sentences), (), 0.0, answer.abstained, ()))
