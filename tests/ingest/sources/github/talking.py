"""Reading discussions in tests."""

from typing import Any

from tests.ingest.sources.github.reading import Reading, upserted


def doc(number: int) -> str:
    return f"gh:acme/tool/discussions/{number}"


def read(reader: Reading, **settings: Any) -> list[str]:
    return upserted(reader.run(discussions=True, **settings))


def asked_graphql(reader: Reading) -> int:
    return sum(request.path.endswith("/graphql") for request in reader.asked)
