"""Errors of the evaluation, sorted by what the catcher does.

ConfigError (of the index: the command line exits with 2)
├── BrokenSet      a file of a question set cannot be read, or says what cannot be: mend the file
└── PlaceNotFound  a judgement names a place that is not in its document
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from index.errors import ConfigError

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and what to do; `line` counts from 1, 0 is the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message}"


class BrokenSet(ConfigError):
    """A question set that measures nothing until it is mended.

    Attributes:
        problems: all of them; the message names the first ones.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            lines.append(f"and {len(self.problems) - _SHOWN:,} more")
        super().__init__("\n".join(lines))


class PlaceNotFound(ConfigError):
    """The document has no such heading, words or lines; the message says which."""
