"""Settings of the index, and how every package reads its section of config.yaml."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import yaml
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from index.errors import ConfigError

SECTIONS = ("index", "ingest", "service", "eval", "slack_proxy")
_config_dir: ContextVar[Path] = ContextVar("config_dir")


def _from_config_dir(path: Path) -> Path:
    path = path.expanduser()
    return path if path.is_absolute() else (_config_dir.get(Path.cwd()) / path).resolve()


ConfigPath = Annotated[Path, AfterValidator(_from_config_dir)]
"""A path; a relative one counts from the folder that config.yaml is in."""


def section(name: str) -> SettingsConfigDict:
    """Model configuration of one section: frozen, unknown keys refused, environment on top."""
    return SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=f"ANSWERABLE_{name.upper()}__",
        env_nested_delimiter="__",
        validate_default=True,
    )


class Section(BaseSettings):
    """One section of config.yaml; the environment (`ANSWERABLE_INDEX__DATA_DIR=…`) wins."""

    name: ClassVar[str]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the file; no .env files, no secret folders."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @classmethod
    def load(cls, path: Path) -> Self:
        """This section of the config file at `path`.

        Raises:
            ConfigError: the file is missing or not YAML, a key is unknown, or a value is wrong.
        """
        raw = _read(path).get(cls.name) or {}
        if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
            raise ConfigError(f"{path}: {cls.name}: expected keys with values")
        with config_dir(path.resolve().parent):
            try:
                return cls(**raw)
            except ValidationError as error:
                raise ConfigError(_explain(path, cls.name, error)) from error


@contextmanager
def config_dir(path: Path) -> Iterator[None]:
    """Relative paths in settings made inside count from `path`."""
    token = _config_dir.set(path)
    try:
        yield
    finally:
        _config_dir.reset(token)


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a key said twice is an error: the first of the two would silently not count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is there twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys) or {}  # noqa: S506 - safe
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; name it with --config") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: expected sections {', '.join(SECTIONS)}")
    if unknown := sorted(set(map(str, raw)) - set(SECTIONS)):
        raise ConfigError(
            f"{path}: unknown section {unknown[0]!r}; there are {', '.join(SECTIONS)}"
        )
    return raw


def _explain(path: Path, name: str, error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in (name, *problem["loc"]))
        known = problem["type"] == "extra_forbidden"
        lines.append(f"{path}: {where}: {'unknown key' if known else problem['msg']}")
    return "\n".join(lines)


class IndexSettings(Section):
    """Where the index lives and which model reads the texts."""

    name: ClassVar[str] = "index"
    model_config = section("index")

    data_dir: ConfigPath = Path("data")
    model: str = "all-MiniLM-L6-v2"
    query_prompt: str = ""
    passage_prompt: str = ""
    max_tokens: int | None = Field(None, ge=16, le=8192)
    backend: Literal["auto", "fast", "reference"] = "auto"
    threads: int | None = Field(None, ge=1, le=256)
    chunk_tokens: int | None = Field(None, ge=16, le=8192)
    stemming: bool = True
    keep_deleted_days: int = Field(7, ge=0, le=3650)
