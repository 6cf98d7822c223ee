"""The configured language model, by llama-index's class for its provider."""

import ssl
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import httpx
from pydantic import SecretStr

from index.errors import ConfigError
from service.models.failures import MISFITS, misfit
from service.models.making import knows_model, llm_class, make_llm, package, sized
from service.models.settings import LlmSettings, Provider, llm_key
from service.models.streaming import Patience, Schema, StreamingModel
from service.models.types import Message

Close = Callable[[], Coroutine[Any, Any, None]]

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_SETTING: Final = "service.answering.llm"
_NO_KEY: Final = "none"  # an empty one would be looked for in the environment
_CLASSES: Final[Mapping[Provider, str]] = {
    "openai_like": "llama_index.llms.openai_like:OpenAILike",
    "openai": "llama_index.llms.openai:OpenAI",
    "anthropic": "llama_index.llms.anthropic:Anthropic",
    "ollama": "llama_index.llms.ollama:Ollama",
}
_EXTRAS: Final[Mapping[Provider, str]] = {
    "openai_like": "'answerable[openai]'",
    "openai": "'answerable[openai]'",
    "anthropic": "'answerable[anthropic]'",
    "ollama": "'answerable[ollama]'",
}
# Said, or the environment would say where the documents go.
_ADDRESSES: Final[Mapping[Provider, str]] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "ollama": "http://localhost:11434",
}


def open_model(settings: LlmSettings) -> StreamingModel:
    """The model that the settings name; nothing is sent yet.

    Raises:
        ConfigError: its key is not in the environment, its package is not installed, or its
            arguments do not fit.
    """
    key = llm_key(settings)
    provider = settings.provider
    path, install = _CLASSES[provider], _EXTRAS[provider]
    found = llm_class(path, setting=f"{_SETTING}.provider", install=install)
    try:
        client, close = _client(settings, key)
        arguments = {**_arguments(settings, client, key), **settings.arguments}
        shown = None if provider == "ollama" else key
        problem = f"{_SETTING} does not fit {path}"
        llm = make_llm(found, arguments, shown, problem=problem)
        is_known = knows_model(llm)
        if not is_known:
            llm = make_llm(sized(found, settings.context_tokens), arguments, shown, problem=problem)
        _prepare(llm, provider, client, settings.arguments.get("default_headers"))
    except MISFITS as error:
        raise ConfigError(
            f"{_SETTING}.provider: the installed packages do not fit {_package(provider)} "
            f"({type(error).__name__}); `pip install {install}` has versions that fit"
        ) from None
    return StreamingModel(
        f"{provider}/{settings.model}",
        settings.context_tokens,
        _asking(llm, settings, key, is_known=is_known),
        Patience(settings.first_token_timeout.total_seconds(), settings.retries),
        end=close,
    )


def _client(settings: LlmSettings, key: SecretStr | None) -> tuple[object, Close]:
    """What speaks HTTP for the provider's class, and how to close it.

    The proxies of the environment are for other traffic: documents go where the settings say.
    """
    seconds = settings.timeout.total_seconds()
    trusted = _certificates()
    match settings.provider:
        case "openai_like" | "openai":
            client = httpx.AsyncClient(verify=trusted, trust_env=False, timeout=seconds)
            return client, client.aclose
        case "anthropic":
            import anthropic  # Is there with llama-index's class, and only then.

            made = anthropic.DefaultAsyncHttpxClient(
                verify=trusted, trust_env=False, timeout=seconds, follow_redirects=False
            )
            return made, made.aclose
        case "ollama":
            import ollama  # As above.

            headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
            local = ollama.AsyncClient(
                host=settings.api_base or _ADDRESSES["ollama"],
                headers=headers,
                timeout=seconds,
                trust_env=False,
                verify=trusted,
                follow_redirects=False,
            )
            if not key:  # It takes one from the environment, whatever that is for.
                local._client.headers.pop("authorization", None)
            return local, local.close


