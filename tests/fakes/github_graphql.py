"""GitHub's GraphQL in the fake: the part about discussions, run by a real GraphQL engine.

The schema is our own extract. A query that names a field or an argument beyond it is refused as
GitHub would refuse it, and an answer holds what was asked for and nothing else.
"""

import json
from collections.abc import Callable
from typing import Any, Protocol

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync
from graphql.type import GraphQLObjectType
from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.github_data import FakeRepository
from tests.fakes.github_shapes import Json

_WRITTEN = """
    id: ID! url: String! body: String! createdAt: String! updatedAt: String!
    author: Actor authorAssociation: String!
"""
SDL = f"""
type Query {{
    repository(owner: String!, name: String!): Repository
    node(id: ID!): Node
}}
type Repository {{
    discussions(first: Int, after: String, orderBy: DiscussionOrder): DiscussionConnection!
    discussion(number: Int!): Discussion
}}
input DiscussionOrder {{ field: DiscussionOrderField! direction: OrderDirection! }}
enum DiscussionOrderField {{ CREATED_AT UPDATED_AT }}
enum OrderDirection {{ ASC DESC }}
interface Node {{ id: ID! }}
interface Actor {{ login: String! }}
type User implements Actor {{ login: String! }}
type Bot implements Actor {{ login: String! }}
type PageInfo {{ hasNextPage: Boolean! endCursor: String }}
type DiscussionCategory {{ name: String! isAnswerable: Boolean! }}
type Label {{ name: String! }}
type LabelConnection {{ nodes: [Label] }}
type DiscussionConnection {{ nodes: [Discussion] pageInfo: PageInfo! }}
type DiscussionCommentConnection {{ nodes: [DiscussionComment] pageInfo: PageInfo! }}
type Discussion implements Node {{
    {_WRITTEN}
    number: Int! title: String! closed: Boolean! closedAt: String stateReason: String
    answerChosenAt: String category: DiscussionCategory!
    labels(first: Int): LabelConnection
    comments(first: Int, after: String): DiscussionCommentConnection!
}}
type DiscussionComment implements Node {{
    {_WRITTEN}
    isAnswer: Boolean! isMinimized: Boolean! deletedAt: String
    replies(first: Int, after: String): DiscussionCommentConnection!
}}
"""
_MAX_FIRST = 100


class Server(Protocol):
    """What is asked of the fake GitHub around this part of it."""

    repositories: list[FakeRepository]

    def refusal(self, token: str) -> Response | None:
        """Why a credential gets no answer now; None if it gets one."""
        ...


def answer_graphql(server: Server) -> Callable[[Request], Any]:
    """The endpoint that answers queries about the server's discussions."""
    schema = _schema()

    async def answer(request: Request) -> Response:
        # GraphQL knows no anonymous callers, whatever REST allows them.
        token = request.headers.get("authorization", "").rpartition(" ")[2]
        if not token:
            said = {"message": "This endpoint requires you to be authenticated."}
            return Response(json.dumps(said), status_code=401, media_type="application/json")
        if (refusal := server.refusal(token)) is not None:
            return refusal
        asked = await request.json()
        result = graphql_sync(
            schema, asked["query"], _Root(server.repositories), variable_values=asked["variables"]
        )
        errors = [_error(error) for error in result.errors or ()]
        body: Json = {"data": result.data, **({"errors": errors} if errors else {})}
        return Response(json.dumps(body), media_type="application/json; charset=utf-8")

    return answer


class _Root:
    def __init__(self, repositories: list[FakeRepository]) -> None:
        self._repositories = repositories

    def repository(self, _info: Any, owner: str, name: str) -> "_Repository":
        wanted = f"{owner}/{name}".lower()
        for repository in self._repositories:
            if repository.full_name.lower() == wanted:
                return _Repository(repository.discussions)
        raise _not_found()

    def node(self, _info: Any, id: str) -> Json:
        for repository in self._repositories:
            for discussion in repository.discussions:
                nodes: list[Json] = [discussion, *discussion["comments"]]
                for node in nodes:
                    if node["id"] == id:
                        return node
        raise _not_found()


class _Repository:
    def __init__(self, discussions: list[Json]) -> None:
        self._discussions = discussions

    def discussions(self, _info: Any, first: int, orderBy: Json, after: str | None = None) -> Json:
        column = {"UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt"}[orderBy["field"]]
        rows = [row for row in self._discussions if not row.get("leftOut")]
        rows.sort(key=lambda row: (row[column], row["id"]), reverse=orderBy["direction"] == "DESC")
        return _connection(rows, first, after)

    def discussion(self, _info: Any, number: int) -> Json:
        for row in self._discussions:
            if row["number"] == number:
                return row
        raise _not_found()


def _connection(rows: list[Json], first: int, after: str | None) -> Json:
    if not 1 <= first <= _MAX_FIRST:
        raise GraphQLError("`first` is out of range", extensions={"type": "EXCESSIVE_PAGINATION"})
    begin = next((i + 1 for i, row in enumerate(rows) if row["id"] == after), 0)
    page = rows[begin : begin + first]
    more = begin + first < len(rows)
    return {
        "nodes": page,
        "pageInfo": {"hasNextPage": more, "endCursor": page[-1]["id"] if page else None},
    }


def _schema() -> GraphQLSchema:
    schema = build_schema(SDL)

    def inner(field: str) -> Callable[..., Json]:
        return lambda node, _info, first, after=None: _connection(node[field], first, after)

    def field(of: str, name: str) -> Any:
        kind = schema.type_map[of]
        assert isinstance(kind, GraphQLObjectType)
        return kind.fields[name]

    field("Discussion", "comments").resolve = inner("comments")
    field("DiscussionComment", "replies").resolve = inner("replies")
    return schema


def _not_found() -> GraphQLError:
    return GraphQLError("Could not resolve", extensions={"type": "NOT_FOUND"})


def _error(error: GraphQLError) -> Json:
    """As GitHub writes them: the type outside; what is wrong with a query by a code."""
    extensions = error.extensions or {}
    if "type" in extensions:
        return {"type": extensions["type"], "message": error.message}
    return {"message": error.message, "extensions": {"code": "undefinedField"}}
