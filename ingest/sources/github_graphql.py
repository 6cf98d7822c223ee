"""GitHub's GraphQL API, which alone knows discussions: what is asked, and its ways to say no."""

import json
from typing import Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

from ingest.errors import HttpRefused, RetryLater
from ingest.http import HttpClient, LimitInBody
from ingest.sources.github_discussion_models import Node

T = TypeVar("T", bound=Node)

_PAGE: Final = "pageInfo { hasNextPage endCursor }"
_WRITTEN: Final = "id url body createdAt updatedAt authorAssociation author { __typename login }"
_REPLY: Final = f"{_WRITTEN} isAnswer isMinimized deletedAt"
_REMARK: Final = f"{_REPLY} replies(first: $replies) {{ {_PAGE} nodes {{ {_REPLY} }} }}"
_DISCUSSION: Final = f"""
    {_WRITTEN} number title closed closedAt stateReason answerChosenAt
    category {{ name isAnswerable }}
    labels(first: 20) {{ nodes {{ name }} }}
    comments(first: $comments) {{ {_PAGE} nodes {{ {_REMARK} }} }}
"""

DISCUSSIONS: Final = f"""
query Discussions(
    $owner: String!, $name: String!, $first: Int!, $after: String, $comments: Int!, $replies: Int!
) {{
    repository(owner: $owner, name: $name) {{
        discussions(
            first: $first, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}
        ) {{ {_PAGE} nodes {{ {_DISCUSSION} }} }}
    }}
}}
"""
EXISTS: Final = """
query Exists($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) { discussion(number: $number) { id } }
}
"""
COMMENTS: Final = f"""
query Comments($id: ID!, $first: Int!, $after: String, $replies: Int!) {{
    node(id: $id) {{
        ... on Discussion {{
            comments(first: $first, after: $after) {{ {_PAGE} nodes {{ {_REMARK} }} }}
        }}
    }}
}}
"""
REPLIES: Final = f"""
query Replies($id: ID!, $first: Int!, $after: String) {{
    node(id: $id) {{
        ... on DiscussionComment {{
            replies(first: $first, after: $after) {{ {_PAGE} nodes {{ {_REPLY} }} }}
        }}
    }}
}}
"""

_LIMITED: Final = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
_FORBIDDEN: Final = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})


def graphql_url(api_url: str) -> str:
    """Where GraphQL is asked, given the address of the REST API beside it."""
    parts = urlsplit(api_url.rstrip("/"))
    # An Enterprise Server has `/api/v3` and `/api/graphql`, github.com has nothing before either.
    path = f"{parts.path.removesuffix('/v3')}/graphql"
    return urlunsplit(parts._replace(path=path))


class Graphql:
    """Asks by the same client as the rest: with its credential, its patience and its limits."""

    def __init__(self, client: HttpClient, api_url: str) -> None:
        self._client, self._url = client, graphql_url(api_url)

    def ask(self, query: str, model: type[T], **variables: str | int | None) -> T:
        """The answer's `data`.

        Raises:
            RetryLater: a limit, or an error inside the answer that passes.
            HttpRefused: there is no such thing (404), it is not for us (403), or the server does
                not know what we ask for (422); also when GitHub says so with status 200.
        """

        def read(body: bytes) -> T:
            answer = json.loads(body)
            if not isinstance(answer, dict):
                raise ValueError("no object")
            if errors := answer.get("errors"):
                raise _problem(errors)
            return model.model_validate(answer.get("data"))

        sent = json.dumps({"query": query, "variables": variables}).encode()
        return self._client.post(self._url, read, sent)


def _problem(errors: object) -> Exception:
    """What the errors of an answer come to; it holds half of the data at best, so none is used.

    Their messages stay out of ours: they may quote what not everybody may read.
    """
    given = errors if isinstance(errors, list) else []
    found = [error for error in given if isinstance(error, dict)]
    types = {str(error.get("type", "")).upper() for error in found}
    if types & _LIMITED:
        return LimitInBody()
    if types & _FORBIDDEN:
        return HttpRefused("GraphQL says that the discussions are not for this credential", 403)
    if "NOT_FOUND" in types:
        return HttpRefused("GraphQL does not find what is asked for", 404)
    if any(_is_about_the_query(error) for error in found):
        said = "does not know all that is asked for: say `discussions: false`, or update the server"
        return HttpRefused(f"GraphQL on this server {said}", 422)
    return RetryLater(f"GraphQL answered with errors: {', '.join(sorted(types)) or 'unnamed'}")


def _is_about_the_query(error: dict[str, object]) -> bool:
    # Old Enterprise Servers have no discussions, or fewer fields of them.
    about = error.get("extensions")
    code = about.get("code", "") if isinstance(about, dict) else ""
    return str(code) in {"undefinedField", "argumentNotAccepted", "undefinedType"}
