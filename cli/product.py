"""What the command line asks for, of the index in this process or of a running service."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # `ask` must not wait for what only others need
    from ingest.report import Progress
    from service import operator_schemas, schemas
    from service.asking import Unit
    from service.gaps.schemas import Dismissed, Gap, GapList


class Product(Protocol):
    """What the command line asks for; the answers are those of the HTTP contract."""

    def ask(self, question: str) -> "schemas.Answer":
        """An answer with citations, or a refusal."""
        ...

    def search(self, query: str, limit: int, by: "Unit") -> "schemas.Hits":
        """A ranking."""
        ...

    def document(self, doc_id: str) -> "schemas.Document":
        """A document with its text; raises NotFound."""
        ...

    def gaps(self, since: datetime | None, min_count: int, limit: int) -> "GapList":
        """What was asked and not answered well, grouped by meaning."""
        ...

    def gap(self, gap_id: str) -> "Gap":
        """One of these; raises NotFound."""
        ...

    def dismiss_gap(self, gap_id: str) -> "Dismissed":
        """It is listed no more; raises NotFound."""
        ...

    def status(self) -> "operator_schemas.Status":
        """The index and its sources as they stand."""
        ...

    def sync(
        self, order: "operator_schemas.SyncOrder", watch: "Callable[[Progress], None]"
    ) -> "operator_schemas.SyncReports":
        """Runs over sources; `watch` hears how far they are, where that can be known."""
        ...

    def forget(self, source: str) -> "operator_schemas.Forgotten":
        """Everything of a source that is not configured any more is erased."""
        ...
