"""A gap as the text of an issue, in which nothing pings anybody or links by accident."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from service.gaps.schemas import Gap
from service.gaps.types import Reason
from service.schemas import Nearest

BECAUSE: Final[dict[Reason, str]] = {
    "unanswered": "not answered",
    "low_confidence": "answered without being sure",
    "wrong": "the answer was called wrong",
    "outdated": "the answer was called outdated",
    "missing": "something was missing from the answer",
}
_TITLE_CHARS: Final = 120
_INVISIBLE: Final = ("Cc", "Cf", "Co", "Cs")
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>|~&!$])")
_REFERENCES: Final = re.compile(r"([@#]|\bGH-|://|\bwww\.)", re.IGNORECASE)
_COMMIT: Final = re.compile(r"\b[0-9a-f]{7,}\b", re.IGNORECASE)
_GAP: Final = "\u200b"
"""A space without width: what it stands in is no mention, reference or address any more."""


def issue_markdown(gap: Gap) -> str:
    """Title and body of an issue about a gap, for GitHub.

    What people or documents wrote stands in code: there, GitHub sees no mentions (`@somebody`), no
    references (`#12`, `owner/repo#12`, commits) and no addresses. The title, which cannot have
    code, gets spaces without width instead.
    """
    count = f"Asked {_times(gap.asked)} by {_people(gap.people)}"
    parts = [
        f"# Not answered well: {_plain_title(gap.question)}",
        f"{count}, between {gap.first_asked:%Y-%m-%d} and {gap.last_asked:%Y-%m-%d}: "
        f"{reasons_text(gap)}.",
        "## How it was asked\n\n"
        + _list(f"{_code(one.text)} ({_times(one.asked)})" for one in gap.phrasings),
    ]
    if gap.comments:
        said = (f"{_code(one.text)} ({one.verdict})" for one in gap.comments)
        parts.append("## What askers said of the answers\n\n" + _list(said))
    if gap.cited:
        parts.append("## Documents that were cited or named\n\n" + _documents(gap.cited))
    if gap.nearest:
        parts.append("## Nearest documents\n\n" + _documents(gap.nearest))
    if gap.ask:
        parts.append("## Whom to ask\n\n" + _list(map(_code, gap.ask)))
    if gap.answered_meanwhile:
        parts.append("The question gets an answer by now; see whether it is the right one.")
    parts.append(f"Knowledge gap `{gap.gap_id}` of Answerable.")
    return "\n\n".join(parts) + "\n"


def reasons_text(gap: Gap) -> str:
    """Why it is a gap, with how often each."""
    return ", ".join(f"{_times(n)} {BECAUSE[reason]}" for reason, n in gap.reasons.items())


def _documents(documents: Iterable[Nearest]) -> str:
    return _list(f"{_code(one.title)}: {_code(one.url)}" for one in documents)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _code(text: str) -> str:
    """One line of code that no text can end: with more backticks around it than are in it."""
    line = _visible(text) or "?"
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}"


def _plain_title(text: str) -> str:
    line = _visible(text)
    if len(line) > _TITLE_CHARS:
        line = line[: _TITLE_CHARS - 1].rstrip() + "…"
    line = _REFERENCES.sub(rf"\1{_GAP}", _MARKUP.sub(r"\\\1", line))
    # Six digits of a hash are too few to be taken for a commit.
    return _COMMIT.sub(lambda found: _GAP.join(re.findall(".{1,6}", found.group())), line)


def _visible(text: str) -> str:
    kept = (" " if c in "\n\r\t" else c for c in text)
    return " ".join("".join(c for c in kept if unicodedata.category(c) not in _INVISIBLE).split())


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n:,} times"


def _people(n: int) -> str:
    return "one person" if n == 1 else f"{n:,} people"
