"""Settings of the service: where it listens, how it retrieves, when it answers."""

import os
from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from index.settings import ConfigPath, Section, section
from service.auditing.settings import AuditSettings
from service.identity.settings import AuthSettings
from service.limits import LimitSettings
from service.models.settings import LlmSettings
from service.slack.settings import SlackSettings

GITHUB_WEBHOOK_SECRET: Final = "ANSWERABLE_GITHUB_WEBHOOK_SECRET"  # noqa: S105 - its name


class RetrievalSettings(BaseModel):
    """How chunks are found and ranked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"
    first_stage: int = Field(100, ge=10, le=1000)
    dense_weight: float = Field(0.6, ge=0.0, le=1.0)
    evidence: int = Field(8, ge=1, le=50)
    neighbours: int = Field(1, ge=0, le=5)
    rerank: str | None = None
    rerank_cutoff: int = Field(30, ge=2, le=200)
    stale_weight: float = Field(0.75, ge=0.0, le=1.0)


class AnsweringSettings(BaseModel):
    """When an answer is given, and how long it is.

    Attributes:
        confidence: a file that `answerable eval calibrate` wrote; None: the one that is shipped.
        max_wrong_rate: share of the given answers that may be wrong, as far as the sets that the
            confidence was fitted on tell; it decides the threshold.
        min_confidence: the threshold itself, instead.
        llm: the language model that words the answers; None: nobody does, they are sentences of
            the documents.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    confidence: ConfigPath | None = None
    max_wrong_rate: float = Field(0.5, ge=0.0, le=1.0)
    min_confidence: float | None = Field(None, ge=0.0, le=1.0)
    max_sentences: int = Field(5, ge=1, le=20)
    llm: LlmSettings | None = None


class ConversationSettings(BaseModel):
    """Bounds of what is kept in memory; what is beyond them is forgotten, the oldest first.

    Attributes:
        turns: of a conversation that a follow-up can lean on.
        per_person: conversations of one person; the one used longest ago goes.
        in_all: conversations of everybody together, likewise.
        idle_hours: after so long without a turn, a conversation is forgotten.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    turns: int = Field(10, ge=1, le=50)
    per_person: int = Field(50, ge=1, le=1000)
    in_all: int = Field(5000, ge=1, le=1_000_000)
    idle_hours: float = Field(12.0, gt=0.0, le=720.0)


class GapSettings(BaseModel):
    """What is collected of questions, and for how long it is kept.

    Attributes:
        enabled: whether anything is collected at all.
        questions: whether the texts of questions may be kept. A gap is nothing but a question, so
            without them nothing is collected, and feedback is not taken.
        keep_days: what is older is erased.
        low_confidence: answers that are less sure than this count as gaps.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    questions: bool = True
    keep_days: int = Field(180, ge=1, le=3650)
    low_confidence: float = Field(0.45, ge=0.0, le=1.0)

    @property
    def collects(self) -> bool:
        """Whether anything is kept."""
        return self.enabled and self.questions


class ServiceSettings(Section):
    """The HTTP service."""

    name: ClassVar[str] = "service"
    model_config = section("service")

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    max_question_chars: int = Field(2000, ge=10, le=20000)
    auth: AuthSettings = AuthSettings()
    audit: AuditSettings = AuditSettings()
    limits: LimitSettings = LimitSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answering: AnsweringSettings = AnsweringSettings()
    conversations: ConversationSettings = ConversationSettings()
    gaps: GapSettings = GapSettings()
    slack: SlackSettings | None = None


def github_webhook_secret() -> SecretStr | None:
    """What GitHub signs its webhooks with, from the environment; None: they are off."""
    found = os.environ.get(GITHUB_WEBHOOK_SECRET, "")  # noqa: TID251 - secrets are read here only
    return SecretStr(found) if found else None
