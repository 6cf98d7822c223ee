"""Documents from Google Docs: listed and followed by Drive, read by tabs and headings."""

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from index.channels import Channels
from index.types import DocId, Document, Revision
from ingest.errors import RetryLater, SourceRefused, Unreadable
from ingest.google_settings import GoogleDocsSettings
from ingest.source import Change, Checkpoint, Complete, Cursor, Delete, Skip, Unchanged, Upsert
from ingest.sources.google_channels import keep_channels
from ingest.sources.google_client import GoogleClient
from ingest.sources.google_cursor import Memory, remembered
from ingest.sources.google_document import LAYOUT, doc_id_of, exported, revision_of, walked
from ingest.sources.google_drive import DOCUMENT, Drive, DriveFile
from ingest.sources.google_errors import Denied, ServerFailed
from ingest.sources.google_log import News, read_logs
from ingest.sources.google_readers import Granted, granted
from ingest.sources.google_scope import Scope

logger = logging.getLogger(__name__)

_FAILURES_MAX: Final = 3
"""So many documents in a row at which Google fails are no matter of these documents."""

_SHAPING: Final = {"folders", "drives", "link_shared", "subject"}


def _now() -> datetime:
    return datetime.now(UTC)


class GoogleDocs:
    """Google Docs of folders, shared drives, or all that the account sees."""

    def __init__(
        self,
        name: str,
        settings: GoogleDocsSettings,
        *,
        waiting: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """Read as configured; `waiting` and `now` are other clocks in tests."""
        self._name = name
        self._settings = settings
        self._waiting = waiting
        self._now = now
        self._counters: Counter[str] = Counter()
        shaping = settings.model_dump_json(include=_SHAPING)
        self._shape = hashlib.sha256(f"{LAYOUT}\0{shaping}".encode()).hexdigest()[:32]

    @property
    def name(self) -> str:
        """The source's name in config.yaml; first part of its doc ids."""
        return self._name

    @property
    def counters(self) -> Mapping[str, int]:
        """Of the last run: `requests`, `retries` among them, and documents only `exported`."""
        return self._counters

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        """What the logs of changes say; everything where they do not say enough, or it is time."""
        with closing(GoogleClient(self._settings, self._waiting)) as client:
            self._counters = client.counters
            try:
                yield from self._changes(since, known, client)
            except Denied as denied:  # of a list or a log: what fails at one file is a Skip
                raise SourceRefused(str(denied)) from denied

    def watch(self, since: Cursor, channels: Channels) -> Sequence[str]:
        """Have Drive call us when a log grows; what did not work, in words."""
        memory = remembered(since)
        tokens = memory.tokens if memory else {}
        return keep_channels(self._name, self._settings, tokens, channels, self._now())

    def _changes(
        self, since: Cursor | None, known: Mapping[DocId, Revision], client: GoogleClient
    ) -> Iterator[Change]:
        run = _Run(self._name, self._settings, client, known, self._now())
        memory = remembered(since)
        news = self._news(memory, run) if memory else None
        if memory is None or news is None:
            yield from run.everything(self._shape)
        else:
            yield from run.only(memory, news)

    def _news(self, memory: Memory, run: "_Run") -> News | None:
        """What the logs say; None when everything has to be listed."""
        every = timedelta(days=self._settings.full_crawl_days)
        is_due = memory.crawled_at is None or self._now() - memory.crawled_at >= every
        if is_due or memory.shape != self._shape:
            return None
        if set(run.scope.corpora()) != set(memory.tokens):
            return None
        return read_logs(run.drive, memory.tokens)


@dataclass(slots=True)
class _Run:
    """One run: how files become changes, and what has to be remembered of them."""

    name: str
    settings: GoogleDocsSettings
    client: GoogleClient
    known: Mapping[DocId, Revision]
    now: datetime
    drive: Drive = field(init=False)
    scope: Scope = field(init=False)
    retry: set[str] = field(default_factory=set)
    expiring: dict[str, datetime] = field(default_factory=dict)
    failures: int = 0

    def __post_init__(self) -> None:
        self.drive = Drive(self.client, self.settings.page_size)
        self.scope = Scope(self.settings, self.drive)

    def everything(self, shape: str) -> Iterator[Change]:
        """All documents, and with a complete listing the word that these are all."""
        # Taken before the listing: what changes meanwhile is then told by the logs.
        tokens = self.scope.start_tokens()
        crawl = self.scope.crawl()
        if not crawl.documents and crawl.complete:
            raise SourceRefused(
                f"the account sees no Google Docs for the source {self.name!r}: share folders or "
                "drives with it; to take its documents out of the index, remove the source from "
                f"config.yaml and run `answerable forget {self.name} --yes`"
            )
        for file in crawl.documents.values():
            yield from self._read(file)
        if crawl.complete:
            yield Complete()
        else:
            logger.warning("the listing is not complete", extra={"source": self.name})
        crawled_at = self.now if crawl.complete else None
        yield self._checkpoint(Memory(shape, crawled_at, tokens, shortcuts=crawl.shortcuts))

    def only(self, memory: Memory, news: News) -> Iterator[Change]:
        """What changed since, what could not be read then, and what time has changed."""
        shortcuts = news.shortcuts(memory.shortcuts, self.scope)
        due = {file for file, at in memory.expiring.items() if at <= self.now}
        targets = {*memory.shortcuts.values(), *shortcuts.values()}
        named = {*news.documents, *news.gone}
        for file_id in sorted({*memory.retry, *due, *targets} - set(news.documents)):
            yield from self._look_again(file_id, set(shortcuts.values()))
            named.add(file_id)
        for file_id in sorted(news.gone - {*memory.retry, *due, *targets}):
            yield from self._gone(file_id)
        for file in news.documents.values():
            yield from self._place(file, set(shortcuts.values()))
        for file_id, at in memory.expiring.items():
            if file_id not in named:
                self.expiring[file_id] = at
        yield self._checkpoint(replace(memory, tokens=news.tokens, shortcuts=shortcuts))

    def _checkpoint(self, memory: Memory) -> Checkpoint:
        kept = replace(memory, retry=frozenset(self.retry), expiring=self.expiring)
        return Checkpoint(kept.to_cursor())

    def _look_again(self, file_id: str, targets: set[str]) -> Iterator[Change]:
        try:
            file = self.drive.file(file_id)
        except Denied as denied:
            if denied.is_gone:
                yield from self._gone(file_id)
            else:
                yield self._skip(file_id, str(denied), None)
            return
        yield from self._place(file, targets)

    def _place(self, file: DriveFile, targets: set[str]) -> Iterator[Change]:
        """Read the file if it belongs here, else take it out."""
        is_document = file.mime_type == DOCUMENT and not file.is_trashed
        if is_document and (file.file_id in targets or self.scope.contains(file)):
            yield from self._read(file)
        else:
            yield from self._gone(file.file_id)

    def _gone(self, file_id: str) -> Iterator[Change]:
        doc_id = doc_id_of(self.name, file_id)
        if doc_id in self.known:
            yield Delete(doc_id)

    def _read(self, file: DriveFile) -> Iterator[Change]:
        doc_id = doc_id_of(self.name, file.file_id)
        try:
            allowed = self._granted(file)
        except (Denied, ServerFailed) as error:
            yield self._failed(file, f"who may read it is not known: {error}", error, None)
            return
        if allowed.until:
            self.expiring[file.file_id] = allowed.until
        if self.known.get(doc_id) == revision_of(file, allowed.readers):
            yield Unchanged(doc_id)
            return
        try:
            document = self._document(file, allowed.readers)
        except (Unreadable, ServerFailed) as error:
            yield self._failed(file, str(error), error, allowed.readers)
            return
        self.failures = 0
        if document is None:
            yield Unchanged(doc_id)
        elif document.text.strip():
            yield Upsert(document)
        else:
            yield Skip(doc_id, "empty", allowed.readers)
            # It was read: what an older version said is said no more.
            yield from self._gone(file.file_id)

    def _granted(self, file: DriveFile) -> Granted:
        permissions = file.permissions
        # A listing never gives those of files in shared drives, nor those of files that the
        # account may not share.
        if permissions is None or file.drive_id:
            permissions = tuple(self.drive.permissions(file.file_id))
        return granted(
            permissions,
            now=self.now,
            link_shared=self.settings.link_shared == "readers",
            is_limited=file.is_limited,
        )

    def _document(self, file: DriveFile, readers: frozenset[str]) -> Document | None:
        """The document; None if only an export can be had, and that is the one known."""
        try:
            return walked(self.name, file, readers, self.client.document(file.file_id))
        except Denied as denied:
            if denied.is_gone:
                raise
            reason: Exception = denied
        except (Unreadable, ServerFailed) as error:
            reason = error
        self.client.counters["exported"] += 1
        logger.warning("exported", extra={"file": file.file_id, "reason": str(reason)})
        self.retry.add(file.file_id)
        revision = revision_of(file, readers, exported=True)
        if self.known.get(doc_id_of(self.name, file.file_id)) == revision:
            return None
        markdown = self.client.export(file.file_id, "text/markdown")
        return exported(self.name, file, readers, markdown)

    def _failed(
        self, file: DriveFile, reason: str, error: Exception, readers: frozenset[str] | None
    ) -> Skip:
        """One document's failure; of too many in a row made the end of the run."""
        self.failures = self.failures + 1 if isinstance(error, ServerFailed) else 0
        if self.failures >= _FAILURES_MAX:
            raise RetryLater(f"Google failed at {_FAILURES_MAX} documents in a row: {reason}")
        return self._skip(file.file_id, reason, readers)

    def _skip(self, file_id: str, reason: str, readers: frozenset[str] | None) -> Skip:
        self.retry.add(file_id)
        return Skip(doc_id_of(self.name, file_id), reason, readers)
