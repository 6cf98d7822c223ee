"""What a model writes -> drafts of sentences, each as soon as its JSON object is complete."""

import json
import re
from collections import deque
from collections.abc import Mapping
from typing import Final

from service.answering.llm.types import Draft, Quoted

OBJECT_CHARS: Final = 6000
"""An object longer than this is dropped: a sentence with its quotes has some hundred."""

# Objects that are open at once and still looked at: a tool call around a wrapper around a list of
# sentences is three. Each character is parsed at most so many times.
_DEPTH: Final = 6
_MOST_QUOTES: Final = 8
_THINK, _THOUGHT = "<think>", "</think>"
_NOTHING: Final = "NOT_IN_DOCUMENTS"
_TAIL: Final = max(len(_NOTHING), len(_THOUGHT))

_SENTENCE_KEYS = ("sentence", "text", "answer", "claim")
_QUOTES_KEYS = ("quotes", "citations", "evidence", "sources")
_QUOTE_KEYS = ("quote", "text", "evidence")
_PASSAGE_KEYS = ("passage", "number", "id", "source", "citation")
_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_SAYS_NOTHING = re.compile(
    r"\b(?:passages?|documents?|docs|context|texts?)\b[^.]{0,40}"
    r"\b(?:do|does|did)(?: not|n['\u2019]t)"
    r" (?:say|contain|mention|answer|provide|specify|include|state|cover)\b"
    r"|\bnot (?:mentioned|stated|found|answered|covered|specified) (?:in|by) the"
    r" (?:passages?|documents?|docs|context|texts?)\b",
    re.IGNORECASE,
)


class Reader:
    """Reads a reply piece by piece; how it is cut into pieces changes nothing.

    Objects are found wherever they stand: one a line, in a list, in other objects, in a code
    fence, between prose. What is not complete or not JSON is dropped, and so is what stands
    between `<think>` and `</think>`.
    """

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._buffer: list[str] = []
        self._dropped = 0  # characters before the buffer
        self._open: deque[int] = deque(maxlen=_DEPTH)  # places of the braces that are open
        self._in_string = False
        self._is_escaped = False
        self._after_break = False
        self._is_thinking = False
        self._tail = ""
        self._bare = ""
        self._drafts = 0
        self._stated_nothing = False

    @property
    def says_nothing(self) -> bool:
        """Whether the reply so far states that the documents do not say, and nothing else."""
        return not self._drafts and (self._stated_nothing or self._bare in ("[]", "{}"))

    def feed(self, piece: str) -> list[Draft]:
        """The sentences that this piece completes."""
        found: list[Draft] = []
        for char in piece:
            draft = self._take(char)
            if draft is not None:
                self._drafts += 1
                found.append(draft)
        return found

    def end(self) -> list[Draft]:
        """Nothing more comes: what is not complete is dropped."""
        self._open.clear()
        self._buffer.clear()
        return []

    def _take(self, char: str) -> Draft | None:
        self._look_around(char)
        if self._is_thinking:
            return None
        if self._in_string:
            self._in_text(char)
            return None
        return self._outside(char)

    def _look_around(self, char: str) -> None:
        """What matters wherever it stands: the marks of thinking, the word for nothing."""
        self._tail = (self._tail + char)[-_TAIL:]
        if char == ">" and not self._in_string:
            if self._tail.endswith(_THOUGHT):
                self._is_thinking = False
            elif self._tail.endswith(_THINK):
                self._is_thinking = True
        elif char == "S" and not self._is_thinking and self._tail.endswith(_NOTHING):
            self._stated_nothing = True
        if not self._is_thinking and not char.isspace() and len(self._bare) < 3:
            self._bare += char

    def _in_text(self, char: str) -> None:
        if self._after_break and char == "{":
            # A line that begins with an object: the string before it was never closed.
            self._open.clear()
            self._in_string = self._is_escaped = self._after_break = False
            self._buffer.clear()
            self._start(char)
            return
        self._keep(char)
        self._after_break = char == "\n" or (self._after_break and char.isspace())
        if self._is_escaped:
            self._is_escaped = False
        elif char == "\\":
            self._is_escaped = True
        elif char == '"':
            self._in_string = False

    def _outside(self, char: str) -> Draft | None:
        if char == "{":
            self._start(char)
            return None
        if not self._open:
            return None
        self._keep(char)
        if char == '"':
            self._in_string, self._after_break = True, False
        elif char == "}" and self._open:
            return self._close()
        return None

    def _start(self, char: str) -> None:
        if not self._open:
            self._buffer.clear()
            self._dropped = 0
        self._open.append(self._dropped + len(self._buffer))
        self._keep(char)

    def _keep(self, char: str) -> None:
        self._buffer.append(char)
        end = self._dropped + len(self._buffer)
        while self._open and end - self._open[0] > OBJECT_CHARS:
            self._open.popleft()
        if not self._open:
            self._buffer.clear()
            self._dropped = 0
            self._in_string = self._is_escaped = False
        elif self._open[0] - self._dropped > OBJECT_CHARS:
            # Seldom and much at once: linear in the length of the reply.
            del self._buffer[: self._open[0] - self._dropped]
            self._dropped = self._open[0]

    def _close(self) -> Draft | None:
        start = self._open.pop() - self._dropped
        found = _object("".join(self._buffer[start:]))
        if not self._open:
            self._buffer.clear()
        if found is None:
            return None
        if found.get("sentences") == []:
            self._stated_nothing = True
            return None
        draft = _draft(found)
        if draft and not draft.quotes and _SAYS_NOTHING.search(draft.text):
            self._stated_nothing = True
            return None
        return draft


def _object(text: str) -> Mapping[str, object] | None:
    try:
        # Line breaks in a string are no JSON, but what models write.
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _draft(found: Mapping[str, object]) -> Draft | None:
    """The sentence that this object is; None if it is something else, as a quote is."""
    text = _first(found, _SENTENCE_KEYS)
    quotes = next((found[key] for key in _QUOTES_KEYS if key in found), None)
    if quotes is None and "quote" in found and "sentence" in found:
        quotes = {"passage": _first_value(found, _PASSAGE_KEYS), "quote": found["quote"]}
    if not text or quotes is None:
        return None
    listed = quotes if isinstance(quotes, list) else [quotes]
    beside = _first_value(found, _PASSAGE_KEYS)
    quoted = [_quoted(one, beside) for one in listed[:_MOST_QUOTES]]
    return Draft(text, tuple(one for one in quoted if one is not None))


def _quoted(one: object, beside: object) -> Quoted | None:
    if isinstance(one, str):
        return Quoted(_number(beside), _clean(one)) if one.strip() else None
    if not isinstance(one, dict):
        return None
    text = _first(one, _QUOTE_KEYS)
    return Quoted(_number(_first_value(one, _PASSAGE_KEYS)), text) if text else None


def _first(found: Mapping[str, object], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = found.get(key)
        if isinstance(value, str) and value.strip():
            return _clean(value)
    return ""


def _first_value(found: Mapping[str, object], keys: tuple[str, ...]) -> object:
    return next((found[key] for key in keys if key in found), None)


def _number(value: object) -> int:
    """The passage's number; 0, which no passage has, if there is none to read."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, int | float | str):
        digits = _NUMBER.search(str(value)[:40])
        return int(digits[0]) if digits else 0
    return 0


def _clean(text: str) -> str:
    """Halves of surrogate pairs are no text: what takes UTF-8 raises on them."""
    return _SURROGATES.sub("", text)
