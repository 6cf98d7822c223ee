"""The knowledge gaps in a report: what was asked, and the documents did not say."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from eval.reporting import wording
from service.gaps.schemas import Gap
from service.gaps.texts import reasons_text

NO_GAPS: Final = "None were collected."
_WIDTH: Final = 8
_HEIGHT: Final = 24


def counts_sentence(gap: Gap) -> str:
    """How often it was asked, by how many, between when."""
    answered = " Answered meanwhile." if gap.answered_meanwhile else ""
    return (
        f"Asked {wording.counted(gap.asked, 'time')} by "
        f"{wording.counted(gap.people, 'person', 'people')}, {gap.first_asked:%Y-%m-%d} to "
        f"{gap.last_asked:%Y-%m-%d}.{answered}"
    )


def reasons_sentence(gap: Gap) -> str:
    """Why it is a gap."""
    return f"Why: {reasons_text(gap)}."


def nearest_titles(gap: Gap) -> str:
    """The documents nearest to it, or a dash."""
    return "; ".join(document.title for document in gap.nearest) or wording.NONE


def owners(gap: Gap) -> str:
    """Whom to ask, or a dash."""
    return ", ".join(gap.ask) or wording.NONE


def bars(counts: Sequence[int]) -> Markup:
    """A bar for each week, as inline SVG in the page's colours."""
    most = max([1, *counts])
    drawn = "".join(
        f'<rect class="dot" x="{place * _WIDTH}" y="{_HEIGHT - height}" width="{_WIDTH - 2}" '
        f'height="{height}"/>'
        for place, count in enumerate(counts)
        if (height := round(count / most * _HEIGHT))
    )
    width = len(counts) * _WIDTH
    label = f"asked in each of the last {len(counts)} weeks: {', '.join(map(str, counts))}"
    return Markup(  # noqa: S704 - numbers alone
        f'<svg viewBox="0 0 {width} {_HEIGHT}" width="{width}" height="{_HEIGHT}" role="img" '
        f'aria-label="{label}"><line class="track" x1="0" x2="{width}" y1="{_HEIGHT}" '
        f'y2="{_HEIGHT}"/>{drawn}</svg>'
    )