def _arguments(settings: LlmSettings, client: object, key: SecretStr | None) -> dict[str, object]:
    """What the class of the provider is made with; whatever is tried again is tried by us."""
    address = settings.api_base or _ADDRESSES.get(settings.provider)
    seconds = settings.timeout.total_seconds()
    common = {"model": settings.model, "temperature": settings.temperature}
    match settings.provider:
        case "openai_like" | "openai":
            chosen: dict[str, object] = {
                "api_base": address,
                "timeout": seconds,
                "max_retries": 0,
                "async_http_client": client,
            }
            if settings.provider == "openai_like":
                chosen |= {"is_chat_model": True, "context_window": settings.context_tokens}
            if key is None:
                chosen["api_key"] = _NO_KEY
            return common | chosen
        case "anthropic":
            return common | {"base_url": address, "timeout": seconds, "max_retries": 0}
        case "ollama":
            return common | {
                "base_url": address,
                "request_timeout": seconds,
                "context_window": settings.context_tokens,
                "async_client": client,
            }


def _prepare(llm: "LLM", provider: Provider, client: object, headers: object) -> None:
    """What the first request would do, or could not.

    The environment has headers and names of accounts for other servers: these get `headers`.
    """
    made: Any = llm
    match provider:
        case "openai_like" | "openai":
            ours = made._get_aclient()
            ours.organization = ours.project = None
            ours._custom_headers = headers or {}
            # Imports what it sends with: seconds in which the other requests would stand still.
            _ = ours.chat.completions
        case "anthropic":
            # Its class takes no client of HTTP, but has one that can be copied with another.
            made._aclient = made._aclient.copy(http_client=client)
            made._aclient._custom_headers = headers or {}
            _ = made._aclient.messages
        case "ollama":
            pass


def _asking(
    llm: "LLM", settings: LlmSettings, key: SecretStr | None, *, is_known: bool
) -> Callable[[Sequence[Message], int, Schema | None], AsyncGenerator[str, None]]:
    from llama_index.core.llms import ChatMessage

    provider = settings.provider
    # Newer models refuse any, and llama-index leaves it out for those that it knows.
    is_random = not is_known and "temperature" not in settings.model_fields_set
    left_out = {"temperature": _nothing(provider)} if is_random else {}

    async def ask(
        messages: Sequence[Message], max_tokens: int, schema: Schema | None
    ) -> AsyncGenerator[str, None]:
        held = schema if settings.is_structured else None
        chosen, arguments = _call(llm, provider, max_tokens, held)
        turns = [ChatMessage(role=one.role, content=one.content) for one in messages]
        try:
            coming = await chosen.astream_chat(turns, **arguments, **left_out)
            try:
                async for response in coming:
                    yield response.delta or ""
            finally:
                await coming.aclose()
        except MISFITS as error:
            secrets = [one.content for one in messages]
            raise misfit(
                error,
                f"{provider}/{settings.model}",
                package=_package(provider),
                install=_EXTRAS[provider],
                secrets=[*secrets, key.get_secret_value()] if key else secrets,
            ) from None

    return ask


def _call(
    llm: "LLM", provider: Provider, max_tokens: int, schema: Schema | None
) -> "tuple[LLM, dict[str, Any]]":
    """What is asked, and with which arguments of the request."""
    match provider:
        case "openai_like" | "openai":
            held = {"name": "answer", "schema": schema, "strict": True}
            form = {"response_format": {"type": "json_schema", "json_schema": held}}
            # OpenAI's newer models refuse the older name; other servers know only that.
            limit = "max_completion_tokens" if provider == "openai" else "max_tokens"
            return llm, {limit: max_tokens, **(form if schema else {})}
        case "anthropic":
            return llm, {"max_tokens": max_tokens}
        case "ollama":
            made: Any = llm
            options = {"num_predict": max_tokens, **made.additional_kwargs}
            copied = llm.model_copy(update={"additional_kwargs": options})
            return copied, {"format": schema} if schema else {}


def _nothing(provider: Provider) -> object:
    """What an argument is that the client of the provider leaves out of its request."""
    if provider == "anthropic":
        import anthropic  # Is there with llama-index's class, and only then.

        return anthropic.NOT_GIVEN
    import openai  # As above.

    return openai.NOT_GIVEN


def _package(provider: Provider) -> str:
    return package(_CLASSES[provider].partition(":")[0])


def _certificates() -> ssl.SSLContext:
    """What browsers trust, and what this machine does: a company's own authority."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context
