"""What stands in one paragraph of a Google Doc: text, chips, links, images, footnote marks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ingest.markup.escaping import code_span, escaped, link
from ingest.shapes import Json, child, children, moment, word, words

_FIXED_WIDTH: Final = frozenset(
    {
        "anonymous pro",
        "consolas",
        "courier",
        "courier new",
        "cousine",
        "cutive mono",
        "fira code",
        "fira mono",
        "google sans code",
        "ibm plex mono",
        "inconsolata",
        "jetbrains mono",
        "menlo",
        "monaco",
        "nanum gothic coding",
        "noto sans mono",
        "oxygen mono",
        "pt mono",
        "roboto mono",
        "source code pro",
        "space mono",
        "ubuntu mono",
        "vt323",
    }
)
_SOFT_BREAKS: Final = str.maketrans({"\v": "\n", "\r": " ", "\f": " ", "\x85": " "})


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of one kind that stand together.

    `kind` is `text`, `code` (a fixed-width font), or `mark` (a footnote's, written as it is).
    """

    kind: Literal["text", "code", "mark"]
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class FootnoteMark:
    """A reference to a footnote: its id, and the number that readers see."""

    footnote_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Inline:
    """A paragraph's content.

    Attributes:
        pieces: in reading order; lines inside of the paragraph end with a line feed.
        footnotes: those that it refers to.
    """

    pieces: tuple[Piece, ...]
    footnotes: tuple[FootnoteMark, ...]

    @property
    def raw(self) -> str:
        """The words without any marks, as code has them."""
        return "".join(piece.text for piece in self.pieces if piece.kind != "mark")

    @property
    def is_code(self) -> bool:
        """Whether there is something to read, and all of it in a fixed-width font."""
        seen = [piece for piece in self.pieces if piece.text.strip()]
        return bool(seen) and all(piece.kind == "code" for piece in seen)

    @property
    def markdown(self) -> str:
        """The content as Markdown that reads as the same words."""
        out = ""
        for piece in self.pieces:
            out += _written(piece, after=out)
        return out.strip()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What elements of a tab refer to: its objects, and its usual font."""

    tab: Json
    code_font: bool = True

    @staticmethod
    def of(tab: Json) -> "Surroundings":
        """Those of a tab; where the usual text is in a fixed-width font, the font says nothing."""
        for style in children(child(tab, "namedStyles"), "styles"):
            if word(style, "namedStyleType") == "NORMAL_TEXT":
                return Surroundings(tab, not _is_fixed_width(child(style, "textStyle")))
        return Surroundings(tab)


def is_suggested(part: Json) -> bool:
    """Whether it is a proposal to insert or to delete that nobody has accepted."""
    return bool(part.get("suggestedInsertionIds") or part.get("suggestedDeletionIds"))


def is_suggested_away(part: Json) -> bool:
    """Whether it is a proposal to delete; for tables, rows and cells.

    The API is asked without suggestions and then has no proposed tables. A table that comes marked
    as inserted all the same is kept: losing text is worse than showing a draft's.
    """
    return bool(part.get("suggestedDeletionIds"))


def inline(paragraph: Json, around: Surroundings) -> Inline:
    """The content of a paragraph, without what is only suggested."""
    pieces: list[Piece] = []
    footnotes: list[FootnoteMark] = []
    for element in children(paragraph, "elements"):
        reference = child(element, "footnoteReference")
        if reference and not is_suggested(reference):
            footnotes.append(_footnote(reference))
            pieces.append(Piece("mark", f"[^{footnotes[-1].label}]"))
        for piece in _pieces(element, around):
            _append(pieces, piece)
    for object_id in words(paragraph, "positionedObjectIds"):
        where = child(around.tab, "positionedObjects", object_id, "positionedObjectProperties")
        if alt := _image(child(where, "embeddedObject")):
            _append(pieces, Piece("text", f" {alt}"))
    return Inline(tuple(pieces), tuple(footnotes))


def _footnote(reference: Json) -> FootnoteMark:
    footnote_id = word(reference, "footnoteId")
    label = word(reference, "footnoteNumber") or footnote_id
    return FootnoteMark(footnote_id, "".join(c for c in label if c.isalnum() or c in ".-") or "*")


def _append(pieces: list[Piece], piece: Piece) -> None:
    """Add a piece; runs that differ only in their looks become one."""
    if not piece.text:
        return
    last = pieces[-1] if pieces else None
    if last and last.kind != "mark" and (last.kind, last.address) == (piece.kind, piece.address):
        pieces[-1] = Piece(last.kind, last.text + piece.text, last.address)
    else:
        pieces.append(piece)


def _written(piece: Piece, after: str) -> str:
    if piece.kind == "mark":
        return piece.text
    # Two backticks in a row would be the mark of another kind of code.
    is_code = piece.kind == "code" and not after.endswith("`")
    text = code_span(piece.text) if is_code else escaped(piece.text)
    return link(text, piece.address) if "\n" not in text.strip() else text


def _pieces(element: Json, around: Surroundings) -> Iterator[Piece]:
    for kind, value in element.items():
        if not isinstance(value, dict) or is_suggested(value):
            continue
        if kind == "textRun":
            yield _run(value, around)
        elif kind == "inlineObjectElement":
            where = child(around.tab, "inlineObjects", word(value, "inlineObjectId"))
            alt = _image(child(where, "inlineObjectProperties", "embeddedObject"))
            yield Piece("text", alt)
        elif chip := _CHIPS.get(kind):
            yield chip(value)


def _run(run: Json, around: Surroundings) -> Piece:
    text = word(run, "content").removesuffix("\n").translate(_SOFT_BREAKS)
    style = child(run, "textStyle")
    is_code = around.code_font and _is_fixed_width(style)
    return Piece("code" if is_code else "text", text, word(child(style, "link"), "url"))


def _is_fixed_width(style: Json) -> bool:
    family = word(child(style, "weightedFontFamily"), "fontFamily")
    return family.lower() in _FIXED_WIDTH


def _person(chip: Json) -> Piece:
    about = child(chip, "personProperties")
    return Piece("text", word(about, "name") or word(about, "email"))


def _rich_link(chip: Json) -> Piece:
    about = child(chip, "richLinkProperties")
    address = word(about, "uri")
    return Piece("text", word(about, "title") or address, address)


def _date(chip: Json) -> Piece:
    about = child(chip, "dateElementProperties")
    at = moment(about, "timestamp")
    return Piece("text", word(about, "displayText") or (_day(at) if at else ""))


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _dropdown(chip: Json) -> Piece:
    return Piece("text", word(child(chip, "dropdownProperties"), "displayValue"))


def _equation(_: Json) -> Piece:
    return Piece("text", "[equation]")  # the API does not say what is in it


def _gap(_: Json) -> Piece:
    return Piece("text", " ")


_CHIPS: Final[dict[str, Callable[[Json], Piece]]] = {
    "person": _person,
    "richLink": _rich_link,
    "dateElement": _date,
    "dropdown": _dropdown,
    "equation": _equation,
    "pageBreak": _gap,
    "columnBreak": _gap,
}


def _image(embedded: Json) -> str:
    """What the author says of an image; its address is good for half an hour only."""
    said = [word(embedded, key).strip() for key in ("title", "description")]
    alt = ": ".join(dict.fromkeys(part for part in said if part))
    return f"[image: {' '.join(alt.split())}]" if alt else ""
