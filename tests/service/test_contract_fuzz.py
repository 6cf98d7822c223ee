"""Requests made from the OpenAPI document, right ones and wrong ones, by known and unknown people.

The document is the one of a service with API keys; it is asked in this process.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.python import asgi
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from index.access import PUBLIC
from index.settings import IndexSettings
from index.store import Index
from service.answers import Answers
from service.app import MAX_BODY_BYTES, create_app
from service.gate import Gate
from service.identity.database import FILE
from service.identity.errors import WORDS
from service.identity.identify import make_identify
from service.identity.keys import Keys, Owner
from service.identity.settings import AuthSettings
from service.limits import Limits, LimitSettings
from service.operations import Operations
from service.parts import Opening, Parts
from service.webhooks import Webhooks
from tests.fakes.embedder import HashEmbedder
from tests.service.test_api import (
    FOLDER,
    PAYROLL,
    RECEIPTS,
    Runs,
    document,
    made_asking,
    put,
    quiet,
)

DAY: Final = timedelta(days=1)
ADA: Final = "ada@tallowmere.example"
OPERATOR: Final = "ops@tallowmere.example"
SECRET: Final = "correct horse battery"  # noqa: S105 - of the tests
WEBHOOKS: Final = "/v1/webhooks/"
CHECKS: Final[list[CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
KNOWN: Final = ["person", "operator"]
UNKNOWN: Final = ["nobody", "guessed", "expired", "revoked", "another way"]
BODIES: Final = {
    "no JSON": b"{",
    "no text": b"\xff\xfe{",
    "deep": b"[" * 100_000,
    "long number": b"1" * 10_000,
    "another type": b"[1]",
}

# The same requests in every run; it is no failure that few of them are right by chance.
bounded = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@dataclass(frozen=True)
class Service:
    """The service, and what some send to it as `Authorization`."""

    operations: list[APIOperation]
    session: asgi.ASGIClient
    credentials: dict[str, str]

    def headers(self, who: str) -> dict[str, str]:
        sent = self.credentials.get(who)
        return {"Authorization": sent} if sent else {}

    def v1(self) -> list[APIOperation]:
        """What one needs an identity for."""
        return [
            one
            for one in self.operations
            if one.path.startswith("/v1/") and not one.path.startswith(WEBHOOKS)
        ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")


@pytest.fixture(scope="module")
def credentials(folder: Path) -> dict[str, str]:
    now, long_ago = datetime.now(UTC), datetime(2020, 1, 1, tzinfo=UTC)

    def key(owner: Owner, at: datetime = now, *, is_revoked: bool = False) -> str:
        keys = Keys(folder / FILE, lambda: at)
        text, made = keys.create(owner, DAY)
        if is_revoked:
            keys.revoke(made.key_id)
        keys.close()
        return f"Bearer {text}"

    ada = key(Owner(ADA))
    return {
        "person": ada,
        "operator": key(Owner(OPERATOR)),
        "guessed": ada[:-4] + ("AAAA" if ada[-4:] != "AAAA" else "BBBB"),
        "expired": key(Owner(OPERATOR), long_ago),
        "revoked": key(Owner(OPERATOR), is_revoked=True),
        "another way": "Basic b3BzOm9wcw==",
    }


@pytest.fixture(scope="module")
def index(folder: Path) -> Iterator[Index]:
    with Index(IndexSettings(data_dir=folder), HashEmbedder(), chunker="whole") as index:
        put(index, document("docs:receipts.md", RECEIPTS, PUBLIC))
        put(index, document("docs:payroll.md", PAYROLL, f"user:{ADA}"))
        yield index


@pytest.fixture(scope="module")
def parts(index: Index) -> Parts:
    asking = made_asking(index, min_confidence=0.0)
    operations = Operations(index, {"docs": FOLDER, "wiki": FOLDER}, Runs())
    secret = SecretStr(SECRET)
    webhooks = Webhooks(index.sources.wakeups, operations.wake, lambda _: ["docs"], secret)
    return Parts(Answers(asking), operations, webhooks, lambda: None)


@contextmanager
def serving(
    parts: Parts | None, folder: Path, credentials: dict[str, str], limits: Limits | None = None
) -> Iterator[Service]:
    """The service as `answerable serve` makes it with keys; without parts it is not ready."""
    auth = AuthSettings(keys=True, operators=(OPERATOR,))
    identification = make_identify(auth, folder)
    opening = Opening(lambda: parts)  # type: ignore[arg-type,return-value]
    app = create_app(opening, Gate(identification, limits), has_docs=False)
    if parts:
        opening.start()
        opening.wait()
    schema = schemathesis.openapi.from_dict(app.openapi())
    operations = [found.ok() for found in schema.get_all_operations()]
    # Not entered: it would keep the application alive until the process ends.
    yield Service(operations, asgi.get_client(app), credentials)
    identification.close()


@pytest.fixture(scope="module")
def service(parts: Parts, folder: Path, credentials: dict[str, str]) -> Iterator[Service]:
    with serving(parts, folder, credentials) as service:
        yield service


def requests(operation: APIOperation) -> st.SearchStrategy[Case]:
    """Right requests, and wrong ones where there can be any: of a path, every text is right."""
    right = operation.as_strategy(GenerationMode.POSITIVE)
    if not (operation.body or operation.query):
        return right
    return right | operation.as_strategy(GenerationMode.NEGATIVE)


def asked(
    service: Service, operations: list[APIOperation], who: str, checks: list[CheckFunction] = CHECKS
) -> list[Response]:
    """What all these requests are answered, each of which is checked."""
    responses = []

    def ask(case: Case) -> None:
        response = case.call(session=service.session, headers=service.headers(who))
        responses.append(response)
        case.validate_response(response, checks=checks)

    for operation in operations:
        bounded(given(requests(operation))(ask))()
    return responses


def words(body: dict[str, Any]) -> str:
    """What a refusal says, in our shape or in that of OpenAI's API."""
    error = body["error"]
    return str(error["message"] if isinstance(error, dict) else body["detail"])


