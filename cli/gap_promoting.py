"""From a gap to a question of an evaluation set: checked like the set, then appended to it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from eval.errors import BrokenSet, PlaceNotFound
from eval.places import resolve
from eval.sets.checking import check
from eval.sets.product import QUESTIONS, read_product
from eval.topics import Judgement, Topic, TopicSet
from index.access import PUBLIC, VisibleTo
from index.errors import ConfigError
from index.types import DocId, Document, Markup, Revision, Section, Span
from service import schemas
from service.errors import NotFound
from service.gaps.schemas import Gap
from service.identity.local import LOCAL

TAG: Final = "knowledge-gap"
_GRADE: Final = 2

Fetch = Callable[[str], schemas.Document]
"""A document that the person at this machine may read; raises NotFound."""


@dataclass(frozen=True, slots=True)
class Promoted:
    """Where the question stands now, and its id there."""

    file: Path
    query_id: str


def promoted(
    gap: Gap, folder: Path, fetch: Fetch, relevant: Sequence[str], answers: Sequence[str]
) -> Promoted:
    """Append the gap's question to the `questions.jsonl` of a folder, which may be new.

    Args:
        gap: its central question is asked, by the person at this machine.
        folder: of the set.
        fetch: documents to find the places in.
        relevant: places like `DOC`, `DOC#HEADING`, `DOC#HEADING/QUOTE`, `DOC#/QUOTE`; none: the
            documents do not answer it, and a refusal is right.
        answers: words, one of which a right answer contains.

    Raises:
        ConfigError: a place is not there, or the set would not be sound; nothing was written.
    """
    if answers and not relevant:
        raise ConfigError("--answer goes with --relevant: name the document that says so")
    lookup = _Documents(fetch)
    judgements = tuple(lookup.place(said) for said in relevant)
    file = folder / QUESTIONS
    there = read_product(folder).topics if file.exists() else ()
    topic = Topic(
        query_id=_free_id(f"gap-{gap.gap_id}", {one.query_id for one in there}),
        text=gap.question,
        asked_by=LOCAL.email,
        principal=LOCAL,
        judgements=judgements,
        answers=tuple(answers),
        answerable=bool(relevant),
        tags=(TAG,),
        line=max((one.line for one in there), default=0) + 1,
    )
    # The others' documents may be for other people: of them only what repeats is looked at.
    others = tuple(replace(one, judgements=(), hidden=frozenset(), excluded=frozenset())
                   for one in there)  # fmt: skip
    whole = TopicSet(folder.name, (*others, topic), digest="", file=file)
    problems = [one for one in check(whole, lookup) if one.line == topic.line]
    if problems:
        raise BrokenSet(problems)
    _append(file, topic)
    return Promoted(file, topic.query_id)


class _Documents:
    """The documents that the person at this machine may read, as the checks want them."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        # Who asks is this machine's person, who reads what is public: all that is fetched is.
        return None if self._find(doc_id) is None else frozenset({PUBLIC})

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        del visible_to  # `fetch` is this person's
        return self._find(doc_id)

    def place(self, said: str) -> Judgement:
        """The judgement that is meant; ids, headings and quotes may hold `#` and `/`."""
        why: Exception = ConfigError(
            f"--relevant: no document that everybody may read is meant by {said!r}; "
            "`answerable search` shows the ids"
        )
        for document, judgement in self._readings(said):
            try:
                resolve(judgement, document)
            except PlaceNotFound as error:
                why = error
            else:
                return judgement
        raise why

    def _readings(self, said: str) -> Iterator[tuple[Document, Judgement]]:
        for end in (len(said), *(at for at, c in enumerate(said) if c == "#")):
            document = self._find(DocId(said[:end]))
            if document is None:
                continue
            place = said[end + 1 :]
            slashes = (at for at, c in enumerate(place) if c == "/")
            for cut in (len(place), *slashes):
                heading, quote = place[:cut] or None, place[cut + 1 :] or None
                if (heading or quote) or end == len(said):
                    yield document, Judgement(document.doc_id, _GRADE, heading, quote)

    def _find(self, doc_id: DocId) -> Document | None:
        try:
            return _document(self._fetch(doc_id)) if doc_id else None
        except NotFound:
            return None


def _document(found: schemas.Document) -> Document:
    return Document(
        doc_id=DocId(found.doc_id),
        source=found.source,
        title=found.title,
        url=found.url,
        text=found.text,
        markup=cast(Markup, found.markup),  # the contract says str, of one of these
        sections=tuple(
            Section(tuple(one.headings), Span(one.span.start, one.span.end), one.url, one.anchor)
            for one in found.sections
        ),
        readers=frozenset({PUBLIC}),
        revision=Revision(""),
    )


def _free_id(wanted: str, taken: set[str]) -> str:
    number, found = 1, wanted
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    return found


def _append(file: Path, topic: Topic) -> None:
    line: dict[str, Any] = {
        "query_id": topic.query_id,
        "question": topic.text,
        "asked_by": topic.asked_by,
        "relevant": [_judged(one) for one in topic.judgements],
        "answers": list(topic.answers),
        "answerable": topic.answerable,
        "tags": list(topic.tags),
    }
    text = json.dumps(line, ensure_ascii=False) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_bytes() if file.exists() else b""
        with file.open("a", encoding="utf-8", newline="\n") as stream:
            stream.write("\n" + text if before and not before.endswith(b"\n") else text)
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}; name another --set") from error


def _judged(one: Judgement) -> dict[str, object]:
    parts = {"document": one.document, "heading": one.heading, "quote": one.quote,
             "grade": one.grade}  # fmt: skip
    return {name: value for name, value in parts.items() if value is not None}
