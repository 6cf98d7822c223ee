"""Markup that people do not see: comments, scripts, hidden elements of Markdown and RST."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Final, Literal

from index.types import Block, Markup, Section, Span
from ingest.invisible import is_invisible
from ingest.rst_comments import rst_comments
from ingest.tags import BLOCKS, VOID, Tag, Tags

Hidden = Literal["comment", "script", "hidden", "entity"]


@dataclass(frozen=True, slots=True)
class Region:
    """What is hidden, and why."""

    start: int
    end: int
    kind: Hidden


# The first sign alone is searched for, by its set: that is ten times faster than alternatives.
_TOKEN: Final = re.compile(
    r"[\\`<{&\[](?:(?<=\\)(?P<escape>[!-/:-@\[-`{-~])|(?<=`)(?P<ticks>`*)"
    r"|(?<=<)(?P<comment>!--|%#)|(?<=\{)(?P<jsx>/\*)|(?<=<)(?P<tag>/?[A-Za-z][\w:.-]*)"
    r"|(?<=&)(?P<entity>(?:#\d{1,7}|#[xX][\dA-Fa-f]{1,6}|[A-Za-z]{2,31});?)"
    r"|(?<=\[)(?P<reference>[^\[\]\n]{1,200}\]:[ \t]+(?:#|<#?>)[ \t]+(?=[\"'(])))"
)
_ENDS: Final = {"<!--": "-->", "{/*": "*/}", "<%#": "%>"}
_NO_COMMENT: Final = re.compile(r"<!--(-?>)")
_TITLE_ENDS: Final = {'"': '"', "'": "'", "(": ")"}
_TITLE_LINES: Final = 50  # A title that is longer is taken out up to the end of its first line.
_RAW: Final = ("script", "style", "template")
_BLANK_LINE: Final = re.compile(r"\n[ \t]*(?=\n|\Z)")
_HTML_LEAF: Final = re.compile(rf"</?(?:{'|'.join(sorted(BLOCKS))})(?=[\s/>])|<!--|<\?", re.I)
_ALONE: Final = re.compile(r"</?[A-Za-z][^<>\n]*>[ \t]*(?:\n|\Z)")

_RST_RAW: Final = re.compile(r"\.\.[ \t]+raw::[ \t]+html\b")


def hidden(
    text: str, markup: Markup, sections: Sequence[Section], *, is_whole: bool
) -> list[Region]:
    """What a page made of the text does not show, in order, none within another.

    Code is text: marks in it mean nothing. Costs time in proportion to the text.

    Args:
        text: what the sections point into.
        markup: only Markdown and RST hide anything.
        sections: their blocks say what is code.
        is_whole: one author wrote all of it. Else no mark of one section
            reaches into the next.
    """
    leaves = [block for section in sections for block in _leaves(section.blocks)]
    match markup:
        case "markdown":
            if not any(sign in text for sign in "<&{") and "]:" not in text:
                return []
            code = [block.span for block in leaves if block.kind == "code"]
            scopes = [] if is_whole else [s.span.start for s in sections if _is_marked(text, s)]
            return _outermost(_Html(text, code, leaves, scopes).regions())
        case "rst":
            code = [b.span for b in leaves if b.kind == "code"]
            raw = [b.span for b in leaves if b.kind == "code" and _is_raw(text, b.span)]
            gaps = _between(raw, len(text))
            html = _Html(text, gaps, [Block("paragraph", span) for span in raw], [])
            comments = [Region(*edges, "comment") for edges in rst_comments(text, code)]
            return _outermost([*comments, *(html.regions() if raw else ())])
        case "text":
            return []


def _leaves(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.children and block.kind != "code":
            yield from _leaves(block.children)
        else:
            yield block


def _is_marked(text: str, section: Section) -> bool:
    """Whether it begins with Markdown's own mark of a heading, which no element holds."""
    return bool(section.blocks) and text[section.blocks[0].span.start] != "<"


def _is_raw(text: str, span: Span) -> bool:
    return _RST_RAW.match(text, span.start) is not None


