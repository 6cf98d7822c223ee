"""Push channels of the fake Google: opened, stopped, and told to call."""

from dataclasses import dataclass, field, replace
from typing import Any

import anyio.from_thread
from starlette.requests import Request as Asked
from starlette.testclient import TestClient


class Refusal(Exception):
    """The answer is an error."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(reason)
        self.status, self.reason, self.message = status, reason, message or reason


@dataclass(frozen=True)
class Opened:
    """A channel, and how many calls it has made."""

    asked: dict[str, Any]
    resource_id: str
    drive: str
    calls: int = 0


@dataclass
class PushService:
    """Those that are open, by id, and those that were stopped.

    Attributes:
        gives: expiration in answers, whatever was asked for; None: what was asked for.
    """

    opened: dict[str, Opened] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    gives: int | None = None

    def watch(self, asked: Asked) -> dict[str, Any]:
        body = body_of(asked)
        if body.get("type") != "web_hook" or not body.get("id"):
            raise Refusal(400, "required")
        if not body.get("address", "").startswith("https://"):
            raise Refusal(400, "push.webhookUrlNotHttps")
        if body["id"] in {*self.opened, *self.stopped}:
            raise Refusal(400, "channelIdNotUnique")
        drive = asked.query_params.get("driveId", "")
        resource_id = f"log-of-{drive or 'user'}"
        self.opened[body["id"]] = Opened(body, resource_id, drive)
        expiration = str(self.gives) if self.gives is not None else body["expiration"]
        return {
            "kind": "api#channel",
            "id": body["id"],
            "resourceId": resource_id,
            "resourceUri": "https://www.googleapis.com/drive/v3/changes",
            "token": body["token"],
            "expiration": expiration,
        }

    def stop(self, asked: Asked) -> None:
        body = body_of(asked)
        channel = self.opened.get(body.get("id", ""))
        if channel is None or channel.resource_id != body.get("resourceId"):
            raise Refusal(404, "notFound")
        self.stopped.append(body["id"])
        del self.opened[body["id"]]

    def call(self, channel_id: str, sender: TestClient, state: str = "change", **other: str) -> Any:
        """Deliver, as Google does: an empty body, everything in the headers."""
        channel = self.opened[channel_id]
        number = channel.calls + 1
        self.opened[channel_id] = replace(channel, calls=number)
        headers = {
            "X-Goog-Channel-ID": channel_id,
            "X-Goog-Channel-Token": channel.asked["token"],
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(number),
            "X-Goog-Changed": "",
        }
        return sender.post(channel.asked["address"], headers=headers | other)


def body_of(asked: Asked) -> dict[str, Any]:
    """The JSON that was sent; for endpoints that are no coroutines."""
    found: dict[str, Any] = anyio.from_thread.run(asked.json)
    return found
