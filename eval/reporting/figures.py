"""A drawing area whose SVG stands in a page: its colours, its width, its text are the page's."""

import re
import warnings
from collections.abc import Callable
from html import escape
from io import StringIO
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

WIDTH_INCHES: Final = 5.2
"""At 72 units an inch 374: a phone shows it unscaled, so that its text stays readable."""

INK: Final = "#010101"
MUTED: Final = "#020202"
GRID: Final = "#030303"
FIRST: Final = "#040404"
SECOND: Final = "#050505"
GOOD: Final = "#060606"
BAD: Final = "#070707"

_COLOURS: Final = {
    INK: "var(--ink, #1f2328)",
    MUTED: "var(--muted, #59636e)",
    GRID: "var(--line, #d1d9e0)",
    FIRST: "var(--first, #0072b2)",
    SECOND: "var(--second, #d55e00)",
    GOOD: "var(--good, #0072b2)",
    BAD: "var(--bad, #d55e00)",
}
"""What is drawn, and what the page paints it with. The colours without a page are of Okabe and
Ito's palette, which colour-blind people can tell apart; the styles have others for the dark."""

_STYLE: Final[dict[RcKeyType, Any]] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.unicode_minus": False,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "legend.frameon": False,
    "legend.fontsize": 9,
}

_DROPPED: Final = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style .*?</style>"
    r'|(?<=<g) id="[^"]*"',
    re.DOTALL,
)
_OPENING: Final = re.compile(r"<svg [^>]*?(viewBox=\"[^\"]*\")[^>]*>", re.DOTALL)


def draw(
    title: str,
    description: str,
    height_inches: float,
    paint: Callable[[Axes], None],
) -> str:
    """An `<svg>` element as wide as its place, the same bytes for the same painting.

    Args:
        title: drawn above, and the accessible name.
        description: for those who cannot see it: what is shown, with its main numbers.
        height_inches: of 72 units each.
        paint: draws on the axes, in the colours of this module and no others.
    """
    with mpl.rc_context(), warnings.catch_warnings():
        # The font only measures the text here: the page's own fonts have the glyph.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update({**_STYLE, "svg.hashsalt": title})
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
        axes = figure.add_subplot()
        paint(axes)
        # The whole figure's, not the axes': long row labels would push the latter to the right.
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return _for_a_page(text.getvalue(), title, description)


def _for_a_page(svg: str, title: str, description: str) -> str:
    bare = _DROPPED.sub("", svg)
    for drawn, painted in _COLOURS.items():
        bare = bare.replace(drawn, painted)
    opening = (
        r'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        r'\1 class="plot" width="100%" role="img" '
        f'aria-label="{_literal(title)}. {_literal(description)}" '
        'style="stroke-linejoin: round; stroke-linecap: butt">'
        f"<title>{_literal(title)}</title>"
    )
    lines = (line.strip() for line in _OPENING.sub(opening, bare, count=1).splitlines())
    return "\n".join(line for line in lines if line)


def _literal(text: str) -> str:
    """Escaped for XML and for a replacement pattern."""
    return escape(text).replace("\\", r"\\")
