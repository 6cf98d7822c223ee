"""Which language model is asked, and how much of its words and time an answer may take."""

import os
from datetime import timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, model_validator

from index.errors import ConfigError
from service.identity.settings import Duration, Variable

Provider = Literal["openai_like", "openai", "anthropic", "ollama"]


class LlmSettings(BaseModel):
    """A language model that writes answers.

    Attributes:
        provider: `openai_like` is any server that speaks OpenAI's chat completions.
        model: as the server calls it.
        api_base: address of the server; None: the provider's own.
        api_key_env: the variable with the key; None: it needs none.
        context_tokens: what fits into a request, reply included.
        timeout: of a whole answer, its repair included.
        first_token_timeout: of the first sign of a reply.
        retries: how often a request is made again that failed before its first token.
        structured: whether a reply is held to a JSON schema; None: where the provider can. A
            server that refuses the schema is asked without.
        arguments: what else llama-index's class is made with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Provider = "openai_like"
    model: str = Field(min_length=1)
    api_base: str | None = Field(None, pattern=r"^https?://[^@\s]+$")
    api_key_env: Variable | None = None
    context_tokens: int = Field(8192, ge=512, le=4_000_000)
    max_answer_tokens: int = Field(700, ge=16, le=32_000)
    timeout: Duration = Field(timedelta(seconds=60), gt=timedelta(0), le=timedelta(hours=1))
    first_token_timeout: Duration = Field(
        timedelta(seconds=20), gt=timedelta(0), le=timedelta(hours=1)
    )
    retries: int = Field(1, ge=0, le=5)
    temperature: float = Field(0.0, ge=0.0, le=2.0)
    structured: bool | None = None
    arguments: dict[str, JsonValue] = {}

    @model_validator(mode="after")
    def _can_work(self) -> Self:
        if "api_key" in self.arguments:
            raise ValueError("no api_key in arguments: name the variable that has it, api_key_env")
        if self.provider == "openai_like" and self.api_base is None:
            raise ValueError("openai_like needs api_base, the address of the server")
        if self.provider in ("openai", "anthropic") and self.api_key_env is None:
            raise ValueError(f"{self.provider} needs api_key_env, the variable with the key")
        if self.max_answer_tokens * 2 > self.context_tokens:
            raise ValueError("max_answer_tokens leaves the documents too little of context_tokens")
        return self

    @property
    def is_structured(self) -> bool:
        """Whether a schema is sent with a request."""
        if self.structured is None:
            return self.provider in ("openai", "ollama")
        return self.structured


def llm_key(settings: LlmSettings) -> SecretStr | None:
    """The model's key, from the environment; None: it needs none.

    Raises:
        ConfigError: the variable is not set.
    """
    if settings.api_key_env is None:
        return None
    found = os.environ.get(settings.api_key_env, "")  # noqa: TID251 - secrets are read here only
    if not found:
        raise ConfigError(
            f"{settings.api_key_env} (service.answering.llm.api_key_env) is not set: "
            "put the key of the language model into it"
        )
    return SecretStr(found)
