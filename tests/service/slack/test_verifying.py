"""Thirty and more forged requests: each gets the same 401, and nothing behind it hears of them."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from service.slack.once import Once
from service.slack.settings import SlackSettings
from service.slack.verifying import Verification

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - of tests
NOW = 1_800_000_000
FORM = "application/x-www-form-urlencoded"
SETTINGS = SlackSettings(
    team_ids=("T0OURS",), max_body_bytes=4096, response_hosts=("hooks.slack.com", "127.0.0.1:8765")
)
COMMAND = {
    "team_id": "T0OURS",
    "user_id": "U0ADA",
    "channel_id": "C0GENERAL",
    "command": "/ask",
    "text": "how long is the warranty?",
    "response_url": "https://hooks.slack.com/commands/T0OURS/1/x",
    "trigger_id": "1.2.three",
}
EVENT = {
    "type": "event_callback",
    "team_id": "T0OURS",
    "event_id": "Ev1",
    "event": {"type": "app_mention", "user": "U0ADA", "channel": "C0GENERAL", "text": "hi"},
}
PRESS = {
    "type": "block_actions",
    "team": {"id": "T0OURS"},
    "user": {"id": "U0ADA", "team_id": "T0OURS"},
    "trigger_id": "4.5.six",
    "response_url": "https://hooks.slack.com/actions/T0OURS/1/x",
    "actions": [],
}


@dataclass(frozen=True)
class Sent:
    """A request as it comes over the wire; the headers of a signature are made unless given."""

    body: bytes = urlencode(COMMAND).encode()
    kind: str = FORM
    timestamp: str = str(NOW)
    signed: bytes | None = None
    secret: str = SECRET
    prefix: str = "v0="
    more: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()
    method: str = "POST"
    chunks: Sequence[bytes] | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        base = f"v0:{self.timestamp}:".encode() + (
            self.body if self.signed is None else self.signed
        )
        signature = hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()
        found = {
            "content-type": self.kind,
            "x-slack-request-timestamp": self.timestamp,
            "x-slack-signature": self.prefix + signature,
        }
        lines = [(k, v) for k, v in found.items() if k not in self.without] + list(self.more)
        return [(name.encode(), value.encode("latin-1")) for name, value in lines]


@dataclass
class Edge:
    """A verification, and the bodies that came through it."""

    status: int = 200
    now: float = NOW
    came: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._elapsed = lambda: self.now
        once = Once(clock=self._elapsed)
        self.verification = Verification(
            self._behind, SETTINGS, SecretStr(SECRET), once, now=self._elapsed
        )

    def get(self, sent: Sent) -> tuple[int, bytes]:
        """Status and body of the response."""
        return asyncio.run(self._get(sent))

    async def _get(self, sent: Sent) -> tuple[int, bytes]:
        chunks = list(sent.chunks if sent.chunks is not None else [sent.body])
        said: list[Message] = []

        async def receive() -> Message:
            chunk = chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

        async def send(message: Message) -> None:
            said.append(message)

        scope = {"type": "http", "method": sent.method, "path": "/slack/events"}
        await self.verification({**scope, "headers": sent.headers()}, receive, send)
        return said[0]["status"], b"".join(one.get("body", b"") for one in said)

    async def _behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.came.append((await receive())["body"])
        await PlainTextResponse("done", self.status)(scope, receive, send)


def form(**changed: str) -> bytes:
    return urlencode(COMMAND | changed).encode()


def to(url: str) -> Sent:
    return Sent(form(response_url=url))


def in_json(value: Any) -> Sent:
    return Sent(json.dumps(value).encode(), "application/json")


def pressed(value: Any) -> Sent:
    return Sent(urlencode({"payload": json.dumps(value)}).encode())


LARGE = form(text="x" * 5000)
FORGED = {
    "no signature": Sent(without=("x-slack-signature",)),
    "no timestamp": Sent(without=("x-slack-request-timestamp",)),
    "neither": Sent(without=("x-slack-signature", "x-slack-request-timestamp")),
    "signed with another secret": Sent(secret="9" * 32),
    "signed with the empty secret": Sent(secret=""),
    "signature of another body": Sent(signed=form(text="another")),
    "signature of another time": Sent(signed=b"0:" + form()),
    "another version of signatures": Sent(prefix="v1="),
    "signature without version": Sent(prefix=""),
    "signature in upper case": Sent(prefix="V0="),
    "signature with a blank": Sent(prefix="v0= "),
    "signature that is no ASCII": Sent(prefix="v0=\xe9"),
    "stale": Sent(timestamp=str(NOW - 301)),
    "from the future": Sent(timestamp=str(NOW + 301)),
    "timestamp nan": Sent(timestamp="nan"),
    "timestamp infinity": Sent(timestamp="inf"),
    "timestamp with a sign": Sent(timestamp=f"+{NOW}"),
    "timestamp with underscores": Sent(timestamp="1_800_000_000"),
    "timestamp in other digits": Sent(timestamp="\xb2"),
    "timestamp of a thousand digits": Sent(timestamp="1" * 1000),
    "empty timestamp": Sent(timestamp=""),
    "two signatures": Sent(more=(("X-Slack-Signature", "v0=" + "0" * 64),)),
    "two timestamps": Sent(more=(("x-slack-request-timestamp", str(NOW)),)),
    "two content types": Sent(more=(("content-type", "application/json"),)),
    "two lengths": Sent(more=(("content-length", "5"), ("content-length", "6"))),
    "length that is no number": Sent(more=(("content-length", "-5"),)),
    "too long, and says so": Sent(LARGE, more=(("content-length", str(len(LARGE))),)),
    "too long, and does not say so": Sent(LARGE),
    "too long in chunks": Sent(LARGE, chunks=[LARGE[i : i + 500] for i in range(0, 5000, 500)]),
    "compressed": Sent(more=(("content-encoding", "gzip"),)),
    "GET": Sent(method="GET"),
    "PUT": Sent(method="PUT"),
    "multipart": Sent(kind="multipart/form-data; boundary=x"),
    "plain text": Sent(kind="text/plain"),
    "no content type": Sent(without=("content-type",)),
    "form said to be JSON": Sent(kind="application/json"),
    "JSON said to be a form": Sent(json.dumps(EVENT).encode()),
    "empty": Sent(b""),
    "not UTF-8": Sent(form() + b"&x=\xff"),
    "not UTF-8 when decoded": Sent(form() + b"&x=%ff"),
    "null characters": Sent(form(text="a\0b")),
    "field twice": Sent(form() + b"&team_id=T0OURS"),
    "payload beside fields": Sent(form(payload=json.dumps(PRESS))),
    "too many fields": Sent(urlencode({f"a{i}": "1" for i in range(200)}).encode()),
    "workspace of others": Sent(form(team_id="T0THEIRS")),
    "no workspace": Sent(form(team_id="")),
    "event of others": in_json(EVENT | {"team_id": "T0THEIRS"}),
    "press in a workspace of others": pressed(PRESS | {"team": {"id": "T0THEIRS"}}),
    "press by a member of others": pressed(PRESS | {"user": {"id": "U", "team_id": "T0THEIRS"}}),
    "press of nobody": pressed(PRESS | {"team": None, "user": None}),
    "payload that is a list": pressed([PRESS]),
    "payload that is no JSON": Sent(b"payload=%7B"),
    "payload with a field twice": Sent(b'payload={"team_id":"T0OURS","team_id":"T0THEIRS"}'),
    "payload with NaN": Sent(b'payload={"team_id":"T0OURS","x":NaN}'),
    "payload of endless depth": Sent(b"payload=" + b"[" * 4000),
    "press answered elsewhere": pressed(PRESS | {"response_url": "https://evil.example/"}),
    "one of many answered elsewhere": pressed(
        PRESS | {"response_urls": [{"response_url": "https://evil.example/"}]}
    ),
    "answers that are no list": pressed(PRESS | {"response_urls": "https://evil.example/"}),
    "answered elsewhere": to("https://evil.example/commands/T0OURS/1/x"),
    "answered below a known name": to("https://hooks.slack.com.evil.example/x"),
    "answered before a known name": to("https://evil-hooks.slack.com/x"),
    "answered with a user name": to("https://hooks.slack.com@evil.example/x"),
    "answered as somebody": to("https://user:pass@hooks.slack.com/x"),
    "answered at another port": to("https://hooks.slack.com:8443/x"),
    "answered at the same port, said aloud": to("https://hooks.slack.com:443/x"),
    "answered at a port that is none": to("https://hooks.slack.com:x/x"),
    "answered in the clear": to("http://hooks.slack.com/x"),
    "answered by file": to("file://hooks.slack.com/x"),
    "answered with a backslash": to("https://evil.example\\@hooks.slack.com/x"),
    "answered with a line break": to("https://hooks.slack.com/x\r\nHost: evil.example"),
    "answered in capitals": to("https://HOOKS.SLACK.COM/x"),
    "answered to a foreign letter": to("https://hooks.\u017flack.com/x"),
    "answered to this machine": to("http://127.0.0.1:9999/x"),
    "answered to no host": to("https:///x"),
    "challenge that is none": in_json({"type": "url_verification", "challenge": {"a": 1}}),
    "probe with more in it": Sent(b"ssl_check=1&command=/ask", without=("x-slack-signature",)),
}


@pytest.mark.parametrize("sent", FORGED.values(), ids=FORGED.keys())
def test_forged_request_changes_and_reveals_nothing(sent: Sent) -> None:
    edge = Edge()
    expected = Edge().get(FORGED["no signature"])

    said = edge.get(sent)

    assert edge.came == []
    assert said == expected
    assert said[0] == 401
    assert edge.get(Sent()) == (200, b"done"), "what Slack really sends still comes through"


@pytest.mark.parametrize(
    "sent",
    [Sent(), in_json(EVENT), pressed(PRESS), to("http://127.0.0.1:8765/x"), Sent(form(text=""))],
    ids=["command", "event", "press", "answered to the server of a test", "empty question"],
)
def test_what_slack_signed_comes_through_unchanged(sent: Sent) -> None:
    edge = Edge()

    assert edge.get(sent) == (200, b"done")
    assert edge.came == [sent.body]


@pytest.mark.parametrize("late", [-299, 299])
def test_clocks_may_differ_by_five_minutes(late: int) -> None:
    assert Edge().get(Sent(timestamp=str(NOW + late))) == (200, b"done")


def test_body_in_chunks_is_one_body() -> None:
    edge, body = Edge(), form()

    assert edge.get(Sent(body, chunks=[body[:5], b"", body[5:]])) == (200, b"done")
    assert edge.came == [body]


def test_the_same_request_again_is_acknowledged_and_runs_once() -> None:
    edge = Edge()

    assert [edge.get(Sent())[0] for _ in range(3)] == [200, 200, 200]
    assert len(edge.came) == 1


@pytest.mark.parametrize("sent", [Sent(), in_json(EVENT), pressed(PRESS)])
def test_what_slack_sends_again_with_a_new_signature_runs_once(sent: Sent) -> None:
    edge = Edge()
    edge.get(sent)
    edge.now += 60

    again = replace(sent, timestamp=str(NOW + 60), more=(("x-slack-retry-num", "1"),))

    assert edge.get(again) == (200, b"")
    assert len(edge.came) == 1


def test_another_request_runs() -> None:
    edge = Edge()
    edge.get(Sent())

    edge.get(Sent(form(trigger_id="another")))

    assert len(edge.came) == 2


def test_request_that_failed_here_runs_when_it_comes_again() -> None:
    edge = Edge(status=503)
    edge.get(in_json(EVENT))
    edge.status = 200

    assert edge.get(in_json(EVENT)) == (200, b"done")


def test_forged_request_does_not_use_up_the_real_one() -> None:
    edge = Edge()
    edge.get(Sent(secret="9" * 32))

    assert edge.get(Sent()) == (200, b"done")


def test_slack_is_told_its_challenge_and_nothing_runs() -> None:
    edge = Edge()

    said = edge.get(in_json({"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"}))

    assert said == (200, b'{"challenge":"3eZbrw1aB"}')
    assert edge.came == []


def test_probe_of_our_certificate_is_answered_and_nothing_runs() -> None:
    edge = Edge()
    unsigned = ("x-slack-signature", "x-slack-request-timestamp")

    assert edge.get(Sent(b"ssl_check=1&token=abc", without=unsigned)) == (200, b"")
    assert edge.came == []


def test_company_of_many_workspaces_can_be_named_as_a_whole() -> None:
    edge = Edge()
    settings = SlackSettings(team_ids=("E0COMPANY",))
    edge.verification = Verification(edge._behind, settings, SecretStr(SECRET), Once(), lambda: NOW)

    body = form(team_id="T0BRANCH", enterprise_id="E0COMPANY")

    assert edge.get(Sent(body)) == (200, b"done")
    assert edge.get(Sent(form(team_id="T0BRANCH", trigger_id="y")))[0] == 401


def test_what_was_seen_is_forgotten_after_ten_minutes_and_when_there_is_too_much() -> None:
    time = 0.0
    once = Once(clock=lambda: time, most_kept=2)
    assert once.take("a")
    assert not once.take("a", "b"), "one of them was there"
    time = 601.0
    assert once.take("a")
    assert once.take("c")
    assert once.take("d")
    assert once.take("a"), "only two are kept"
