"""The fields at the top of a page, as far as they are one line each."""

import re
from typing import Final

_LONGEST: Final = 4000  # characters; what is longer is no front matter
_FENCED = re.compile(r"\A\ufeff?---[ \t]*\n(?P<fields>.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.M)
_FIELD = re.compile(r"^(?P<key>[A-Za-z][\w -]*?)[ \t]*:[ \t]*(?P<value>\S.*?)[ \t]*$", re.M)


def front_matter(text: str) -> dict[str, str]:
    """Names (lower case, `_` between words) and values (without quotes); empty: there is none."""
    if not text.startswith(("---", "\ufeff---")):
        return {}
    found = _FENCED.match(text[:_LONGEST])
    if not found:
        return {}
    return {
        re.sub(r"[ -]", "_", match["key"].lower()): match["value"].strip("\"'")
        for match in _FIELD.finditer(found["fields"])
    }
