"""Which part of Drive a source is: whole corpora, or folders with all below them."""

from dataclasses import dataclass, field

from ingest.errors import SourceRefused
from ingest.google_settings import GoogleDocsSettings
from ingest.sources.google_drive import DOCUMENT, FOLDER, SHORTCUT, USER, Drive, DriveFile
from ingest.sources.google_errors import Denied

_FILES = f"(mimeType = '{DOCUMENT}' or mimeType = '{SHORTCUT}')"
_FILES_AND_FOLDERS = f"({_FILES} or mimeType = '{FOLDER}')"


@dataclass(slots=True)
class Crawl:
    """What a listing found.

    Attributes:
        documents: by id, those that shortcuts lead to among them.
        shortcuts: id of each shortcut to a document -> id of its target.
        complete: every list was read to its end, and Drive looked everywhere.
    """

    documents: dict[str, DriveFile] = field(default_factory=dict)
    shortcuts: dict[str, str] = field(default_factory=dict)
    complete: bool = True


class Scope:
    """Knows what belongs to the source; remembers the folders it met for one run."""

    def __init__(self, settings: GoogleDocsSettings, drive: Drive) -> None:
        self._settings = settings
        self._drive = drive
        self._is_everything = not settings.folders and not settings.drives
        self._roots: dict[str, str] | None = None
        self._corpora: tuple[str, ...] | None = None
        self._inside = dict.fromkeys(settings.folders, True)

    @property
    def has_folders(self) -> bool:
        """Whether it depends on where a file lies."""
        return bool(self._settings.folders)

    def corpora(self) -> tuple[str, ...]:
        """The corpora whose logs tell of all changes in the scope.

        Raises:
            SourceRefused: a configured folder is not there for us.
        """
        if self._corpora is None:
            found = {*self._settings.drives, *self._folder_corpora().values()}
            if self._is_everything:
                found |= {USER, *self._drive.drives()}
            self._corpora = tuple(sorted(found))
        return self._corpora

    def start_tokens(self) -> dict[str, str]:
        """Where the log of each corpus stands now.

        Raises:
            SourceRefused: a configured folder or drive is not there for us.
        """
        tokens = {}
        for corpus in self.corpora():
            try:
                tokens[corpus] = self._drive.start_token(corpus)
            except Denied as denied:
                raise _closed(corpus, denied) from denied
        return tokens

    def crawl(self) -> Crawl:
        """Everything in the scope now."""
        crawl = Crawl()
        whole = self.corpora() if self._is_everything else self._settings.drives
        for corpus in whole:
            self._list(f"trashed = false and {_FILES}", corpus, crawl)
        waiting = list(self._folder_corpora().items())
        seen = set(self._settings.folders)
        while waiting:
            folder_id, corpus = waiting.pop()
            query = f"'{folder_id}' in parents and trashed = false and {_FILES_AND_FOLDERS}"
            for folder in self._list(query, corpus, crawl):
                if folder.file_id not in seen:
                    seen.add(folder.file_id)
                    waiting.append((folder.file_id, folder.drive_id))
        self._follow(crawl)
        return crawl

    def contains(self, file: DriveFile) -> bool:
        """Whether a file that the logs name lies in the scope."""
        if self._is_everything or file.drive_id in self._settings.drives:
            return True
        return any(self._leads_inside(parent) for parent in file.parents)

    def _folder_corpora(self) -> dict[str, str]:
        if self._roots is None:
            self._roots = {folder: self._corpus_of(folder) for folder in self._settings.folders}
        return self._roots

    def _corpus_of(self, folder_id: str) -> str:
        try:
            folder = self._drive.file(folder_id)
        except Denied as denied:
            raise SourceRefused(
                f"the folder {folder_id!r} cannot be opened: share it with the account, or take "
                f"it out of `folders` in config.yaml ({denied})"
            ) from denied
        if folder.mime_type != FOLDER or folder.is_trashed:
            state = "in the trash" if folder.is_trashed else "no folder"
            raise SourceRefused(f"{folder_id!r} in `folders` is {state}")
        return folder.drive_id

    def _list(self, query: str, corpus: str, crawl: Crawl) -> list[DriveFile]:
        """Adds what is found to the crawl; gives the folders among it."""
        try:
            files, complete = self._drive.files(query, corpus)
        except Denied as denied:
            if corpus in self._settings.drives:
                raise _closed(corpus, denied) from denied
            crawl.complete = False
            return []
        crawl.complete = crawl.complete and complete
        for file in files:
            if file.is_trashed:
                continue
            if file.mime_type == DOCUMENT:
                crawl.documents[file.file_id] = file
            elif file.mime_type == SHORTCUT and file.target[1] == DOCUMENT:
                crawl.shortcuts[file.file_id] = file.target[0]
        return [file for file in files if file.mime_type == FOLDER and not file.is_trashed]

    def _follow(self, crawl: Crawl) -> None:
        """Reads the targets of shortcuts that lie elsewhere, each once."""
        for target in sorted(set(crawl.shortcuts.values()) - set(crawl.documents)):
            try:
                file = self._drive.file(target)
            except Denied:
                continue  # a shortcut may outlive its target, or lead to what is not ours to see
            if file.mime_type == DOCUMENT and not file.is_trashed:
                crawl.documents[target] = file

    def _leads_inside(self, folder_id: str) -> bool:
        """Whether the way up from a folder meets one of the configured ones."""
        way: list[str] = []
        found: bool | None = self._inside.get(folder_id)
        while found is None and folder_id not in way:
            way.append(folder_id)
            try:
                parents = self._drive.file(folder_id).parents
            except Denied:
                parents = ()
            folder_id = parents[0] if parents else ""
            found = self._inside.get(folder_id) if folder_id else False
        for met in way:
            self._inside[met] = bool(found)
        return bool(found)


def _closed(corpus: str, denied: Denied) -> SourceRefused:
    return SourceRefused(
        f"the shared drive {corpus!r} cannot be opened: make the account a member, or take it "
        f"out of `drives` in config.yaml ({denied})"
    )
