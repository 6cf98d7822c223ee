"""Words of others -> Markdown that reads as those words again.

The counterpart of `index.plaintext`: only signs that would mean something where they stand are
escaped, so that names like `snake_case` and `C#` stay readable in the text itself.
"""

import re
from html import unescape
from typing import Final

_PUNCTUATION: Final = r"[!-/:-@\[-`{-~]"
# Beside a letter or digit on both sides an underscore is no mark; at the edge of a piece nobody
# knows what comes next.
_INLINE: Final = re.compile(
    rf"\\(?={_PUNCTUATION}|$)|[`*|\[\]]|(?<![^\W_])_|_(?![^\W_])|^_|~(?=~|$)|(?<=~)~|^~"
    r"|<(?![\s\d=-])|\{(?=[\s%/#.:]|$)|!$|&(?=#|[A-Za-z]|$)"
)
_BEGUN: Final = re.compile(r"&#?\w*")
_ENTITY_CHARS: Final = 40  # longer than any name of HTML
_MARK: Final = re.compile(r"#{1,6}(?=[ \t]|$)|[>=]|[+-](?=[ \t]|$)|--|\+\+|:|!!!|\?\?\?")
_NUMBER: Final = re.compile(r"(\d{1,9})([.)])(?=[ \t]|$)")
_CLOSING_MARKS: Final = re.compile(r"(?<=[ \t])#(?=#*$)")
_MODULE: Final = re.compile(r"(?:import|export)\b")
_QUOTE_OR_BRACE: Final = re.compile(r"(?<!\\)['\"{]")
# What no text means: placeholders of Google Docs, and of `index.plaintext`.
_NO_TEXT: Final = re.compile("[\ue907\ufdd0\ufdd1\x00-\x08\x0e-\x1f\x7f]")
_UNSAFE_IN_TARGET: Final = frozenset(' \t\r\n\v\f()<>{}[]|\\`"*')


def escaped(text: str) -> str:
    """A piece of a line, safe wherever it comes to stand inside of one."""
    return _INLINE.sub(_escape, _NO_TEXT.sub("", text))


def escaped_start(line: str) -> str:
    """A line of escaped pieces, safe as the beginning of a line too."""
    line = line.lstrip()
    if _MARK.match(line):
        return "\\" + line
    if found := _NUMBER.match(line):
        return f"{found[1]}\\{line[found.start(2) :]}"
    if _MODULE.match(line):
        return _QUOTE_OR_BRACE.sub(lambda found: "\\" + found[0], line)
    return line


def escaped_heading(line: str) -> str:
    """The same for what stands behind the marks of a heading."""
    return _CLOSING_MARKS.sub(r"\\#", line.lstrip())


def code_span(text: str) -> str:
    """A piece in a fixed-width font; escaped where backticks or line ends forbid the marks."""
    bare = _NO_TEXT.sub("", text).strip(" \t")
    if not bare or "`" in bare or "\n" in bare or "|" in bare:
        return escaped(text)
    lead, trail = text[: len(text) - len(text.lstrip(" \t"))], text[len(text.rstrip(" \t")) :]
    return f"{lead}`{bare}`{trail}"


def link(text: str, address: str) -> str:
    """A link with `text` (escaped already); the mere text where it is blank or the address."""
    if not text.strip() or not address or text.strip() == address:
        return text
    safe = "".join(f"%{ord(c):02X}" if c in _UNSAFE_IN_TARGET else c for c in address.strip())
    lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{lead}[{text.strip()}]({safe}){trail}"


def fenced(code: str) -> list[str]:
    """The lines of a code block whose fence is longer than any run of backticks in it."""
    code = _NO_TEXT.sub("", code)
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *code.split("\n"), fence]


def _escape(found: re.Match[str]) -> str:
    rest = found.string[found.start() : found.start() + _ENTITY_CHARS]
    # What ends with the piece may become an entity with the next one.
    harmless = found[0] == "&" and not _BEGUN.fullmatch(rest) and unescape(rest) == rest
    return found[0] if harmless else "\\" + found[0]
