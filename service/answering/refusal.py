"""What to do when the documents do not say: what was searched, and whom to ask."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from index.access import VisibleTo
from index.types import DocId, Document
from service.answering.frontmatter import front_matter
from service.answering.types import Answer, Nearest, Refusal

ASKED: Final = 3
"""People that a refusal names at most."""

_OWNER_KEYS: Final = ("owner", "owners", "maintainer", "maintainers", "contact")
_AMONG: Final = re.compile(r"\s*,\s*|\s+and\s+")
# Accounts that nobody answers at: those of programs, and GitHub's for who has left.
_NOBODY = re.compile(
    r"\[bot\]\Z|(?:\A|[-_])bot\Z|\A(?:ghost|github-actions|dependabot|renovate|root|unknown|noreply"
    r"|no-reply|system)(?:[-_@].*)?\Z",
    re.IGNORECASE,
)


class Library(Protocol):
    """The reads of the index that a refusal is made with; `index.search.Search` has them."""

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        """The live version; None when there is none or it may not be shown."""
        ...

    def tally(self, *, visible_to: VisibleTo) -> dict[str, int]:
        """Documents of each source that may be shown; a source without any is not in it."""
        ...


def refused(answer: Answer, index: Library, *, visible_to: VisibleTo) -> Answer:
    """The answer with what helps where there is none; an answer that says something, as it is."""
    if not answer.abstained:
        return answer
    searched = index.tally(visible_to=visible_to)
    # What was near when it was found may have been shut since.
    read = ((near, index.document(near.doc_id, visible_to=visible_to)) for near in answer.nearest)
    known = [(near, document) for near, document in read if document is not None]
    helpful = refusal(searched, known)
    return replace(answer, refusal=helpful, nearest=tuple(near for near, _ in known))


def refusal(searched: Mapping[str, int], nearest: Sequence[tuple[Nearest, Document]]) -> Refusal:
    """What was searched, and who knows about what comes nearest.

    Args:
        searched: documents of each source that this person may read.
        nearest: documents nearest to the question, best first.
    """
    people: dict[str, str] = {}
    for near, document in nearest:
        for name in _people(near, document):
            people.setdefault(name.casefold(), name)
    return Refusal(sum(searched.values()), tuple(sorted(searched)), tuple(people.values())[:ASKED])


def _people(near: Nearest, document: Document) -> Iterator[str]:
    """Who owns a page by its own word, then who wrote it; programs are nobody to ask."""
    fields = front_matter(document.text)
    owners = [name for key in _OWNER_KEYS for name in _AMONG.split(fields.get(key, "").strip("[]"))]
    for name in (*owners, *near.authors):
        if (plain := name.strip(" \"'")) and not _NOBODY.search(plain):
            yield plain
