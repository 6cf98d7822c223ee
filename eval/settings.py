"""Settings of the evaluation: where temporary indexes are kept, and how intervals are drawn."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from index.settings import ConfigPath, Section, section


class EvalSettings(Section):
    """How question sets are evaluated."""

    name: ClassVar[str] = "eval"
    model_config = section("eval")

    cache: ConfigPath = Path("data/eval")
    seed: int = Field(13, ge=0)
    resamples: int = Field(2000, ge=100, le=100_000)
    latency_topics: int = Field(200, ge=1, le=100_000)
