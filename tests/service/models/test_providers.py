"""Every provider streams through llama-index's class, ends at once, and fails without telling."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from service.models import failures
from service.models.opening import open_model
from service.models.settings import LlmSettings, Provider
from service.models.streaming import StreamingModel
from service.models.types import Message, ModelFailed
from tests.fakes.lying_model import LyingModel, Reply
from tests.fakes.lying_providers import LyingAnthropic, LyingOllama, failed_event
from tests.fakes.serve import serve

KEY = "a-key-that-nobody-may-see"
OTHER = "a-key-for-somebody-else"
ASKED = [Message("system", "Be brief."), Message("user", "a question nobody may log")]
WORDS = "The paid leave is 28 days a year."
PROVIDERS: tuple[Provider, ...] = ("openai_like", "openai", "anthropic", "ollama")
# None of these is in a table of llama-index.
NAMES = {"openai": "gpt-of-next-year", "anthropic": "claude-of-next-year"}
Opens = Callable[..., StreamingModel]


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.param
    return found


@pytest.fixture
def server(provider: Provider) -> Iterator[LyingModel]:
    kinds: dict[str, type[LyingModel]] = {"anthropic": LyingAnthropic, "ollama": LyingOllama}
    fake = kinds.get(provider, LyingModel)()
    fake.replies = [Reply(WORDS)]
    with serve(fake.app) as url:
        fake.url = f"{url}/v1" if provider.startswith("openai") else url
        yield fake


@pytest.fixture
def opens(
    provider: Provider, server: LyingModel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opens]:
    monkeypatch.setenv("LLM_KEY", KEY)
    made: list[StreamingModel] = []

    def make(**values: object) -> StreamingModel:
        settings = {
            "provider": provider,
            "model": NAMES.get(provider, "liar"),
            "api_base": server.url,
            "api_key_env": "LLM_KEY",
            "retries": 0,
            "first_token_timeout": timedelta(seconds=30),
            **values,
        }
        made.append(open_model(LlmSettings.model_validate(settings)))
        return made[-1]

    yield make
    for model in made:
        model.close()


def written(model: StreamingModel, seconds: float = 30.0) -> list[str]:
    return list(model.stream(ASKED, max_tokens=50, seconds=seconds))


def problem(model: StreamingModel, seconds: float = 30.0) -> ModelFailed:
    with pytest.raises(ModelFailed) as failed:
        written(model, seconds)
    assert KEY not in str(failed.value)
    assert ASKED[1].content not in str(failed.value)
    return failed.value


def test_reply_comes_whole_and_in_its_pieces(server: LyingModel, opens: Opens) -> None:
    server.replies = [Reply(WORDS, piece=5)]
    found = written(opens())

    assert "".join(found) == WORDS
    assert found[0] == WORDS[:5]


def test_request_says_the_model_the_limit_and_the_prompt(
    provider: Provider, server: LyingModel, opens: Opens
) -> None:
    written(opens())

    assert (server.requests[0]["model"], server.requests[0]["stream"]) == (
        NAMES.get(provider, "liar"),
        True,
    )
    limit = {
        "openai": '"max_completion_tokens": 50',
        "ollama": '"num_predict": 50',
    }.get(provider, '"max_tokens": 50')
    assert limit in server.prompt
    assert all(message.content in server.prompt for message in ASKED)


@pytest.mark.parametrize("provider", ["anthropic", "openai"], indirect=True)
def test_temperature_is_left_out_for_models_that_llama_index_does_not_know(
    provider: Provider, server: LyingModel, opens: Opens
) -> None:
    known = {"openai": "gpt-4o-mini", "anthropic": "claude-sonnet-4-5"}[provider]
    for values in ({}, {"temperature": 0.5}, {"model": known}):
        written(opens(**values))

    assert [one.get("temperature") for one in server.requests] == [None, 0.5, 0.0]


def test_second_reply_comes_over_the_same_model(server: LyingModel, opens: Opens) -> None:
    model = opens()

    assert "".join(written(model) + written(model)) == WORDS * 2
    assert len(server.requests) == 2


def test_closing_the_reply_ends_the_request(server: LyingModel, opens: Opens) -> None:
    server.replies = [Reply(WORDS, then="silence")]
    reply = opens().stream(ASKED, max_tokens=50, seconds=60)
    next(reply)
    reply.close()

    assert server.left.wait(5)


def test_reply_without_end_is_cut_and_the_request_ended(server: LyingModel, opens: Opens) -> None:
    server.replies = [Reply(WORDS, then="again")]

    assert problem(opens()).why == "too_long"
    assert server.left.wait(5)


def test_status_is_said_without_the_words_of_the_server(server: LyingModel, opens: Opens) -> None:
    expected = {400: "refused", 401: "refused", 429: "overloaded", 500: "failed", 529: "overloaded"}
    server.replies = [Reply(status=one, said=f"{KEY} {ASKED[1].content}") for one in expected]
    model = opens()

    for status, why in expected.items():
        found = problem(model)
        assert (found.why, f"HTTP {status}" in str(found)) == (why, True)
    assert len(server.requests) == len(expected)


def test_passing_failure_is_tried_again(server: LyingModel, opens: Opens) -> None:
    server.replies = [Reply(status=500), Reply(WORDS)]

    assert "".join(written(opens(retries=1))) == WORDS


def test_silence_is_a_timeout(server: LyingModel, opens: Opens) -> None:
    server.replies = [Reply(WORDS, then="silence")]

    assert problem(opens(), seconds=0.8).why == "timeout"
    assert server.left.wait(5)


def test_own_timeout_of_the_client_is_a_timeout(server: LyingModel, opens: Opens) -> None:
    server.replies = [Reply(WORDS, first=30)]

    assert problem(opens(timeout=timedelta(seconds=0.5))).why == "timeout"


def test_broken_connection_is_said(server: LyingModel, opens: Opens) -> None:
    server.replies = [Reply("Half a sen", then="break")]

    assert problem(opens()).why == "failed"


def test_nobody_there_is_unreachable(opens: Opens) -> None:
    assert problem(opens(api_base="http://127.0.0.1:1")).why == "unreachable"


def test_key_is_in_its_header_and_nowhere_else(
    provider: Provider, server: LyingModel, opens: Opens
) -> None:
    written(opens())

    place = ("x-api-key", KEY) if provider == "anthropic" else ("authorization", f"Bearer {KEY}")
    assert [(k, v) for k, v in server.headers[0].items() if KEY in v] == [place]
    assert KEY not in server.prompt


def test_nothing_of_the_environment_is_sent(
    provider: Provider, server: LyingModel, opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI", "ANTHROPIC", "OLLAMA"):
        for what in ("API_KEY", "AUTH_TOKEN", "ADMIN_KEY", "ORG_ID", "PROJECT_ID"):
            monkeypatch.setenv(f"{name}_{what}", OTHER)
        monkeypatch.setenv(f"{name}_CUSTOM_HEADERS", f"X-Other: {OTHER}")
    keyless = provider in ("openai_like", "ollama")
    written(opens(api_key_env=None if keyless else "LLM_KEY"))

    assert OTHER not in str(server.headers)
    assert not (keyless and KEY in str(server.headers))


@pytest.mark.parametrize("provider", ["anthropic", "openai_like", "openai"], indirect=True)
def test_headers_of_the_settings_are_sent(server: LyingModel, opens: Opens) -> None:
    written(opens(arguments={"default_headers": {"X-Team": "search"}}))

    assert server.headers[0]["x-team"] == "search"


@pytest.mark.parametrize("provider", ["anthropic"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "why"), [("overloaded_error", "overloaded"), ("api_error", "failed")]
)
def test_error_in_the_middle_of_a_good_reply_is_no_refusal(
    server: LyingModel, opens: Opens, kind: str, why: str
) -> None:
    server.replies = [Reply(raw=failed_event(kind))]

    assert problem(opens()).why == why


@pytest.mark.parametrize("provider", ["ollama"], indirect=True)
def test_error_in_a_line_of_ollama_is_said(server: LyingModel, opens: Opens) -> None:
    server.replies = [Reply(raw=f'{{"error": "{KEY}"}}\n', content_type="application/x-ndjson")]

    assert problem(opens()).why == "failed"


@pytest.mark.parametrize("provider", ["anthropic", "ollama"], indirect=True)
def test_packages_that_do_not_fit_are_said_with_what_to_install(
    provider: Provider,
    opens: Opens,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # As with a version of the provider's package that calls something in another way.
    module = pytest.importorskip(f"llama_index.llms.{provider}")
    kind = getattr(module, provider.capitalize())

    async def broken(*_: object, **__: object) -> None:
        raise TypeError("Cannot instantiate typing.Union")

    model = opens()
    monkeypatch.setattr(kind, "astream_chat", broken)
    found = problem(model)

    assert found.why == "failed"
    assert f"llama-index-llms-{provider} (TypeError): the installed packages" in str(found)
    assert f"`pip install 'answerable[{provider}]'`" in str(found)
    assert "raised TypeError: Cannot instantiate typing.Union" in caplog.text


@pytest.mark.parametrize(
    "said", [f"bad {KEY}!", f"no such field: {ASKED[1].content}", "nobody may"]
)
def test_error_that_has_a_secret_is_logged_by_its_class_alone(
    said: str, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = [ASKED[1].content, KEY]
    made = failures.misfit(
        AttributeError(said), "a/model", package="some-package", install="it", secrets=secrets
    )

    assert caplog.messages == ["a/model: some-package raised AttributeError"]
    assert said not in str(made)
