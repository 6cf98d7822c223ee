"""Our queries, and the fake's schema, against the schema that GitHub publishes."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from graphql.type import GraphQLInterfaceType, GraphQLObjectType

from ingest.sources.github_graphql import COMMENTS, DISCUSSIONS, EXISTS, REPLIES
from tests.fakes.github_graphql import SDL
from tests.ingest.sources.github.openapi import FIXTURES

SCHEMA = Path(FIXTURES) / "github" / "schema.graphql"
SCALARS = ("DateTime", "URI", "CommentAuthorAssociation", "DiscussionStateReason")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not SCHEMA.is_file(), reason="ANSWERABLE_FIXTURES holds no GraphQL schema"),
]


@pytest.fixture(scope="module")
def theirs() -> GraphQLSchema:
    # What GitHub publishes breaks rules of GraphQL in places that are not ours; a schema that is
    # taken as valid is not checked for them.
    return build_schema(
        SCHEMA.read_text(encoding="utf-8"), assume_valid=True, assume_valid_sdl=True
    )


@pytest.mark.parametrize("query", [DISCUSSIONS, EXISTS, COMMENTS, REPLIES])
def test_what_we_ask_is_githubs_graphql(theirs: GraphQLSchema, query: str) -> None:
    assert validate(theirs, parse(query)) == []


def test_judge_can_say_no(theirs: GraphQLSchema) -> None:
    assert validate(theirs, parse(DISCUSSIONS.replace("isAnswer ", "isTheAnswer ")))


def test_schema_of_the_fake_is_an_extract_of_githubs(theirs: GraphQLSchema) -> None:
    for name, ours in build_schema(SDL).type_map.items():
        if name.startswith("__") or not isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
            continue
        there = theirs.type_map[name]
        assert isinstance(there, GraphQLObjectType | GraphQLInterfaceType)
        for field, defined in ours.fields.items():
            kind = str(there.fields[field].type)
            for scalar in SCALARS:
                kind = kind.replace(scalar, "String")
            assert str(defined.type) == kind, (name, field)
            assert set(defined.args) <= set(there.fields[field].args), (name, field)