def statuses(responses: list[Response]) -> set[int]:
    return {response.status_code for response in responses}


@pytest.mark.parametrize("who", KNOWN)
def test_known_people_get_only_what_is_documented(service: Service, who: str) -> None:
    seen = statuses(asked(service, service.operations, who))

    assert {200, 400, 404, 422} <= seen
    assert (403 in seen) == (who == "person")


@pytest.mark.parametrize("who", UNKNOWN)
def test_unknown_people_get_the_same_401_everywhere(service: Service, who: str) -> None:
    responses = asked(service, service.v1(), who)

    assert statuses(responses) == {401}
    assert {words(response.json()) for response in responses} == {WORDS}


def test_health_is_for_everybody(service: Service) -> None:
    health = [one for one in service.operations if not one.path.startswith("/v1/")]

    assert [one.path for one in health] == ["/healthz", "/readyz"]
    assert statuses(asked(service, health, "nobody")) == {200}


@pytest.mark.parametrize("who", UNKNOWN)
@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_document_itself_is_for_nobody_where_people_have_identities(
    service: Service, path: str, who: str
) -> None:
    assert service.session.get(path, headers=service.headers(who)).status_code == 404


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/sync"])
def test_body_is_not_looked_at_before_it_is_known_whose_it_is(
    service: Service, path: str, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    known = service.session.post(path, body, headers=headers | service.headers("operator"))
    unknown = service.session.post(path, body, headers=headers)

    assert (known.status_code, known.json()["error"]) in [(400, "BadRequest"), (422, "BadRequest")]
    assert unknown.status_code == 401


def test_body_that_is_too_large_is_refused_as_documented(service: Service) -> None:
    headers = service.headers("operator")
    for operation in service.operations:
        if operation.method == "post" and operation.body:
            case = operation.Case(body={"question": "x" * MAX_BODY_BYTES})
            response = case.call(session=service.session, headers=headers)
            assert response.status_code == 413
            case.validate_response(response, checks=CHECKS)


@pytest.mark.parametrize("who", ["operator", "nobody"])
def test_who_has_to_wait_is_told_so_as_documented(
    parts: Parts, folder: Path, credentials: dict[str, str], who: str
) -> None:
    few = Limits(LimitSettings(asks_per_minute=1, failed_auth_per_minute=1))
    with serving(parts, folder, credentials, few) as service:
        responses = asked(service, service.v1(), who)

    assert statuses(responses[1:]) == {429}


@pytest.mark.parametrize(("who", "expected"), [("person", {400, 403, 422, 503}), ("nobody", {401})])
def test_only_known_people_are_told_that_it_is_not_ready(
    folder: Path, credentials: dict[str, str], who: str, expected: set[int]
) -> None:
    # An error of the server is what this 503 means to say.
    checks = [check for check in CHECKS if check is not not_a_server_error]
    with serving(None, folder, credentials) as service:
        # Who one is can be said before the index is open.
        needing_it = [one for one in service.v1() if one.path != "/v1/me"]
        assert statuses(asked(service, needing_it, who, checks)) == expected


@pytest.mark.parametrize("who", ["operator", "nobody"])
def test_webhooks_ask_for_their_own_proof_and_for_no_other(service: Service, who: str) -> None:
    webhooks = [one for one in service.operations if one.path.startswith(WEBHOOKS)]

    assert len(webhooks) == 2
    assert statuses(asked(service, webhooks, who)) == {401}


def test_webhooks_that_are_off_are_not_found(
    index: Index, parts: Parts, folder: Path, credentials: dict[str, str]
) -> None:
    off = replace(parts, webhooks=quiet(index, parts.operations))
    with serving(off, folder, credentials) as service:
        github = [one for one in service.operations if one.path == f"{WEBHOOKS}github"]
        assert statuses(asked(service, github, "nobody")) == {404}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
PARTS = st.sampled_from(["action", "repository", "organization", "issue", "changes", "ref"])


@bounded
@given(
    body=st.binary() | JSON.map(json.dumps) | st.dictionaries(PARTS, JSON).map(json.dumps),
    event=st.sampled_from(["push", "issues", "repository", "member", "team", "ping", "star"]),
)
def test_signed_delivery_of_anything_is_received_or_refused(
    service: Service, body: str | bytes, event: str
) -> None:
    raw = body.encode() if isinstance(body, str) else body
    signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    headers = {
        "X-Hub-Signature-256": f"sha256={signature}",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": signature,
    }
    response = service.session.post(f"{WEBHOOKS}github", raw, headers=headers)
    assert response.status_code in (202, 400)
