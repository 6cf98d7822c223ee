"""ReStructuredText (also Sphinx's dialect) -> plain text."""

import re
from html import unescape

from index.plaintext.stash import Stash, tidy, without_our_marks

_ADORNMENT = re.compile(r"[ \t]*([!-/:-@\[-`{-~])\1{2,}[ \t]*$")
_BORDER = re.compile(r"[ \t]*(?:\+(?:[-=]+\+)+|=+(?:[ \t]+=+)+|-+(?:[ \t]+-+)+)[ \t]*$")
_DIRECTIVE = re.compile(
    r"([ \t]*)\.\.[ \t]+(?:\|([^|\n]+)\|[ \t]+)?([A-Za-z][\w:.+-]*?)[ \t]?::(?:[ \t]+(.*)|$)"
)
_OPTION = re.compile(r"[ \t]+:([\w-]+):(?:[ \t]+(.*))?$")
_TARGET = re.compile(r"[ \t]*(?:\.\.[ \t]+_[^\n]*:(?:[ \t][^\n]*)?|__[ \t]+\S[^\n]*)$")
_FOOTNOTE = re.compile(r"([ \t]*)\.\.[ \t]+\[[^\[\]\n]+\][ \t]*")
_COMMENT = re.compile(r"([ \t]*)\.\.(?:[ \t]|$)")
_BULLET = re.compile(r"([ \t]*)[*+•-][ \t]+(?=\S)")
_NUMBER = re.compile(r"([ \t]*)\(?(\d{1,9}|#|[a-zA-Z])[.)][ \t]+(?=\S)")
_FIELD = re.compile(r"([ \t]*):([^:\n]+):(?=[ \t]|$)")
_LINE_BLOCK = re.compile(r"([ \t]*)\|[ \t]+")

