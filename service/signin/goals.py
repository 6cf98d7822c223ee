"""Where somebody goes when they are signed in: somewhere here, and nowhere else."""

from typing import Final
from urllib.parse import unquote

HOME: Final = "/"
MAX_BYTES: Final = 1200  # it travels in a cookie, sealed and escaped, and that holds 4,096
_MOST_DECODINGS: Final = 5


def local_goal(given: str) -> str:
    """The path that was given, if it can only lead to this service; else the home page.

    Browsers drop tabs and line breaks, and read a backslash as a slash; servers on the way may
    decode once more than they should. So the path must be local however often it is decoded. What
    comes after a question mark is text, and may hold anything that can be seen.
    """
    path = given.partition("#")[0].partition("?")[0]
    is_fine = len(given.encode(errors="replace")) <= MAX_BYTES and _is_visible(given)
    return given if is_fine and _stays_here(path) and not path.startswith("/auth/") else HOME


def _stays_here(path: str) -> bool:
    for _ in range(_MOST_DECODINGS):
        begins_right = path.startswith("/") and not path.startswith("//")
        if not begins_right or "\\" in path or not _is_visible(path):
            return False
        decoded = unquote(path)
        if decoded == path:
            return True
        path = decoded
    return False


def _is_visible(text: str) -> bool:
    return text.isprintable()
