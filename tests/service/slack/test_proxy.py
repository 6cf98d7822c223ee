"""Slack before a real index: in the service itself, and through the proxy that only signs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from cli.slack_proxy import proxy_app
from index.access import PUBLIC
from index.errors import ConfigError
from index.settings import IndexSettings
from index.store import Index
from ingest.cutting import chunker
from service.answering.extractive import ExtractiveAnswerer
from service.answers import NEW, Answers
from service.app import create_app
from service.asking import Asking
from service.auditing.log import AuditLog
from service.auditing.settings import AuditSettings
from service.conversations.store import Conversations
from service.errors import BadQuestion, NotFound, NotReady, TooManyRequests
from service.gaps.schemas import Feedback
from service.gaps.store import GapStore
from service.gate import Gate
from service.identity.asserted import Assertions
from service.identity.identify import Identification, Sources
from service.identity.people import People as Files
from service.identity.settings import AuthSettings
from service.identity.types import Identity, Proven
from service.limits import Limits, LimitSettings
from service.parts import Opening, Parts
from service.retrieval import Retriever
from service.settings import ServiceSettings
from service.slack.api import router
from service.slack.desk import LocalDesk, Product
from service.slack.people import People
from service.slack.proxy_settings import SlackProxySettings
from service.slack.remote import RemoteDesk
from service.slack.running import Slack
from service.slack.settings import SlackSettings
from service.slack.types import Desk, Person
from tests.fakes.embedder import HashEmbedder
from tests.fakes.serve import serve
from tests.fakes.slack import BOT, CHANNEL, SECRET, TEAM, FakeSlack, Workspace, slack
from tests.service.answering.desk import make_document
from tests.service.syncing import Desk as Syncing
from tests.service.syncing import Told

KEY: Final = "0123456789abcdef0123456789abcdef"
ADA, BOB, EVE = "U0ADA", "U0BOB", "U0EVE"
WARRANTY: Final = "The warranty of every boat lasts seven years."
BUDGET: Final = "The budget of the secret regatta is nine thousand crowns."


@dataclass
class Company:
    """The service, Slack, and a desk between them."""

    slack: FakeSlack
    parts: Parts
    desk: Desk
    workspace: Workspace
    api: str
    audit_folder: Path

    def person(self, user: str) -> Person:
        found = self.desk.person(user, TEAM)
        assert found
        return found


@pytest.fixture(params=["in the service", "through the proxy"])
def company(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Company]:
    monkeypatch.setenv("ANSWERABLE_SLACK_SIGNING_SECRET", SECRET)
    monkeypatch.setenv("ANSWERABLE_SLACK_BOT_TOKEN", "xoxb-of-tests")
    monkeypatch.setenv("ANSWERABLE_SLACK_PROXY_SECRET", KEY)
    with ExitStack() as stack:
        fake = stack.enter_context(slack())
        for user in (ADA, BOB, EVE):
            fake.users[user] = member(user)
        fake.users[EVE]["is_restricted"] = True
        index = stack.enter_context(
            Index(IndexSettings(data_dir=tmp_path), HashEmbedder(), chunker="test")
        )
        yield made(request.param, stack, fake, index, tmp_path)


def made(how: str, stack: ExitStack, fake: FakeSlack, index: Index, folder: Path) -> Company:
    put(index, "warranty", WARRANTY, PUBLIC)
    put(index, "regatta", BUDGET, "user:u0ada@tallow.example", "user:u0bob@tallow.example")
    settings = SlackSettings(
        team_ids=(TEAM,), response_hosts=(fake.host,), api_base=f"{fake.url}/api/"
    )
    audit = AuditLog(folder / "audit", AuditSettings())
    audit.open()
    stack.callback(audit.close)
    parts, product, app, assertions = service(index, folder, audit)
    people = People(settings, SecretStr("xoxb-of-tests"))
    desk: Desk
    if how == "in the service":
        desk = LocalDesk(people, settings, product)
        app.include_router(Slack(desk, settings).router)
        url = api = stack.enter_context(serve(app))
    else:
        # The audience is an address, which is not known before the API listens.
        async def guarded(scope: Any, receive: Any, send: Any) -> None:
            await assertions[0](scope, receive, send)

        api = stack.enter_context(serve(guarded))
        guard = Assertions(SecretStr(KEY), api, 100_000)
        assertions[:] = [guard.guard(app), guard]
        proxy = SlackProxySettings(api_url=api, slack=settings, timeout=timedelta(seconds=20))
        remote = RemoteDesk(people, proxy, SecretStr(KEY))
        stack.callback(remote.close)
        desk = remote
        edge = FastAPI()
        edge.include_router(Slack(desk, settings).router)
        url = stack.enter_context(serve(edge))
    return Company(fake, parts, desk, Workspace(url, fake), api, folder / "audit")


def service(
    index: Index, folder: Path, audit: AuditLog
) -> tuple[Parts, Product, FastAPI, list[Any]]:
    """The real application, whose only credentials are assertions."""
    settings = ServiceSettings.model_validate({"answering": {"min_confidence": 0.0}})
    retriever = Retriever(index, HashEmbedder(), settings.retrieval)
    asking = Asking(index, retriever, ExtractiveAnswerer(index, settings), settings)
    gaps = GapStore(folder / "gaps.sqlite3", settings.gaps)
    answers = Answers(asking, audit, Conversations(settings.conversations), gaps)
    operations = Syncing(index, Told("issues"), Told("drive")).operations
    parts = Parts(answers, operations, None, gaps.close, audit, gaps)  # type: ignore[arg-type] # no webhooks here
    opening = Opening(lambda: parts)
    opening.start()
    opening.wait()
    late: list[Any] = []

    def prove(caller: Any) -> Proven | None:
        found: Proven | None = late[1].prove(caller) if late else None
        return found

    identification = Identification(AuthSettings(keys=True), [prove], Sources(Files()))
    limits = Limits(LimitSettings(asks_per_minute=20))
    app = create_app(opening, Gate(identification, limits))

    def count(identity: Identity) -> object:
        return limits.count_ask(identity.principal.email, identity.key_id)

    product = Product(opening.parts, lambda: asking, identification.identity_of, count)
    app.include_router(router(product.share))
    return parts, product, app, late


def put(index: Index, name: str, text: str, *readers: str) -> None:
    document = replace(make_document(text, name=name), readers=frozenset(readers))
    index.put([(document, chunker(index.embedder)(document))])


def member(user: str) -> dict[str, Any]:
    email = f"{user.lower()}@tallow.example"
    return {"id": user, "team_id": TEAM, "is_email_confirmed": True, "profile": {"email": email}}


QUESTION: Final = "What is the budget of the secret regatta?"


def test_answer_is_made_of_what_the_person_may_read(company: Company) -> None:
    for_ada = company.desk.ask(company.person(ADA), QUESTION)
    for_eve = company.desk.ask(company.person(EVE), QUESTION)

    assert "nine thousand" in for_ada.answer
    assert "regatta" not in for_eve.model_copy(update={"question": "", "standalone": ""}).answer
    assert "docs:regatta" not in for_eve.model_dump_json()


def test_guest_is_answered_from_public_documents(company: Company) -> None:
    found = company.desk.ask(company.person(EVE), "How long does the warranty of a boat last?")

    assert "seven years" in found.answer


def test_conversation_is_of_the_person_who_began_it(company: Company) -> None:
    ada, bob = company.person(ADA), company.person(BOB)
    begun = company.desk.ask(ada, QUESTION, NEW).conversation

    assert company.desk.ask(ada, "And the warranty?", begun).conversation == begun
    with pytest.raises(NotFound):
        company.desk.ask(bob, "And the warranty?", begun)


def test_question_that_is_none_is_refused_in_words(company: Company) -> None:
    with pytest.raises(BadQuestion, match="the question is empty"):
        company.desk.ask(company.person(ADA), " ")


def test_who_asks_too_often_is_told_when_to_come_back(company: Company) -> None:
    ada = company.person(ADA)
    for _ in range(20):
        company.desk.ask(ada, QUESTION)
    with pytest.raises(TooManyRequests) as refusal:
        company.desk.ask(ada, QUESTION)

    assert 0 < int(refusal.value.headers["Retry-After"]) <= 60
    assert company.desk.ask(company.person(BOB), QUESTION), "others are not held up"


def test_feedback_is_kept_for_the_persons_own_answers(company: Company) -> None:
    ada, bob = company.person(ADA), company.person(BOB)
    feedback = Feedback(answer=company.desk.ask(ada, QUESTION).answer_id, verdict="wrong")

    with pytest.raises(NotFound):
        company.desk.feedback(bob, feedback)
    company.desk.feedback(ada, feedback)

    assert company.parts.feedback
    assert [one.reason for one in company.parts.feedback.gaps()] == ["wrong"]


def test_private_answer_is_shared_among_those_who_may_read_it(company: Company) -> None:
    ada = company.person(ADA)
    given = company.desk.ask(ada, QUESTION)
    for members in ([ADA, BOB], [ADA]):
        found = company.desk.shareable(ada, given, members)
        assert found
        assert "nine thousand" in found.answer
    for strangers in ([ADA, EVE], [ADA, "U0BOT"], [], None):
        found = company.desk.shareable(ada, given, strangers)
        assert not found or "docs:regatta" not in found.model_dump_json()


def test_nobody_is_let_in_who_is_not_known(company: Company) -> None:
    company.slack.users[ADA]["deleted"] = True

    assert company.desk.person(ADA, TEAM) is None
    assert company.desk.person(BOB, "T0THEIRS") is None


def test_audit_names_the_person_and_the_way(company: Company) -> None:
    company.desk.ask(company.person(ADA), QUESTION)

    lines = "".join(path.read_text() for path in company.audit_folder.rglob("*.jsonl"))

    assert '"who":"u0ada@tallow.example"' in lines
    assert '"way":"slack"' in lines


def test_command_is_answered_to_the_one_who_asks(company: Company) -> None:
    assert company.workspace.command(ADA, QUESTION).status_code == 200

    said = company.slack.wait_for("respond")

    assert "nine thousand" in said.everything
    assert said.sent.get("response_type", "ephemeral") == "ephemeral"


def test_pressing_share_posts_for_those_who_may_read_it(company: Company) -> None:
    company.slack.members[CHANNEL] = [BOT, ADA, BOB]
    company.workspace.command(ADA, QUESTION)
    button = company.slack.wait_for("respond").buttons()["share"]

    company.workspace.press(ADA, button)

    assert "nine thousand" in company.slack.wait_for("chat.postMessage").everything


def test_pressing_share_posts_nothing_private_before_a_guest(company: Company) -> None:
    company.slack.members[CHANNEL] = [BOT, ADA, EVE]
    company.workspace.command(ADA, QUESTION)
    button = company.slack.wait_for("respond").buttons()["share"]

    company.workspace.press(ADA, button)
    company.slack.wait_for("respond", 2)

    assert all(
        "nine thousand" not in one.everything for one in company.slack.of("chat.postMessage")
    )


def test_proxy_has_no_routes_but_those_of_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(proxy_app(configured(monkeypatch))) as url:
        found = {
            path: httpx.get(f"{url}{path}").status_code
            for path in ("/healthz", "/v1/ask", "/docs", "/openapi.json", "/slack/events")
        }
        forged = httpx.post(f"{url}/slack/events", data={"command": "/ask", "text": "hi"})

    assert found == {
        "/healthz": 200,
        "/v1/ask": 404,
        "/docs": 404,
        "/openapi.json": 404,
        "/slack/events": 401,
    }
    assert forged.status_code == 401


def configured(monkeypatch: pytest.MonkeyPatch, **without: str) -> SlackProxySettings:
    monkeypatch.setenv("ANSWERABLE_SLACK_SIGNING_SECRET", SECRET)
    monkeypatch.setenv("ANSWERABLE_SLACK_BOT_TOKEN", "xoxb-of-tests")
    monkeypatch.setenv("ANSWERABLE_SLACK_PROXY_SECRET", KEY)
    for name in without:
        monkeypatch.delenv(name)
    return SlackProxySettings(
        api_url="https://answerable.example/", slack=SlackSettings(team_ids=(TEAM,))
    )


@pytest.mark.parametrize(
    "name",
    [
        "ANSWERABLE_SLACK_SIGNING_SECRET",
        "ANSWERABLE_SLACK_BOT_TOKEN",
        "ANSWERABLE_SLACK_PROXY_SECRET",
    ],
)
def test_proxy_does_not_start_without_a_secret(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        proxy_app(configured(monkeypatch, **{name: ""}))


@pytest.mark.parametrize(
    "url", ["http://answerable.example", "https://a:b@answerable.example", "https://x.example/api"]
)
def test_api_is_asked_by_https_at_an_address_without_path(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        SlackProxySettings(api_url=url, slack=SlackSettings(team_ids=(TEAM,)))


def remote(api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[RemoteDesk]:
    with serve(api) as url:
        settings = configured(monkeypatch).model_copy(update={"api_url": url})
        desk = RemoteDesk(People(settings.slack, SecretStr("x")), settings, SecretStr(KEY))
        yield desk
        desk.close()


@pytest.mark.parametrize("status", [302, 401, 403, 404, 418, 500, 502])
def test_api_that_does_not_answer_as_it_should_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    app = FastAPI()
    app.post("/v1/ask", status_code=status)(lambda: {"answer": "the secret budget"})
    for desk in remote(app, monkeypatch):
        with pytest.raises(NotReady) as refusal:
            desk.ask(Person(ADA, TEAM, "ada@tallow.example"), QUESTION)
        assert "secret" not in str(refusal.value)


def test_nobody_but_the_proxy_may_ask_who_may_read_what(company: Company) -> None:
    order = {"answer": company.desk.ask(company.person(ADA), QUESTION).model_dump(mode="json")}

    said = httpx.post(
        f"{company.api}/v1/slack/shareable", json=order | {"members": ["a@b.example"]}
    )

    assert said.status_code == 401
