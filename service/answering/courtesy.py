"""Questions that are none: greetings, thanks, and what is asked of the service itself."""

import re
import unicodedata
from typing import Final

from service.answering.types import Answer

COURTESY: Final = (
    "Ask here what you would look up in the documents, as a whole question such as “Who approves "
    "a new laptop?”; the answer comes with the places where it is written."
)

_MOST_CHARS: Final = 80
"""Nobody is greeted at greater length; what is longer has something to say."""

# Whole questions in plain words, between which there is one blank. A courtesy that is missed is
# searched like any other question, which harms nobody; a question that is taken for a courtesy is
# not answered. So these are closed, and what may follow what is: `no hello` may be a document.
_TO: Final = "(?: (?:there|all|again|everyone|everybody|team|folks|bot|answerable))?"
_GREETING: Final = (
    "(?:hi+|hi hi|hello+|hallo|hey+|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)"
    "|guten (?:morgen|tag|abend)|moin(?: moin)?|servus|bonjour|bonsoir|salut"
    f"|hola|buenos dias|buenas (?:tardes|noches)|ola|bom dia|ciao|buongiorno){_TO}"
)
_THANKS: Final = (
    "(?:(?:many )?thanks|thank you|thx|thank u|danke(?: schon)?|merci|gracias|grazie)"
    "(?: (?:a lot|so much|very much|all|again|(?:so much )?for (?:the|your) help))?"
)
_BYE: Final = (
    "(?:bye(?: ?bye)?|good ?bye|good night|see you(?: (?:later|soon|tomorrow))?"
    f"|have a (?:nice|good|great) (?:day|evening|weekend)){_TO}"
)
_REPLY: Final = "(?:ok|okay|yes|yeah|yep|no|nope|got it|alright|all right)"
_OF_US: Final = (
    "(?:how are you(?: (?:doing|today))?|who are you|what are you|what(?:s| is) your name"
    "|are you (?:there|a bot|a robot|an ai|human|a human|real)"
    "|(?:is )?any(?:one|body) (?:there|here)"
    "|what can (?:you do|you do for me|you help(?: me)? with|i ask(?: you)?(?: here)?)"
    "|can you (?:hear me|help(?: me)?)|help(?: me)?(?: please)?|please help(?: me)?|i need help)"
)
_COURTESY: Final = re.compile(
    f"(?:{_GREETING} )?{_OF_US}|{_GREETING}(?: {_THANKS})?|(?:{_REPLY} )?{_THANKS}(?: {_BYE})?"
    f"|{_REPLY}(?: {_BYE})?|{_BYE}|(?:this is (?:just )?a |just a )?test"
)
# Around and between the words. Other signs may mean something: `/help`, `test()`, `hello_world`.
_BETWEEN: Final = re.compile(r"(?:[:;]-?\)|[\s.,!?;:¡¿])+")
_UNSEEN: Final = ("Mn", "Cf", "So")
"""Accents apart from their letters, what joins emoji, and emoji."""
_LEFT_OUT: Final = "'\u2019\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"  # colours of skin


def is_courtesy(question: str) -> bool:
    """Whether the whole of it is a greeting, thanks, a goodbye, or asks of the service itself."""
    if len(question) > _MOST_CHARS:
        return False
    letters = unicodedata.normalize("NFKD", question.casefold())
    kept = (c for c in letters if c not in _LEFT_OUT)
    plain = "".join(c for c in kept if unicodedata.category(c) not in _UNSEEN)
    return _COURTESY.fullmatch(_BETWEEN.sub(" ", plain).strip()) is not None


def courtesy() -> Answer:
    """What is said to one: what can be asked here; nothing was searched for it."""
    return Answer((), (), 0.0, abstained=True, nearest=(), is_courtesy=True)
