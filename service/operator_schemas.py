"""The HTTP contract of those who run the service: syncs and status."""

from datetime import datetime

from pydantic import Field

from service import examples
from service.schemas import Model, like


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


class SyncReport(Model):
    """One run over one source.

    `skipped` says why each document that exists has no (new) version in the index; `complete`
    that everything was listed and nothing held back; `error` why the run ended early.
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


class SyncReports(Model):
    """The runs of one order, in its order."""

    reports: list[SyncReport]


class SourceStatus(Model):
    """A source as it stands.

    `configured` is false when config.yaml names it no more: its documents stay until somebody
    takes them out. `last_run` is null when it never ran, or when an older version ran it.
    """

    source: str
    configured: bool
    documents: int
    chunks: int
    last_run: SyncReport | None


class IndexStatus(Model):
    """The index as it stands."""

    data_dir: str
    model: str
    chunker: str
    documents: int
    chunks: int
    bytes: int


class Status(Model):
    """What is in the index, and how it got there."""

    index: IndexStatus
    sources: list[SourceStatus]
    syncing: bool
