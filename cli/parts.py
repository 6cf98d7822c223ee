"""The composition root: from config.yaml to an open index, here or in the service."""

# Imports stand inside the functions on purpose: this is the one place that knows everything, and
# `ask` must not wait for what only `ingest` or `serve` need. Each costs 0.1 to 2 seconds.

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from cli.product import Product
from index.embedding import Embedder
from index.errors import IndexLocked
from index.settings import IndexSettings

if TYPE_CHECKING:
    from cli.reading import Reading
    from index.store import PutReport
    from ingest.report import Progress, SyncReport
    from ingest.settings import IngestSettings
    from ingest.target import Chunker
    from service import operator_schemas, schemas
    from service.asking import Unit
    from service.gaps.schemas import Dismissed, Gap, GapList
    from service.operations import Operations
    from service.parts import Parts
    from service.settings import ServiceSettings
    from service.turns import Running
    from service.webhooks import Webhooks

logger = logging.getLogger(__name__)

OpenEmbedder = Callable[[IndexSettings], Embedder]
OpenProduct = Callable[[Path, str, OpenEmbedder], AbstractContextManager[Product]]


def open_embedder(settings: IndexSettings) -> Embedder:
    """The configured model."""
    from index.embedders import open_embedder as open_configured

    return open_configured(settings)


@contextmanager
def product(config: Path, command: str, open_embedder: OpenEmbedder) -> Iterator[Product]:
    """The index opened here, or the running service that has it open.

    Raises:
        IndexLocked: another process has it, and it is no service that can be asked.
    """
    try:
        opened = OpenIndex(config, command, open_embedder)
    except IndexLocked as locked:
        from cli.remote import RunningService

        with RunningService(locked) as service:
            yield service
        return
    with opened:
        yield opened


