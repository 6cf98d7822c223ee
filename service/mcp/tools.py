"""The tools: what each takes and gives, and how its errors are told."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult, TextContent, Tool, ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import IndexProblem
from service import schemas
from service.asking import Unit
from service.errors import RequestError
from service.refusing import refused

logger = logging.getLogger(__name__)

ASK: Final = "ask"
"""The tool that may wait for a language model."""


class Reads(Protocol):
    """What somebody can read; whoever it is was found out before."""

    def ask(self, question: str) -> schemas.Answer:
        """An answer with citations, or a refusal."""
        ...

    def search(self, query: str, limit: int, by: Unit) -> schemas.Hits:
        """A ranking."""
        ...

    def document(self, doc_id: str) -> schemas.Document:
        """One document; raises NotFound."""
        ...


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SearchArguments(_Arguments):
    """Arguments of `search`."""

    query: str = Field(description="Words or a question")
    limit: int = Field(10, ge=1, le=50, description="How many passages at most")


class AskArguments(_Arguments):
    """Arguments of `ask`."""

    question: str = Field(description="A whole question that needs no earlier one")


class DocumentArguments(_Arguments):
    """Arguments of `get_document`."""

    doc_id: str = Field(description="As `search` and `ask` give it")


@dataclass(frozen=True, slots=True)
class _Made:
    title: str
    description: str
    arguments: type[_Arguments]
    result: type[BaseModel]
    call: Callable[[Reads, Any], BaseModel]


def _search(reads: Reads, given: SearchArguments) -> schemas.Hits:
    return reads.search(given.query, given.limit, "chunk")


def _ask(reads: Reads, given: AskArguments) -> schemas.Answer:
    return reads.ask(given.question)


def _document(reads: Reads, given: DocumentArguments) -> schemas.Document:
    return reads.document(given.doc_id)


_TOOLS: Final[Mapping[str, _Made]] = {
    "search": _Made(
        "Search the documents",
        "Passages of the company's documents that fit a query, best first, each with its place and "
        "date. Only documents that this person may read.",
        SearchArguments,
        schemas.Hits,
        _search,
    ),
    ASK: _Made(
        "Ask the documents",
        "An answer from the company's documents alone: sentences with numbered citations whose "
        "quotes stand in the documents word for word. `abstained` is true where the documents do "
        "not say; then `nearest` names what comes closest.",
        AskArguments,
        schemas.Answer,
        _ask,
    ),
    "get_document": _Made(
        "Read a document",
        "The whole text of one document, with its sections and dates.",
        DocumentArguments,
        schemas.Document,
        _document,
    ),
}
_READS_ONLY: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def listed() -> list[Tool]:
    """All tools, with the shapes of what they take and give."""
    return [
        Tool(
            name=name,
            title=made.title,
            description=made.description,
            input_schema=made.arguments.model_json_schema(),
            output_schema=_output_schema(made.result),
            annotations=_READS_ONLY,
        )
        for name, made in _TOOLS.items()
    ]


def called(reads: Reads, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
    """What a tool gives, or an error that says why it gives nothing.

    Raises:
        MCPError: there is no such tool.
    """
    made = _TOOLS.get(name)
    if made is None:
        known = ", ".join(_TOOLS)
        raise MCPError(INVALID_PARAMS, f"there is no such tool; there are: {known}")
    try:
        result = made.call(reads, made.arguments.model_validate(arguments))
    except ValidationError as error:
        return _failed("BadArguments", _problems(error))
    except Exception as error:  # noqa: BLE001 - the last place that can say it in the protocol
        return _refused(name, error)
    return CallToolResult(
        content=[TextContent(type="text", text=result.model_dump_json())],
        structured_content=result.model_dump(mode="json"),
    )


def _refused(name: str, error: Exception) -> CallToolResult:
    if not isinstance(error, RequestError | IndexProblem):
        logger.error("the tool %s failed", name, exc_info=error)
    said = refused(error)[1]
    return _failed(said.error, said.detail)


def _failed(name: str, detail: str) -> CallToolResult:
    text = TextContent(type="text", text=f"{name}: {detail}")
    return CallToolResult(content=[text], is_error=True)


def _problems(error: ValidationError) -> str:
    found = error.errors(include_input=False, include_url=False)
    return "; ".join(f"{'.'.join(str(x) for x in one['loc'])}: {one['msg']}" for one in found)


def _output_schema(result: type[BaseModel]) -> dict[str, Any]:
    schema = result.model_json_schema(mode="serialization")
    schema.pop("examples", None)  # long, and clients give whole schemas to their models
    return schema
