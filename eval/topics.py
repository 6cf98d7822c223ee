"""What is asked and what is right: topics, judgements, and the sets that they come in."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from index.access import Principal

FOREIGN: Final = "foreign"
"""Tag of topics of another set, about which the documents say nothing."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A document that holds the answer, and where in it.

    Attributes:
        document: id as the set has it: a doc_id, or `_id` of a BEIR corpus.
        grade: 2 answers it, 1 helps; whole numbers above 0, higher is better.
        heading: of the place; None where only the document is judged.
        quote: words of the place as the source has them; None likewise.
        lines: first and last line of the place, from 1; None likewise.
    """

    document: str
    grade: int = 1
    heading: str | None = None
    quote: str | None = None
    lines: tuple[int, int] | None = None

    @property
    def has_place(self) -> bool:
        """Whether more than the document is judged."""
        return (self.heading, self.quote, self.lines) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Topic:
    """A query, who asks it, and what is right.

    Attributes:
        asked_by: who asks, in the set's own words.
        principal: the same as the index knows them; None sees what is public.
        answers: a right answer contains at least one of these; empty where none are given.
        answerable: whether what this person may read holds the answer.
        tags: kinds of question, to slice by.
        hidden: documents that must not show up anywhere.
        excluded: documents left out of the ranking and of the evidence: the query's own text, say.
        line: where it stands in its file, from 1.
    """

    query_id: str
    text: str
    asked_by: str = "local"
    principal: Principal | None = None
    judgements: tuple[Judgement, ...] = ()
    answers: tuple[str, ...] = ()
    answerable: bool = True
    tags: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    line: int = 0


@dataclass(frozen=True, slots=True)
class TopicSet:
    """Topics with a name and a hash of all the files they were read from.

    Attributes:
        digest: SHA-256, in hex, of everything that the result depends on but the configuration.
        corpus: the BEIR folder whose corpus is to be indexed; None: the configured sources are.
        file: where the lines of the topics are counted; None: they were not read from one.
    """

    name: str
    topics: tuple[Topic, ...]
    digest: str
    corpus: Path | None = None
    skipped: tuple[str, ...] = field(default=())
    file: Path | None = None
