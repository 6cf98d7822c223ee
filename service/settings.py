"""Settings of the service: where it listens, how it retrieves, when it answers."""

import os
from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from index.settings import ConfigPath, Section, section
from service.auditing.settings import AuditSettings
from service.identity.settings import AuthSettings
from service.limits import LimitSettings

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


class AnsweringSettings(BaseModel):
    """When an answer is given, and how long it is.

    Attributes:
        confidence: a file that `answerable eval calibrate` wrote; None: the one that is shipped.
        max_wrong_rate: share of the given answers that may be wrong, as far as the sets that the
            confidence was fitted on tell; it decides the threshold.
        min_confidence: the threshold itself, instead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    confidence: ConfigPath | None = None
    max_wrong_rate: float = Field(0.6, ge=0.0, le=1.0)
    min_confidence: float | None = Field(None, ge=0.0, le=1.0)
    max_sentences: int = Field(5, ge=1, le=20)


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


def github_webhook_secret() -> SecretStr | None:
    """What GitHub signs its webhooks with, from the environment; None: they are off."""
    found = os.environ.get(GITHUB_WEBHOOK_SECRET, "")  # noqa: TID251 - secrets are read here only
    return SecretStr(found) if found else None
