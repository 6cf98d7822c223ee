"""From what a judgement says of a place to characters of the document's text.

Places are kept as headings, quotes or lines, so that no other way of cutting chunks touches them.
"""

from collections.abc import Sequence

from eval.errors import PlaceNotFound
from eval.topics import Judgement
from index.plaintext import plain
from index.types import Document, Span


def resolve(judgement: Judgement, document: Document) -> Span | None:
    """The characters that are meant; None where the whole document is.

    A heading means its section with all sections below it; a quote its first occurrence, inside the
    heading's section or the lines if they are given, too.

    Raises:
        PlaceNotFound: the document has no such heading, quote or lines.
    """
    if not judgement.has_place:
        return None
    regions = [Span(0, len(document.text))]
    if judgement.heading is not None:
        regions = _sections(judgement.heading, document)
    if judgement.lines is not None:
        regions = [_within(regions, _lines(judgement.lines, document), judgement)]
    if judgement.quote is not None:
        return _quoted(judgement, regions, document)
    return regions[0]


def section_around(span: Span, document: Document) -> Span:
    """The section that the span begins in, as far as both reach: what a link to it opens."""
    own = next(s.span for s in document.sections if s.span.start <= span.start < s.span.end)
    return Span(own.start, max(own.end, span.end))


def _sections(heading: str, document: Document) -> list[Span]:
    """Sections under this heading, each with what is below it; several if the name comes again."""
    wanted = {_squashed(heading), _squashed(plain(heading, document.markup))}
    found = [
        Span(section.span.start, _end(position, document))
        for position, section in enumerate(document.sections)
        if section.headings and _squashed(section.headings[-1]) in wanted
    ]
    if not found:
        raise PlaceNotFound(f"{document.doc_id} has no heading {heading!r}")
    return found


def _end(position: int, document: Document) -> int:
    """Where the section, with the sections below it, ends."""
    own = document.sections[position]
    end = own.span.end
    for section in document.sections[position + 1 :]:
        is_below = len(section.headings) > len(own.headings)
        if not is_below or section.headings[: len(own.headings)] != own.headings:
            break
        end = section.span.end
    return end


def _lines(lines: tuple[int, int], document: Document) -> Span:
    first, last = lines
    rows = document.text.split("\n")
    count = len(rows) - (rows[-1] == "")
    if not 1 <= first <= last <= count:
        raise PlaceNotFound(
            f"{document.doc_id} has lines 1 to {count:,}; {first:,} to {last:,} are not among them"
        )
    start = sum(len(row) + 1 for row in rows[: first - 1])
    return Span(start, start + len("\n".join(rows[first - 1 : last])))


def _within(regions: Sequence[Span], lines: Span, judgement: Judgement) -> Span:
    if not any(region.overlaps(lines) or region.contains(lines) for region in regions):
        raise PlaceNotFound(f"the lines are not under the heading {judgement.heading!r}")
    return lines


def _quoted(judgement: Judgement, regions: Sequence[Span], document: Document) -> Span:
    quote = judgement.quote or ""
    for region in regions:
        start = document.text.find(quote, region.start, region.end)
        if start >= 0:
            return Span(start, start + len(quote))
    if quote not in document.text:
        where = "whose text has it nowhere"
    elif judgement.heading is not None:
        where = f"where it is not under the heading {judgement.heading!r}"
    else:
        where = "where it is on other lines"
    raise PlaceNotFound(f"not in {document.doc_id}, {where}: {quote!r}")


def _squashed(text: str) -> str:
    return " ".join(text.split())
