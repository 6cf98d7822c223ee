"""A git repository read without a work tree: history at hand, contents only when needed."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ingest.errors import SourceRefused, Unreadable
from ingest.settings import DocsRepoSettings
from ingest.sources.git import NETWORK_SECONDS, Git, GitFailed, explain
from ingest.sources.history import last_touched
from ingest.sources.selection import Selection
from ingest.sources.tree import Entry, Listing, Place, Read, Refused, Touched

_HEAD: Final = "refs/answerable/head"
# A remote that is shallow itself must be told that we take what it has: otherwise git 2.39 with a
# filter asks it for the missing parents, in fetches that start fetches without end. Elsewhere
# this changes nothing (measured: the same objects, in the first fetch and in later ones).
_ALL_HISTORY: Final = "--depth=2147483647"
_SYMLINK: Final = "120000"
_SUBMODULE: Final = "160000"


class Clone:
    """A bare clone in the data directory; it belongs to one source and may be deleted any time.

    What changed is told by comparing blob names, not commits: right after a force push, in a
    shallow repository, and when the clone was made anew.
    """

    def __init__(self, folder: Path, settings: DocsRepoSettings, selection: Selection) -> None:
        self._folder = folder
        self._settings = settings
        self._selection = selection
        self._url = settings.git or ""
        self._git = Git.bare(folder)
        self._commit = ""

    def listing(self) -> Listing:
        """The chosen files of the branch, fetched now."""
        try:
            self._prepare()
            self._fetch()
            self._commit = self._git.run("rev-parse", f"{_HEAD}^{{commit}}").decode().strip()
            listed = self._git.run("ls-tree", "-r", "-z", "--full-tree", self._commit)
        except GitFailed as failed:
            raise explain(f"cannot read {self._url}", failed) from failed
        return self._choose(listed)

    @contextmanager
    def reading(self, entries: Sequence[Entry]) -> Iterator[Read]:
        """A reader of these entries; contents that are not here yet come in one request."""
        if entries:
            self._prefetch({entry.content for entry in entries})
        limit = self._settings.max_file_bytes
        with self._git.blobs() as blobs:

            def read(entry: Entry) -> bytes:
                try:
                    return blobs.read(entry.content, limit)
                except GitFailed as failed:
                    raise Unreadable(str(failed)) from failed

            yield read

    def touched(self, entries: Sequence[Entry]) -> Mapping[str, Touched]:
        """The last commit of each path."""
        wanted = {entry.path for entry in entries}
        return last_touched(self._git, self._commit, wanted, self._settings.folders)

    def place(self, entry: Entry) -> Place:
        """The file at the commit that was listed."""
        return Place(self._commit, entry.path, exact=True)

    def _prepare(self) -> None:
        if self._folder.exists() and self._known_url() != self._url:
            shutil.rmtree(self._folder)
        # Locks are left behind only by a git that was killed: nobody else works in here.
        for lock in [*self._folder.glob("*.lock"), *self._folder.glob("refs/**/*.lock")]:
            lock.unlink(missing_ok=True)
        if not self._folder.exists():
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            Git().run("init", "--quiet", "--bare", "--template=", "--", str(self._folder))
            self._git.run("config", "remote.origin.url", self._url)

    def _known_url(self) -> str:
        with suppress(GitFailed):
            return self._git.run("config", "--get", "remote.origin.url").decode().rstrip("\n")
        return ""

    def _fetch(self) -> None:
        wanted = f"refs/heads/{self._settings.branch}" if self._settings.branch else "HEAD"
        command = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", _ALL_HISTORY)
        where = ("origin", f"+{wanted}:{_HEAD}")
        try:
            self._git.run(*command, "--filter=blob:none", *where, seconds=NETWORK_SECONDS)
        except GitFailed as failed:
            if "filter" not in failed.said and "partial clone" not in failed.said:
                raise
            self._git.run(*command, *where, seconds=NETWORK_SECONDS)

    def _choose(self, listed: bytes) -> Listing:
        lines = [line for line in listed.split(b"\0") if line]
        files = [_parse(line) for line in lines]
        for folder in self._settings.folders:
            if not any(path.startswith(f"{folder}/") for _, _, path in files):
                raise SourceRefused(
                    f"there is no folder {folder!r} in {self._url}; check `folders` in config.yaml"
                )
        entries, refused = [], []
        for mode, sha, path in files:
            if mode == _SUBMODULE and self._selection.allowed(path):
                refused.append(Refused(path, "a submodule; make its repository a source"))
            elif mode == _SYMLINK and self._selection.chosen(path):
                refused.append(Refused(path, "a symbolic link; its target counts on its own"))
            elif self._selection.chosen(path):
                entries.append(Entry(path, sha))
        return Listing(tuple(entries), tuple(refused), complete=True, cursor=self._commit)

    def _prefetch(self, wanted: set[str]) -> None:
        """Asks for all missing contents at once, as git itself does for a single one."""
        try:
            walked = self._git.run(
                "rev-list", "--objects", "--missing=print", f"{self._commit}^{{tree}}"
            )
            missing = {line[1:] for line in os.fsdecode(walked).splitlines() if line[:1] == "?"}
            if missing & wanted:
                self._git.run(
                    *("-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags"),
                    *("--no-write-fetch-head", "--filter=blob:none", "origin", "--stdin"),
                    stdin="\n".join(sorted(missing & wanted)).encode() + b"\n",
                    seconds=NETWORK_SECONDS,
                )
        except GitFailed as failed:
            raise explain(f"cannot read {self._url}", failed) from failed


def _parse(line: bytes) -> tuple[str, str, str]:
    about, _, path = line.partition(b"\t")
    mode, _, sha = about.decode().split(" ")
    return mode, sha, os.fsdecode(path)
