"""Which paths of a tree are documents: folders, include and exclude globs."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from pathspec import GitIgnoreSpec

ALWAYS_EXCLUDED: Final = (
    ".git/",
    ".hg/",
    ".svn/",
    ".venv/",
    "venv/",
    "node_modules/",
    "bower_components/",
    "vendor/",
    "site-packages/",
    "__pycache__/",
    ".tox/",
    ".nox/",
    "_build/",
    ".docusaurus/",
    # Text by suffix, but written for machines.
    "CMakeLists.txt",
    "*requirements*.txt",
    "constraints*.txt",
    "robots.txt",
    "humans.txt",
)


class Selection:
    """Decides by path alone, so that a folder and a repository are read alike.

    As in git, nothing below an excluded folder can be taken back in.
    """

    def __init__(
        self, folders: Sequence[str], include: Sequence[str], exclude: Sequence[str]
    ) -> None:
        self._folders = tuple(folders)
        self._include = GitIgnoreSpec.from_lines(include)
        self._exclude = GitIgnoreSpec.from_lines([*ALWAYS_EXCLUDED, *exclude])
        self._open = cache(self._is_open)

    def chosen(self, path: str) -> bool:
        """Whether the file at `path` is a document of this source."""
        wanted = self._include.match_file(path) or self._include.match_file(path.lower())
        return wanted and self.allowed(path)

    def allowed(self, path: str) -> bool:
        """Whether `path` lies in the chosen folders and is not excluded."""
        inside = not self._folders or any(path.startswith(f"{f}/") for f in self._folders)
        parent, slash, _ = path.rpartition("/")
        is_open = not slash or self._open(parent)
        return inside and is_open and not self._exclude.match_file(path)

    def enters(self, folder: str) -> bool:
        """Whether a chosen file can lie in `folder`."""
        towards = not self._folders or any(
            f"{f}/".startswith(f"{folder}/") or folder.startswith(f"{f}/") for f in self._folders
        )
        return towards and self._open(folder)

    def _is_open(self, folder: str) -> bool:
        parent, slash, _ = folder.rpartition("/")
        return not self._exclude.match_file(f"{folder}/") and (not slash or self._open(parent))
