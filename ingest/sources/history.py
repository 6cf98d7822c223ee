"""When each file was changed last, from one pass over a repository's history."""

import os
from collections.abc import Collection, Generator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ingest.sources.git import Git, GitFailed
from ingest.sources.tree import Touched

MAX_COMMITS: Final = 50_000
"""Read newest first, and only until every file is found; what is older stays undated."""

_COMMIT: Final = b"\x01"
_FIELD: Final = b"\x02"


def last_touched(
    git: Git, commit: str, wanted: Collection[str], within: Collection[str] = ()
) -> Mapping[str, Touched]:
    """The last commit that changed each of the wanted paths (relative to git's place).

    Trees are compared and no contents read: a clone without blobs fetches nothing for this.
    Where a shallow history begins every file looks new; that commit dates nothing.
    """
    missing = {os.fsencode(path) for path in wanted}
    found: dict[str, Touched] = {}
    try:
        roots = _shallow_roots(git)
        with closing(_changes(git, commit, roots, within)) as changes:
            for touched, path in changes:
                if path in missing:
                    missing.discard(path)
                    found[os.fsdecode(path)] = touched
                if not missing:
                    break
    except GitFailed:
        return found  # dates are worth having, not worth failing for
    return found


def _changes(
    git: Git, commit: str, roots: Collection[bytes], within: Collection[str]
) -> Generator[tuple[Touched, bytes]]:
    touched: Touched | None = None
    tokens = git.pieces(
        "log",
        f"--max-count={MAX_COMMITS}",
        "--format=%x01%H%x02%ct%x02%an",
        "--name-only",
        "--relative",
        "--no-renames",
        "--no-ext-diff",
        "-z",
        commit,
        "--",
        *within,
        separator=b"\0",
    )
    for raw in tokens:
        token = raw.removeprefix(b"\n")
        if token.startswith(_COMMIT):
            sha, seconds, author = token[1:].split(_FIELD, 2)
            name = author.decode(errors="replace")
            touched = None if sha in roots else Touched(_moment(seconds), name)
        elif token and touched:
            yield touched, token


def _moment(seconds: bytes) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _shallow_roots(git: Git) -> frozenset[bytes]:
    name = git.run("rev-parse", "--path-format=absolute", "--git-path", "shallow")
    path = Path(os.fsdecode(name.rstrip(b"\n")))
    return frozenset(path.read_bytes().split()) if path.is_file() else frozenset()
