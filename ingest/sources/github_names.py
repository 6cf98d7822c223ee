"""Names of repositories in doc ids: the first that each was known by.

GitHub's id of a repository stays when the repository is renamed or given away, and its old name
goes on leading to it. So documents keep the name that their repository had when it was first read,
also after config.yaml names the new one: a rename makes no document new.
"""

import json

from ingest.source import Cursor


class Names:
    """Which repository has which name; kept in the cursor."""

    def __init__(self, cursor: Cursor | None) -> None:
        """Go on from a cursor; one that cannot be read knows no names."""
        self._known = _names(cursor)
        self.seen: set[int] = set()

    def name_of(self, repository: int, configured: str) -> str:
        """The name in doc ids; one that belongs to another repository gets the id behind it."""
        self.seen.add(repository)
        if repository not in self._known:
            taken = {name.lower() for name in self._known.values()}
            free = configured.lower() not in taken
            self._known[repository] = configured if free else f"{configured}~{repository}"
        return self._known[repository]

    def forget_unseen(self) -> None:
        """Give free the names of repositories that this run did not meet: they are not read."""
        self._known = {repository: self._known[repository] for repository in self.seen}

    def cursor(self) -> Cursor:
        """What to remember until the next run."""
        names = {str(repository): name for repository, name in sorted(self._known.items())}
        return Cursor(json.dumps({"repositories": names}))


def _names(cursor: Cursor | None) -> dict[int, str]:
    try:
        names = json.loads(cursor or "{}").get("repositories", {})
        return {int(repository): str(name) for repository, name in names.items()}
    except (ValueError, AttributeError):
        return {}
