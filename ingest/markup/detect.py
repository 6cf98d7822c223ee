"""Which markup a file is written in, by its name and, for `.txt`, its text."""

import re
from pathlib import PurePosixPath

from index.types import Markup

_TEMPLATES = frozenset({".erb", ".j2", ".tmpl"})
_BY_SUFFIX: dict[str, Markup] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".qmd": "markdown",
    ".rst": "rst",
    ".rest": "rst",
    ".text": "text",
}
_SNIFFED_CHARS = 20_000
# A title over (and perhaps under) a line of one repeated sign.
_UNDERLINED = re.compile(
    r"^(?![ \t])(\S[^\n]{1,100})\n([=\-~^\"'`#*+.:])\2{2,}[ \t]*$", re.MULTILINE
)
_DIRECTIVE = re.compile(r"^[ ]{0,12}\.\. (?:[a-z][\w:-]*::|_[^\n:]+:)", re.MULTILINE)


def detect(name: str, text: str) -> Markup | None:
    """The markup of the file, None if it is not a text format that is read here.

    Suffixes of templates (`guide.md.erb`) are looked through; an HTML template counts as Markdown,
    whose parser reads HTML blocks. `.txt` is RST if it has RST's titles or directives.
    """
    suffix = suffix_without_template(name)
    if suffix == ".txt":
        return "rst" if _looks_like_rst(text[:_SNIFFED_CHARS]) else "text"
    if suffix == ".html" and PurePosixPath(name).suffix.lower() in _TEMPLATES:
        return "markdown"
    return _BY_SUFFIX.get(suffix)


def suffix_without_template(name: str) -> str:
    """The suffix in lower case, looked up below `.erb` and the like."""
    path = PurePosixPath(name)
    while path.suffix.lower() in _TEMPLATES:
        path = path.with_suffix("")
    return path.suffix.lower()


def _looks_like_rst(text: str) -> bool:
    titles = [
        found
        for found in _UNDERLINED.finditer(text.replace("\r\n", "\n"))
        if len(found[0]) - len(found[1]) > len(found[1].rstrip())
    ]
    return bool(_DIRECTIVE.search(text)) or len(titles) >= 2