class OpenIndex:
    """The index in this process, with what is made of it as it is needed."""

    def __init__(
        self,
        config: Path,
        command: str,
        open_embedder: OpenEmbedder,
        *,
        mend: bool = True,
        for_rebuild: bool = False,
    ) -> None:
        """Open it; see `index.store.Index`."""
        from index.lock import DirectoryLock
        from index.store import Index
        from ingest.chunking import chunker_name

        self._config = config
        self._settings = IndexSettings.load(config)
        # Loading the model takes longest: find out before it that there is something to open.
        DirectoryLock(self._settings.data_dir, command).release()
        self._embedder = open_embedder(self._settings)
        self.index = Index(
            self._settings,
            self._embedder,
            chunker=chunker_name(self._settings.chunk_tokens),
            command=command,
            mend=mend,
            for_rebuild=for_rebuild,
        )

    def __enter__(self) -> "OpenIndex":
        return self

    def __exit__(self, *_: object) -> None:
        if "_reading" in vars(self):
            self._reading.close()
        self.index.close()

    def ask(self, question: str) -> "schemas.Answer":
        """An answer for the person at this machine."""
        from service.identity.local import IDENTITY

        return self._reading.answers.ask(IDENTITY, question)

    def search(self, query: str, limit: int, by: "Unit") -> "schemas.Hits":
        """A ranking for the person at this machine."""
        from service.identity.local import IDENTITY

        return self._reading.answers.search(IDENTITY, query, limit=limit, by=by)

    def document(self, doc_id: str) -> "schemas.Document":
        """A document that the person at this machine may read."""
        from service.identity.local import IDENTITY

        return self._reading.answers.document(IDENTITY, doc_id)

    def gaps(self, since: datetime | None, min_count: int, limit: int) -> "GapList":
        """What was asked and not answered well."""
        from service.identity.local import IDENTITY

        return self._reading.gaps.gaps(IDENTITY, since=since, min_count=min_count, limit=limit)

    def gap(self, gap_id: str) -> "Gap":
        """One of them."""
        from service.identity.local import IDENTITY

        return self._reading.gaps.gap(IDENTITY, gap_id)

    def dismiss_gap(self, gap_id: str) -> "Dismissed":
        """It is listed no more."""
        from service.identity.local import IDENTITY

        return self._reading.gaps.dismiss(IDENTITY, gap_id)

    def status(self) -> "operator_schemas.Status":
        """The index and its sources as they stand."""
        return self._operations(_watch_nothing).status()

    def sync(
        self, order: "operator_schemas.SyncOrder", watch: "Callable[[Progress], None]"
    ) -> "operator_schemas.SyncReports":
        """Runs over sources."""
        return self._operations(watch).sync(order)

    def forget(self, source: str) -> "operator_schemas.Forgotten":
        """Everything of a source that is not configured any more is erased."""
        return self._operations(_watch_nothing).forget(source)

    def rebuild(self, progress: Callable[[int, int], None]) -> "PutReport":
        """Cut and index every document again."""
        return self.index.rebuild(self._chunker, progress)

    def parts(self, url: str, machine_token: str = "") -> "Parts":
        """What the service is made of, warm.

        Args:
            url: where it listens, for others to learn.
            machine_token: what they have to send, for those to learn who may read the data.
        """
        from service.parts import Parts

        reading = self._reading
        reading.audit.open()
        self._embedder.embed_query("the first is slower than those that follow")
        self.index.warm()
        operations = self._operations(_watch_nothing)
        operations.start()
        self.index.lock.announce(url, machine_token)

        def close() -> None:
            reading.close()
            if operations.stop():
                self.index.close()
            else:
                # Its writes are whole whenever the process ends; they would not be if its files
                # were closed under it.
                logger.warning("a sync did not stop in time; it ends with the process")

        return Parts(
            reading.answers,
            operations,
            self._webhooks(operations),
            close,
            reading.audit,
            reading.feedback,
            reading.gaps,
            reading.usage,
        )

    @cached_property
    def _reading(self) -> "Reading":
        from cli.reading import Reading

        return Reading(self.index, self._embedder, self._service, self._settings.data_dir)

    @cached_property
    def _service(self) -> "ServiceSettings":
        from service.settings import ServiceSettings

        return ServiceSettings.load(self._config)

    @cached_property
    def _ingest(self) -> "IngestSettings":
        from ingest.settings import IngestSettings

        return IngestSettings.load(self._config)

    @property
    def _chunker(self) -> "Chunker":
        from ingest.cutting import chunker

        return chunker(self._embedder, self._settings.chunk_tokens)

    def _operations(self, watch: "Callable[[Progress], None]") -> "Operations":
        from service.operations import ConfiguredSource, Operations

        def run(
            names: Sequence[str], order: "operator_schemas.SyncOrder", running: "Running"
        ) -> list[str]:
            def told(progress: "Progress") -> None:
                running.tell(progress)
                watch(progress)

            return [report.to_json() for report in self._sync(names, order, running, told)]

        configured = {
            name: ConfiguredSource(source.kind, source.every)
            for name, source in self._ingest.sources.items()
        }
        oldest = self._service.auth.max_permission_age
        return Operations(self.index, configured, run, self._forget_files, oldest)

    def _webhooks(self, operations: "Operations") -> "Webhooks":
        from ingest.concerned import concerned
        from service.settings import github_webhook_secret
        from service.webhooks import Webhooks

        return Webhooks(
            self.index.sources.wakeups,
            operations.wake,
            partial(concerned, self._ingest.sources),
            github_webhook_secret(),
        )

    def _sync(
        self,
        names: Sequence[str],
        order: "operator_schemas.SyncOrder",
        running: "Running",
        progress: "Callable[[Progress], None]",
    ) -> "list[SyncReport]":
        from ingest.registry import find_kind
        from ingest.sync import Mode, sync_all
        from ingest.watching import watched

        configured = {name: self._ingest.sources[name] for name in names}
        sources = [
            find_kind(source.kind).open(name, source.settings, self._work_dir)
            for name, source in configured.items()
        ]
        reports = sync_all(
            sources,
            self.index,
            chunker=self._chunker,
            settings=self._ingest,
            mode=Mode(order.dry_run, order.allow_mass_delete, running.should_stop),
            progress=progress,
        )
        if order.dry_run:
            return reports
        self.index.purge()
        return [*watched(sources, reports, self.index.sources)]

    @property
    def _work_dir(self) -> Path:
        return self._settings.data_dir / "repositories"

    def _forget_files(self, source: str) -> None:
        """What sources keep is named after them: a folder, or files with an ending."""
        for path in (self._work_dir / source, *self._work_dir.glob(f"{source}.*")):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _watch_nothing(_: "Progress") -> None:
    pass
