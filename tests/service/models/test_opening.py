"""Settings of a model that cannot work are refused before anything is asked."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from index.errors import ConfigError
from service.models.making import llm_class
from service.models.opening import open_model
from service.models.settings import LlmSettings

ROOT = Path(__file__).parents[3]
KEY = "a-key-that-nobody-may-see"
HERE = "http://127.0.0.1:1/v1"


def settings(**values: object) -> LlmSettings:
    return LlmSettings.model_validate({"model": "some-model", "api_base": HERE, **values})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"api_base": None}, "needs api_base"),
        ({"provider": "openai"}, "needs api_key_env"),
        ({"provider": "anthropic"}, "needs api_key_env"),
        ({"provider": "somebody"}, "Input should be"),
        ({"arguments": {"api_key": KEY}}, "no api_key in arguments"),
        ({"api_base": "http://name:secret@host"}, "String should match"),
        ({"api_base": "ftp://host"}, "String should match"),
        ({"context_tokens": 1000, "max_answer_tokens": 600}, "too little of context_tokens"),
        ({"timeout": "soon"}, "is no time"),
        ({"tempo": 1}, "Extra inputs"),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**values)


def test_missing_key_is_said_by_its_variable() -> None:
    with pytest.raises(ConfigError, match=r"NO_SUCH_KEY .* is not set"):
        open_model(settings(api_key_env="NO_SUCH_KEY"))


def test_missing_package_is_said_with_what_to_install() -> None:
    with pytest.raises(ConfigError, match=r"`pip install 'answerable\[openai\]'`"):
        llm_class("llama_index.llms.nobody:It", setting="here", install="'answerable[openai]'")


def test_arguments_that_do_not_fit_are_said_without_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LLM_KEY", KEY)
    with pytest.raises(ConfigError, match="does not fit") as refused:
        open_model(settings(api_key_env="LLM_KEY", arguments={"context_window": "many"}))

    assert KEY not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("provider", ["openai_like", "openai", "anthropic", "ollama"])
def test_every_provider_can_be_opened(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_KEY", KEY)
    names = {"openai": "gpt-4o-mini", "anthropic": "claude-3-5-haiku-latest"}
    name = names.get(provider, "qwen3-8b")
    model = open_model(settings(provider=provider, model=name, api_key_env="LLM_KEY"))

    assert model.name == f"{provider}/{name}"
    assert model.context_tokens == 8192
    model.close()


def test_settings_and_the_module_are_light() -> None:
    script = "import sys, service.models.opening; print('llama_index' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_tokens_are_estimated_from_above() -> None:
    model = open_model(settings())

    assert model.count_tokens("") == 0
    assert model.count_tokens("The quick brown fox.") >= 5
    assert model.count_tokens("2026-11-22") == 10
    assert model.count_tokens("信任") >= 2
    assert model.count_tokens("x" * 1000) >= 400
    model.close()
