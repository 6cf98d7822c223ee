"""Settings of the audit log."""

from pydantic import BaseModel, ConfigDict, Field


class AuditSettings(BaseModel):
    """What is recorded, and for how long it is kept.

    Attributes:
        enabled: while it is, nothing is shown that could not be recorded.
        keep_days: entries are removed, a day's file at a time, when all of them are older.
        questions: whether the texts of questions are kept, too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    keep_days: int = Field(365, ge=1, le=36500)
    questions: bool = False