_CODE_DIRECTIVES = frozenset(
    {"code", "code-block", "sourcecode", "console", "literalinclude", "testcode", "testsetup"}
    | {"testoutput", "testcleanup", "doctest", "parsed-literal", "math", "productionlist"}
    | {"prompt", "raw"}
)
_NO_ARGUMENT = _CODE_DIRECTIVES | frozenset(
    {"image", "figure", "index", "highlight", "currentmodule", "py:currentmodule", "contents"}
    | {"toctree", "default-role", "tabularcolumns", "role", "only", "ifconfig", "include"}
    | {"table", "list-table", "csv-table", "container", "cssclass", "rst-class"}
)
_LABELS = {
    "note": "Note",
    "warning": "Warning",
    "tip": "Tip",
    "hint": "Hint",
    "important": "Important",
    "caution": "Caution",
    "danger": "Danger",
    "attention": "Attention",
    "error": "Error",
    "seealso": "See also",
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
_OPTIONS_TO_READ = frozenset({"alt", "caption", "synopsis", "title", "header"})

_LITERAL = re.compile(r"(?<!`)``((?:[^`\n]|`(?!`)|\n(?![ \t]*\n))++)``")
_ESCAPE = re.compile(r"\\(?:[ \n]|([^\s\\]|\\))")
_ROLE = r":[A-Za-z][\w.+-]{0,40}(?::[A-Za-z][\w.+-]{0,40}){0,2}:"
_INTERPRETED = re.compile(
    rf"(?:{_ROLE})?(?<!`)`((?:[^`\n]|\n(?![ \t]*\n))++)`(?!`)_{{0,2}}",
)
_EXPLICIT = re.compile(r"(?s)([^<]*[^<\s])\s*<[^<>]*>$")
_STRONG = re.compile(r"(?<![\w*\\])\*\*(?=[^\s*])((?:[^*\n]|\n(?![ \t]*\n))++)\*\*(?![\w*])")
_EMPHASIS = re.compile(r"(?<![\w*\\])\*(?=[^\s*])((?:[^*\n]|\n(?![ \t]*\n))++)\*(?![\w*])")
_SUBSTITUTION = re.compile(r"(?<![\w|])\|(?=[^\s|])([^|\n]*[^\s|])\|(?:__?)?(?![\w|])")
_FOOTNOTE_MARK = re.compile(r"[ \t]?\[(?:\d{1,4}|#[\w-]*|\*)\]_(?!\w)")
_REFERENCE = re.compile(r"(?<![\w`_.-])([A-Za-z0-9]++(?:[-_.][A-Za-z0-9]+)*+)__?(?![\w`_])")


def plain_rst(text: str) -> str:
    """`text` (line feeds only) as people read it."""
    stash = Stash()
    lines = _Lines(stash)
    for line in without_our_marks(text).split("\n"):
        lines.read(line)
    return stash.restore(tidy(unescape(_inline("\n".join(lines.out), stash))))


class _Lines:
    """One pass over the lines; what a line means depends on the block that holds it."""

    def __init__(self, stash: Stash) -> None:
        self.out: list[str] = []
        self._stash = stash
        self._code_under: int | None = None  # indentation of the line that opened the code
        self._comment_under: int | None = None
        self._in_options = False
        self._columns: list[int] = []  # where the cells of a simple table begin

    def read(self, line: str) -> None:
        if not line.strip():
            self._in_options = False
            self.out.append("")
            return
        indent = len(line) - len(line.lstrip())
        if self._comment_under is not None and indent > self._comment_under:
            return
        self._comment_under = None
        if self._in_options and (option := _OPTION.match(line)):
            if option[1] in _OPTIONS_TO_READ and option[2]:
                self.out.append(option[2])
            return
        self._in_options = False
        if self._is_code(line, indent):
            self.out.append(self._stash.keep(line))
        elif (text := self._prose(line, indent)) is not None:
            self.out.append(text)

    def _is_code(self, line: str, indent: int) -> bool:
        if self._code_under is not None and indent > self._code_under:
            return True
        self._code_under = None
        return line.lstrip().startswith((">>> ", "... ")) and not line.rstrip().endswith("::")

    def _prose(self, line: str, indent: int) -> str | None:
        if _BORDER.match(line):
            self._columns = [] if "+" in line else _starts(line)
            return None
        if _ADORNMENT.match(line) and line.strip() != "...":
            return None
        if line.lstrip().startswith((".. ", "__ ")) or line.strip() == "..":
            return self._explicit(line, indent)
        if line.rstrip().endswith("::"):
            self._code_under = indent
            bare = line.rstrip()[:-1]
            return None if bare.strip() == ":" else bare.removesuffix(" :")
        return _plain_line(line, self._columns)

    def _explicit(self, line: str, indent: int) -> str | None:
        """A directive, target, footnote or comment."""
        if _TARGET.match(line):
            return None
        if directive := _DIRECTIVE.match(line):
            return self._directive(directive, indent)
        if footnote := _FOOTNOTE.match(line):
            return footnote[1] + line[footnote.end() :]
        if _COMMENT.match(line):
            self._comment_under = indent
        return None

    def _directive(self, found: re.Match[str], indent: int) -> str | None:
        name, argument = found[3].lower(), (found[4] or "").strip()
        self._in_options = True
        if name in _CODE_DIRECTIVES:
            self._code_under = indent
        if name in _NO_ARGUMENT:
            return None
        label = _LABELS.get(name)
        if label is None:
            return found[1] + argument if argument else None
        colon = "" if label.endswith("version") else ":"
        return f"{found[1]}{label}{colon} {argument}".rstrip()


def _starts(border: str) -> list[int]:
    return [found.start() for found in re.finditer(r"(?<![=-])[=-]", border)]


def _plain_line(line: str, columns: list[int]) -> str:
    if line.lstrip().startswith("|"):
        bare = line.strip()
        if bare.endswith("|") and len(bare) > 1:
            return " | ".join(cell.strip() for cell in bare.strip("|").split("|"))
        return _LINE_BLOCK.sub(r"\1", line, count=1)
    if len(columns) > 1 and _has_cells(line, columns):
        ends = [*columns[1:], len(line)]
        cells = [line[a:b].strip() for a, b in zip(columns, ends, strict=True)]
        return " | ".join(cells).rstrip(" |")
    for rule, instead in ((_BULLET, r"\1- "), (_NUMBER, r"\1\2. "), (_FIELD, r"\1\2:")):
        if rule.match(line):
            return rule.sub(instead, line, count=1)
    return line


def _has_cells(line: str, columns: list[int]) -> bool:
    """Whether blanks stand before each column, as in a row of a simple table."""
    return all(line[at - 1 : at].strip() == "" for at in columns[1:])


def _inline(text: str, stash: Stash) -> str:
    text = _LITERAL.sub(lambda m: stash.keep(" ".join(m[1].split("\n"))), text)
    text = _ESCAPE.sub(lambda m: stash.keep(m[1]) if m[1] else "", text)
    text = _INTERPRETED.sub(lambda m: stash.keep(_interpreted(m[1])), text)
    text = _FOOTNOTE_MARK.sub("", text)
    text = _EMPHASIS.sub(r"\1", _STRONG.sub(r"\1", text))
    return _REFERENCE.sub(r"\1", _SUBSTITUTION.sub(r"\1", text))


def _interpreted(text: str) -> str:
    """What is shown for the text of a role: the title before `<target>`, the name after `~`."""
    if explicit := _EXPLICIT.match(text):
        return explicit[1]
    text = text.lstrip("!")
    if text.startswith("~"):
        text = text[1:].rsplit(".", 1)[-1]
    return text.strip("<>") if text.startswith("<") else text