def _between(spans: Sequence[Span], end: int) -> list[Span]:
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), end]
    return [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def _outermost(regions: Sequence[Region]) -> list[Region]:
    kept: list[Region] = []
    for region in sorted(regions, key=lambda r: (r.start, -r.end)):
        if not kept or region.start >= kept[-1].end:
            kept.append(region)
        elif region.end > kept[-1].end:
            kept[-1] = Region(kept[-1].start, region.end, kept[-1].kind)
    return kept


class _Html:
    """One pass over the marks of a text; what is open is remembered by name."""

    def __init__(
        self, text: str, code: Sequence[Span], leaves: Sequence[Block], scopes: Sequence[int]
    ) -> None:
        self._text = text
        self._code = sorted(code)
        self._code_starts = [span.start for span in self._code]
        self._leaves = sorted(leaf.span for leaf in leaves if leaf.kind != "code")
        self._leaf_starts = [leaf.start for leaf in self._leaves]
        self._scopes = [*(start for start in sorted(scopes) if start), len(text)]
        self._tags = Tags(text)
        self._blank = -1  # the blank line that was found last
        self._ticks: dict[int, list[int]] = {}
        self._failed: set[tuple[str, int]] = set()
        self._open: dict[str, list[Tag]] = {}
        self._found: list[Region] = []
        self._is_html: dict[int, bool] = {}

    def regions(self) -> list[Region]:
        for run in re.finditer(r"`+", self._text):
            self._ticks.setdefault(len(run[0]), []).append(run.start())
        at, scope = 0, 0
        while (found := _TOKEN.search(self._text, at)) is not None:
            while found.start() >= self._scopes[scope]:
                self._close_all(self._scopes[scope])
                scope += 1
            code = self._code_at(found.start())
            at = code.end if code else self._after(found, self._scopes[scope])
        self._close_all(self._scopes[scope])
        return self._found

    def _after(self, found: re.Match[str], scope: int) -> int:
        """Where to go on; what is hidden here is noted."""
        near = bisect_right(self._code_starts, found.start())
        code = self._code_starts[near] if near < len(self._code_starts) else len(self._text)
        limit = min(scope, code)
        after = found.end()
        match found.lastgroup:
            case "ticks":
                after = self._inline_code(found)
            case "escape" if self._leaf_is_html(found.start()):
                after = found.start() + 1
            case "comment" | "jsx":
                after = self._comment(found, limit)
            case "tag":
                after = self._tag(found, limit)
            case "entity" if any(is_invisible(sign) for sign in unescape(found[0])):
                after = self._note(found.start(), found.end(), "entity")
            case "reference" if self._begins_line(found.start()):
                after = self._reference(found)
            case _:
                pass
        return after

    def _begins_line(self, at: int) -> bool:
        return not self._text[max(at - 4, 0) : at].rpartition("\n")[2].strip(" ") and (
            at < 4 or "\n" in self._text[at - 4 : at]
        )

    def _note(self, start: int, end: int, kind: Hidden) -> int:
        self._found.append(Region(start, end, kind))
        return end

    def _code_at(self, at: int) -> Span | None:
        near = bisect_right(self._code_starts, at) - 1
        return self._code[near] if near >= 0 and at < self._code[near].end else None

    def _leaf_at(self, at: int) -> Span:
        """The block that holds the place; the line if none does."""
        near = bisect_right(self._leaf_starts, at) - 1
        if near >= 0 and at < self._leaves[near].end:
            return self._leaves[near]
        end = self._text.find("\n", at)
        return Span(self._text.rfind("\n", 0, at) + 1, len(self._text) if end < 0 else end)

    def _leaf_is_html(self, at: int) -> bool:
        """Whether Markdown's own marks mean nothing here."""
        start = self._leaf_at(at).start
        if start not in self._is_html:
            rules = (_HTML_LEAF, _ALONE)
            self._is_html[start] = any(rule.match(self._text, start) for rule in rules)
        return self._is_html[start]

    def _inline_code(self, found: re.Match[str]) -> int:
        if self._leaf_is_html(found.start()):
            return found.end()
        starts = self._ticks.get(len(found[0]), [])
        near = bisect_right(starts, found.start())
        if near == len(starts) or starts[near] >= self._leaf_at(found.start()).end:
            return found.end()
        return starts[near] + len(found[0])

    def _comment(self, found: re.Match[str], limit: int) -> int:
        if empty := _NO_COMMENT.match(self._text, found.start()):
            return self._note(found.start(), empty.end(), "comment")
        mark = _ENDS[found[0]]
        end = self._find(mark, found.end(), limit)
        if end is not None:
            return self._note(found.start(), end + len(mark), "comment")
        return self._unclosed(found.start(), found.end(), "comment")

    def _unclosed(self, start: int, end: int, kind: Hidden) -> int:
        """What begins a block and is never closed hides the block; elsewhere it is text."""
        leaf = self._leaf_at(start)
        return self._note(start, leaf.end, kind) if leaf.start == start else end

    def _find(self, mark: str, at: int, limit: int) -> int | None:
        """The next `mark`; a search that failed once is not repeated further down."""
        if (mark, limit) in self._failed:
            return None
        end = self._text.find(mark, at, limit)
        if end < 0:
            self._failed.add((mark, limit))
        return end if end >= 0 else None

    def _reference(self, found: re.Match[str]) -> int:
        """`[//]: # (…)`: a link target that nothing leads to, up to the end of its title."""
        limit = self._leaf_at(found.start()).end
        if self._blank < found.end():
            blank = _BLANK_LINE.search(self._text, found.end())
            self._blank = blank.start() if blank else len(self._text)
        limit = min(self._blank, limit)
        closing = _TITLE_ENDS[self._text[found.end()]]
        end = found.end()
        for _ in range(_TITLE_LINES):
            if end >= limit:
                break
            after = self._text.find("\n", end)
            after = limit if after < 0 else min(after, limit)
            if self._text[end:after].rstrip().endswith(closing):
                return self._note(found.start(), after, "comment")
            end = after + 1
        line = self._text.find("\n", found.end())
        return self._note(found.start(), limit if line < 0 else min(line, limit), "comment")

    def _tag(self, found: re.Match[str], limit: int) -> int:
        tag = self._tags.read(found, limit)
        if tag is None:
            return found.end()
        if tag.is_closing:
            opened = self._open.get(tag.name)
            if opened and (begun := opened.pop()).is_hidden:
                self._note(begun.start, tag.end, "hidden")
        elif tag.name in _RAW:
            close = self._tags.close(tag, limit)
            if close is None:
                return self._unclosed(tag.start, tag.end, "script")
            return self._note(tag.start, close, "script")
        elif tag.name not in VOID:
            self._open.setdefault(tag.name, []).append(tag)
        elif tag.is_hidden:
            self._note(tag.start, tag.end, "hidden")
        return tag.end

    def _close_all(self, scope: int) -> None:
        """What is still open where its author's text ends."""
        for tag in (tag for opened in self._open.values() for tag in opened if tag.is_hidden):
            is_block = tag.name in BLOCKS and tag.name not in ("p", "li", "td", "th", "tr", "dd")
            end = scope if is_block else min(self._leaf_at(tag.start).end, scope)
            self._note(tag.start, tag.end if tag.is_self_closing else end, "hidden")
        self._open.clear()
