"""Bodies of requests that were read before the application could, to be checked."""

from starlette.types import Message, Receive


def replaying(body: bytes, rest: Receive) -> Receive:
    """The body as one message, then what comes after it: that the other side is gone."""
    is_read = False

    async def receive() -> Message:
        nonlocal is_read
        if is_read:
            return await rest()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
