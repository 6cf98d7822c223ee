"""Lines of a text and where they are: parsers count lines, we count characters."""

import re
from bisect import bisect_right

from index.types import Span

_NEWLINE = re.compile(r"\r\n|\r|\n")
# Python's splitlines() and docutils end lines at these too; we and markdown-it do not.
_OTHER_BREAKS = re.compile("[\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")


class Lines:
    """The lines of `text`, numbered from 0, without their ends."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        self.lines: list[str] = []
        for found in _NEWLINE.finditer(text):
            self.lines.append(text[self.starts[-1] : found.start()])
            self.starts.append(found.end())
        self.lines.append(text[self.starts[-1] :])

    def __len__(self) -> int:
        return len(self.lines)

    def is_blank(self, number: int) -> bool:
        """Whether nothing stands on the line."""
        return not self.lines[number].strip()

    def start(self, number: int) -> int:
        """Offset of the line's first character; the end of the text after the last line."""
        return self.starts[number] if number < len(self.starts) else len(self.text)

    def number_at(self, offset: int) -> int:
        """The line that the character at `offset` stands on."""
        return bisect_right(self.starts, offset) - 1

    def span(self, first: int, end: int) -> Span | None:
        """Lines `first` up to, not including, `end`, without blank ends; None if all are blank."""
        start, stop = self.start(first), self.start(end)
        piece = self.text[start:stop]
        bare = piece.strip()
        if not bare:
            return None
        begin = start + len(piece) - len(piece.lstrip())
        return Span(begin, begin + len(bare))

    def normalised(self) -> list[str]:
        """The lines as parsers may see them: no byte order mark, no odd line breaks inside."""
        lines = [_OTHER_BREAKS.sub(" ", line) for line in self.lines]
        lines[0] = lines[0].removeprefix("\ufeff")
        return lines
