"""llama-index's LLM classes by name: imported when needed, made without showing a key."""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import SecretStr, ValidationError

from index.errors import ConfigError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


def llm_class(path: str, *, setting: str, install: str | None = None) -> "type[LLM]":
    """The class at `module:Class`.

    Args:
        path: where it is.
        setting: what named it, for messages.
        install: what to install if it is missing; None: the package that the module's name tells.

    Raises:
        ConfigError: its package is not installed, or it is none of llama-index's LLMs.
    """
    module, _, name = path.partition(":")
    try:
        # Imported only when asked for: llama-index takes seconds, its providers are extras.
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        # A missing parent is named in place of the module; else it is something that it needs.
        missing = module if module.startswith(error.name or module) else str(error.name)
        command = f"pip install {install or package(missing)}"
        raise ConfigError(f"{setting}: {missing} is not installed; `{command}`") from error
    except Exception as error:
        command = f"pip install {install or package(module)}"
        said = f"{type(error).__name__}: {error}"
        raise ConfigError(
            f"{setting}: {module} cannot be imported ({said}); `{command}` has versions that fit"
        ) from error
    from llama_index.core.llms import LLM

    if not (isinstance(found, type) and issubclass(found, LLM)):
        raise ConfigError(f"{setting}: {path} is no LLM of llama-index (a module:Class)")
    return found


def make_llm(
    llm: "type[LLM]", arguments: Mapping[str, object], key: SecretStr | None, *, problem: str
) -> "LLM":
    """One of these, with its key as `api_key`.

    Args:
        llm: the class.
        arguments: what it is made with.
        key: None: it is made without one.
        problem: begins the message if it cannot be made.

    Raises:
        ConfigError: the class does not take these arguments.
    """
    secret = {"api_key": key.get_secret_value()} if key else {}
    try:
        return llm(**arguments, **secret)
    except Exception as error:  # noqa: BLE001 - whatever the class of a provider raises
        # Neither the values nor the cause: the key may be among them.
        why = _explained(error)
        for value in secret.values():
            why = why.replace(value, "…")
    raise ConfigError(f"{problem}: {why}")


def knows_model(llm: "LLM") -> bool:
    """Whether the model is in the table that its class has of contexts, if it has one."""
    try:
        _ = llm.metadata
    except ValueError:
        return False
    return True


def sized(llm: "type[LLM]", context_tokens: int) -> "type[LLM]":
    """The class for a model that it does not know: its table is not asked, which would refuse it.

    Args:
        llm: the class.
        context_tokens: what fits into a request of the model.
    """
    from llama_index.core.llms import LLMMetadata

    def metadata(made: "LLM") -> LLMMetadata:
        name = str(getattr(made, "model", ""))
        return LLMMetadata(context_window=context_tokens, is_chat_model=True, model_name=name)

    values = {"__module__": llm.__module__, "metadata": property(metadata)}
    return type(llm.__name__, (llm,), values)


def package(module: str) -> str:
    """What has the module: `llama_index.llms.x` is in a package of its own, llama-index-llms-x."""
    names = module.split(".")
    return "-".join(names[: 3 if names[0] == "llama_index" else 1]).replace("_", "-")


def _explained(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    return f"{type(error).__name__}: {error}"
