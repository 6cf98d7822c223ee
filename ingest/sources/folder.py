"""A local folder, read as it stands; git tells more about it when it lies in a checkout."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import IngestError, SourceRefused, Unreadable
from ingest.settings import DocsRepoSettings
from ingest.sources.git import Git
from ingest.sources.history import last_touched
from ingest.sources.selection import Selection
from ingest.sources.tree import Entry, Listing, Place, Read, Refused, Touched, content_name


@dataclass(frozen=True, slots=True)
class _Checkout:
    """What git knows of the folder: the commit, the folder's place, contents at that commit."""

    commit: str
    prefix: str
    contents: Mapping[str, str]


class Folder:
    """The files below a folder; symbolic links are not followed.

    A link to a chosen file needs no following, one that leaves the folder must not be followed.
    """

    def __init__(self, root: Path, settings: DocsRepoSettings, selection: Selection) -> None:
        self._root = root
        self._settings = settings
        self._selection = selection
        self._checkout: _Checkout | None = None

    def listing(self) -> Listing:
        """The chosen files now, each read once for the name of its content."""
        self._require_folders()
        walk = _Walk(self._root, self._selection)
        entries = []
        for path in sorted(walk.run()):
            try:
                entries.append(Entry(path, content_name(self._read(path))))
            except Unreadable as error:
                walk.refused.append(Refused(path, str(error)))
        self._checkout = _checkout(self._root)
        return Listing(tuple(entries), tuple(walk.refused), walk.complete, cursor="")

    @contextmanager
    def reading(self, entries: Sequence[Entry]) -> Iterator[Read]:
        """A reader of these entries."""
        del entries

        def read(entry: Entry) -> bytes:
            return self._read(entry.path)

        yield read

    def touched(self, entries: Sequence[Entry]) -> Mapping[str, Touched]:
        """The last commit of files that are as committed, the file's own time for others."""
        committed = {entry.path for entry in entries if self.place(entry).exact}
        known = dict(self._commits_of(committed)) if committed else {}
        for entry in entries:
            if entry.path not in committed:
                with suppress(OSError):  # gone since it was listed: the reader says so
                    modified = (self._root / entry.path).stat().st_mtime
                    known[entry.path] = Touched(datetime.fromtimestamp(modified, UTC))
        return known

    def place(self, entry: Entry) -> Place:
        """The file at the checked-out commit, or at the remote's HEAD when it was modified."""
        checkout = self._checkout
        if checkout is None:
            return Place("HEAD", entry.path, exact=False)
        path = checkout.prefix + entry.path
        exact = checkout.contents.get(entry.path) == entry.content
        return Place(checkout.commit if exact else "HEAD", path, exact)

    def _commits_of(self, paths: set[str]) -> Mapping[str, Touched]:
        commit = self._checkout.commit if self._checkout else "HEAD"
        within = self._settings.folders or (".",)
        return last_touched(Git.around(self._root), commit, paths, within)

    def _require_folders(self) -> None:
        for folder in (self._root, *(self._root / name for name in self._settings.folders)):
            if not folder.is_dir():
                raise SourceRefused(f"there is no folder {folder}; check config.yaml")

    def _read(self, path: str) -> bytes:
        try:
            with (self._root / path).open("rb") as file:
                return file.read(self._settings.max_file_bytes + 1)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror}") from error


class _Walk:
    """Collects chosen files; remembers what could not be entered."""

    def __init__(self, root: Path, selection: Selection) -> None:
        self._root = root
        self._real_root = root.resolve()
        self._selection = selection
        self.refused: list[Refused] = []
        self.complete = True

    def run(self) -> Iterator[str]:
        pending = [""]
        while pending:
            folder = pending.pop()
            for item in self._items(folder):
                path = f"{folder}/{item.name}" if folder else item.name
                if item.is_symlink():
                    self._judge_link(path)
                elif item.is_dir(follow_symlinks=False):
                    pending += [path] if self._selection.enters(path) else []
                elif self._selection.chosen(path):
                    yield from self._regular(path, item)

    def _items(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._root / folder) as items:
                return list(items)
        except OSError as error:
            if not folder:
                raise SourceRefused(f"cannot read {self._root}: {error.strerror}") from error
            self.complete = False
            self.refused.append(Refused(f"{folder}/", f"cannot be entered: {error.strerror}"))
            return []

    def _regular(self, path: str, item: os.DirEntry[str]) -> Iterator[str]:
        if item.is_file(follow_symlinks=False):
            yield path
        else:
            self.refused.append(Refused(path, "not a regular file"))

    def _judge_link(self, path: str) -> None:
        link = self._root / path
        try:
            target = link.resolve(strict=True)
            mode = target.stat().st_mode
        except (OSError, RuntimeError):  # RuntimeError: pathlib's word for a loop before 3.13
            if self._selection.chosen(path):
                self.refused.append(Refused(path, "a symbolic link that leads nowhere"))
            return
        wanted = self._selection.allowed if stat.S_ISDIR(mode) else self._selection.chosen
        if not wanted(path):
            return
        if not target.is_relative_to(self._real_root):
            self.refused.append(Refused(path, "a symbolic link that leaves the folder"))
        elif not wanted(target.relative_to(self._real_root).as_posix()):
            self.refused.append(Refused(path, "a symbolic link to a file that is not chosen"))


def _checkout(root: Path) -> _Checkout | None:
    git = Git.around(root)
    try:
        commit = git.run("rev-parse", "--verify", "HEAD").decode().strip()
        prefix = os.fsdecode(git.run("rev-parse", "--show-prefix")).rstrip("\n")
        listed = git.run("ls-tree", "-r", "-z", commit)
    except IngestError:
        return None  # no checkout, or no git: the folder is read without its history
    contents = {}
    for line in listed.split(b"\0"):
        about, _, path = line.partition(b"\t")
        contents[os.fsdecode(path)] = about.decode().rpartition(" ")[2]
    return _Checkout(commit, prefix, contents)
