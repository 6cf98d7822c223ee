"""What parsing yields: a title, sections that partition the text, metadata."""

from dataclasses import dataclass, field

from index.types import Block, Span

Metadata = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class ParsedSection:
    """A heading and the text up to the next one, before a connector gives it a place to land.

    Attributes:
        headings: path of heading texts down to this section's own; empty before the first one.
        span: the section's text; labels right before a heading belong to its section.
        blocks: what the section is made of; together they cover its non-blank text.
        explicit_id: id that the author gave the heading (`{#id}`, an RST label, `<a id>`); empty
            if none.
    """

    headings: tuple[str, ...]
    span: Span
    blocks: tuple[Block, ...] = ()
    explicit_id: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text with its structure.

    The sections partition the text exactly: the first starts at 0, each ends where the next
    begins, the last ends with the text.
    """

    title: str
    sections: tuple[ParsedSection, ...]
    metadata: Metadata = field(default_factory=dict)
