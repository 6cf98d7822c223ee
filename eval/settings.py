"""Settings of the evaluation: where indexes are kept, how intervals are drawn, who judges."""

import os
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, field_validator

from index.errors import ConfigError
from index.settings import ConfigPath, Section, section


class JudgeSettings(BaseModel):
    """A language model that is asked, with `--judge`, whether an answer is right.

    Attributes:
        llm: `module:Class` of one of llama-index's LLMs.
        arguments: what the class is made with, but for the key.
        api_key_env: the variable with the key, passed as `api_key`; None: it needs none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    llm: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    arguments: dict[str, JsonValue] = {}
    api_key_env: str | None = Field(None, min_length=1)

    @field_validator("arguments")
    @classmethod
    def _no_key(cls, arguments: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if "api_key" in arguments:
            raise ValueError("no api_key here: name the variable that has it, as api_key_env")
        return arguments

    @property
    def label(self) -> str:
        """The class and its model: all that a report may say of it."""
        model = self.arguments.get("model")
        return f"{self.llm} {model}" if model else self.llm


class EvalSettings(Section):
    """How question sets are evaluated."""

    name: ClassVar[str] = "eval"
    model_config = section("eval")

    cache: ConfigPath = Path("data/eval")
    seed: int = Field(13, ge=0)
    resamples: int = Field(2000, ge=100, le=100_000)
    latency_topics: int = Field(200, ge=1, le=100_000)
    judge: JudgeSettings | None = None


def judge_key(settings: JudgeSettings) -> SecretStr | None:
    """The judge's key, from the environment; None: it needs none.

    Raises:
        ConfigError: the variable is not set.
    """
    if settings.api_key_env is None:
        return None
    found = os.environ.get(settings.api_key_env, "")  # noqa: TID251 - secrets are read here only
    if not found:
        raise ConfigError(f"{settings.api_key_env} (eval.judge.api_key_env) is not set")
    return SecretStr(found)
