"""The HTTP contract of those who run the service: syncs and status."""

from datetime import datetime

from pydantic import Field

from service import examples
from service.shapes import Model, like


class SyncOrder(Model):
    """Which sources to read, and how."""

    model_config = like(examples.SYNC)

    sources: list[str] | None = Field(None, description="Names from config.yaml; null: all")
    dry_run: bool = Field(False, description="Write nothing, give the plan")
    allow_mass_delete: bool = Field(False, description="Delete however many are gone")


class Plan(Model):
    """What a dry run would have done, by doc_id."""

    added: list[str]
    changed: list[str]
    deleted: list[str]


class Held(Model):
    """A document that has no (new) version in the index: why, since when, in how many runs."""

    reason: str
    since: datetime
    runs: int


class SyncReport(Model):
    """One run over one source.

    `skipped` says why each document that exists has no (new) version in the index, `held` the
    same with what earlier runs know of it; `complete` that everything was listed and nothing held
    back; `error` why the run ended early; `counters` what the source counted, such as requests;
    `notes` what a person should know although nothing is missing in the index, `cleaned` how much
    of what kind was taken out of documents because people do not see it.
    """

    source: str
    started_at: datetime
    finished_at: datetime
    listed: int
    indexed: int
    unchanged: int
    deleted: int
    skipped: dict[str, str]
    chunks: int
    embedded: int
    complete: bool
    error: str | None
    seconds: dict[str, float]
    plan: Plan | None
    retry_after_seconds: float | None = None
    counters: dict[str, int] = Field(default_factory=dict)
    held: dict[str, Held] = Field(default_factory=dict)
    last_success_at: datetime | None = None
    notes: list[str] = Field(default_factory=list)
    cleaned: dict[str, int] = Field(default_factory=dict)


class SyncReports(Model):
    """The runs of one order, in its order."""

    reports: list[SyncReport]


class Queued(Model):
    """A source that will be read as soon as no other is; `GET /v1/status` shows how it goes."""

    source: str


class Received(Model):
    """A webhook that was received: whether it leads to syncs, and of which sources."""

    handled: bool
    sources: list[str]


class Forgotten(Model):
    """A source of which nothing is left, and how many documents were erased."""

    source: str
    documents: int


class RunningNow(Model):
    """How far the sync is that goes on; how much there is to do is not known before the end."""

    started_at: datetime
    listed: int
    indexed: int
    skipped: int
    chunks: int


class SourceStatus(Model):
    """A source as it stands.

    `configured` is false when config.yaml names it no more: its documents stay until somebody
    takes them out. `last_run` is null when it never ran, or when an older version ran it;
    `every_seconds` when it is only read on demand; `next_run_at` when nothing is planned;
    `lag_seconds` is the time since the last run that ended without an error; `withheld` says that
    its readers are not believed, so that nobody gets more than what is public, or not even that:
    `withheld_because` says which, and why.
    """

    source: str
    kind: str | None
    configured: bool
    documents: int
    chunks: int
    every_seconds: float | None
    next_run_at: datetime | None
    running: RunningNow | None
    last_success_at: datetime | None
    lag_seconds: float | None
    error: str | None
    last_run: SyncReport | None
    withheld: bool = False
    withheld_because: str | None = None


class IndexStatus(Model):
    """The index as it stands."""

    data_dir: str
    model: str
    chunker: str
    documents: int
    chunks: int
    bytes: int


class Status(Model):
    """What is in the index, and how it got there.

    `problems`: what is wrong with the ways to find out who asks.
    """

    index: IndexStatus
    sources: list[SourceStatus]
    syncing: bool
    problems: tuple[str, ...] = ()
