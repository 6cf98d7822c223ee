"""What people read in Slack, in plain English and in one place; nothing in it is of a document."""

from typing import Final

from service.errors import (
    BadQuestion,
    Busy,
    Forbidden,
    NotFound,
    NotReady,
    NotRecorded,
    RequestError,
    TooManyRequests,
)

SEARCHING: Final = "Searching the documents …"
BUSY: Final = "Many questions are being answered right now. Please ask again in a minute."
NOBODY: Final = (
    "I can answer people of this workspace only: bots, deactivated accounts and members of other "
    "workspaces get no answers here. If that is a mistake, ask an administrator of Slack."
)
GUEST: Final = "As a guest of this workspace you get answers from public documents only."
BROKEN: Final = (
    "Something went wrong here, and your question was not answered. Please ask again; if it "
    "happens again, tell whoever runs this service when it was."
)
BROKEN_PRESS: Final = (
    "Something went wrong here, and nothing was done. Please press again; if it happens again, "
    "tell whoever runs this service when it was."
)
NOT_RECORDED: Final = (
    "The answer cannot be shown now, because what is shown has to be recorded and that fails. "
    "Please tell whoever runs this service."
)
NOT_READY: Final = "The documents cannot be searched right now. Please ask again in a minute."
CANNOT_SHOW: Final = "There is an answer, but Slack did not take it. Please ask again."
EMPTY_MENTION: Final = "What would you like to know? Mention me with a question in the same line."

GONE: Final = "That answer is not kept any more. Please ask the question again."
NOT_YOURS: Final = "Only the person who asked can use these buttons. Ask the question yourself."
SHARED: Final = "Shared with this channel. Everybody in it can see the answer now."
SHARED_PART: Final = "Shared with this channel, without the parts that not everybody in it may see."
ALREADY_SHARED: Final = "You have shared this answer with this channel already."
NOTHING_TO_SHARE: Final = (
    "This answer cannot be shared here, because not everybody in this channel may see what it "
    "rests on, or because that cannot be found out. You can still read it yourself."
)
SLACK_FAILED: Final = "Slack did not take the message. Please try again in a minute."
NOT_KEPT: Final = (
    "Your feedback could not be kept: the answer is too old, or feedback is switched off."
)
THANKS_USEFUL: Final = "Thank you. Good to know that it helped."
THANKS: Final = "Thank you. It is on the list of what the documents should answer better."
PRIVATE_HERE: Final = (
    "Only you can see this: not everybody in this channel may see all of what the answer rests "
    "on. “Share” posts the parts that everybody may see."
)
FOLLOW_UP: Final = "To ask on, mention me in this thread."

SHARE: Final = "Share"
USEFUL: Final = "Helped"
WRONG: Final = "Did not help"
OUTDATED: Final = "It is outdated"
MISSING: Final = "Something is missing"
OPEN: Final = "Open in browser"
SOURCES: Final = "Sources"
NEAREST: Final = "Nearest to the question"
CUT: Final = "Shortened."
CUT_LINK: Final = "Read the whole answer"
QUOTED: Final = "Quoted from the documents, word for word."
ONLY_YOU: Final = "Only you can see this."

_EXPLAINED: Final[tuple[tuple[type[RequestError], str], ...]] = (
    (NotRecorded, NOT_RECORDED),
    (NotReady, NOT_READY),
    (Busy, NOT_READY),
    (NotFound, GONE),
    (Forbidden, NOBODY),
)


def help_text(command: str) -> str:
    """What the command can do."""
    return (
        f"`{command} how do I claim a desk for my home office?` answers from the documents that "
        "you may read, with links to where it is written. Only you see the answer.\n"
        "• *Share* posts it to the channel, as far as everybody there may see it.\n"
        "• *Helped* and *Did not help* say what you think of it; gaps are filled by that.\n"
        "• To ask on, mention me in a channel: answers in the thread know what was asked before.\n"
        f"• `{command} help` shows this."
    )


def empty(command: str) -> str:
    """There was no question."""
    return f"Type a question after {command}: `{command} how do I hand in a receipt?`"


def not_in_channel(name: str) -> str:
    """How to let us into the channel `name`, as Slack's own link to it."""
    return (
        f"I am not in {name}, so I can neither see who would read the answer nor post it. "
        "Type `/invite` and choose me, then press Share again."
    )


def explained(error: RequestError) -> str:
    """Why somebody gets no answer, and what they can do."""
    if isinstance(error, TooManyRequests):
        seconds = error.headers.get("Retry-After", "")
        wait = f"in {seconds} seconds" if seconds.isdecimal() else "in a minute"
        return f"You have asked very often in a short time. Please ask again {wait}."
    if isinstance(error, BadQuestion):
        return f"That cannot be answered: {_sentence(str(error))}"
    return next((said for kind, said in _EXPLAINED if isinstance(error, kind)), BROKEN)


def written_by(name: str) -> str:
    """Who put it into words, when it was no document."""
    return f"Written by {name} from the sources, each sentence checked against them."


def searched(documents: int, sources: str, *, is_asker: bool = True) -> str:
    """What was searched in vain."""
    count = f"{documents:,} document{'' if documents == 1 else 's'}"
    mine = ", all that you may read" if is_asker else ""
    return f"Searched: {count}{f' from {sources}' if sources else ''}{mine}."


def more_sources(count: int) -> str:
    """Sources that there is no room for."""
    return f"and {count} more"


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text}."
