"""Who may read a document, by who is in the channel: all combinations, with the real check."""

from collections.abc import Collection
from itertools import combinations

import pytest

from index.access import Principal, VisibleTo
from index.types import DocId, Document, Revision
from service.errors import NotFound
from service.identity.types import Proven
from service.schemas import Answer
from service.shapes import Span
from service.slack.audience import Sharing, audience_of
from service.slack.settings import SlackSettings
from service.slack.types import Person
from tests.fakes.slack import BOT, TEAM, FakeSlack
from tests.service.slack.conftest import running
from tests.service.slack.desk import ANN, BEN, FakeDesk, cited, nearest

QUESTION = "What is planned?"
OPEN, SECRET = "We open in May.", "We buy Initech."
CAT, ROBOT, OTHER = "U0CAT", "U0ROBOT", "U0OTHER"  # a guest, a bot, and of another workspace
PEOPLE: dict[str, Person | None] = {
    ANN: Person(ANN, TEAM, "ann@example.com"),
    BEN: Person(BEN, TEAM, "ben@example.com"),
    CAT: Person(CAT, TEAM, None),
    ROBOT: None,
    OTHER: None,
}
GROUPS = {"ann@example.com": {"all", "board"}, "ben@example.com": {"all"}}
READERS = {
    "everybody": frozenset({"public"}),
    "nobody": frozenset[str](),
    "ann": frozenset({"user:ann@example.com"}),
    "ann and ben": frozenset({"user:ann@example.com", "user:ben@example.com"}),
    "the board": frozenset({"group:board"}),
    "the staff": frozenset({"group:all"}),
    "the domain": frozenset({"domain:example.com"}),
    "somebody else": frozenset({"user:eve@example.com"}),
}
MAY_READ = {
    "everybody": {ANN, BEN, CAT, ROBOT, OTHER},
    "nobody": set(),
    "ann": {ANN},
    "ann and ben": {ANN, BEN},
    "the board": {ANN},
    "the staff": {ANN, BEN},
    "the domain": {ANN, BEN},
    "somebody else": set(),
}
OTHERS = (BEN, CAT, ROBOT, OTHER)
MEMBERS = [{ANN, *found} for size in range(5) for found in combinations(OTHERS, size)]
KINDS = ("plain", "shared with others", "unknown")
# Where members do not count, a few of them are enough.
CHANNELS = {kind: MEMBERS if kind == "plain" else MEMBERS[::5] for kind in KINDS}


class CheckingDesk(FakeDesk):
    """Its documents have readers, and what may be shared is found out as in the product."""

    def __init__(self) -> None:
        super().__init__()
        self.people = dict(PEOPLE)
        self.documents: dict[str, Document] = {}

    def document(self, doc_id: str, *, visible_to: VisibleTo) -> Document:
        found = self.documents[doc_id]
        if not visible_to.admits(found.readers):
            raise NotFound(doc_id)
        return found

    def shareable(
        self, person: Person, answer: Answer, members: Collection[str] | None
    ) -> Answer | None:
        sharing = Sharing(self, _principal)
        asker = _principal(Proven(person.email or "", frozenset(), "slack", "ann"))
        return sharing.reduced(answer, asker, audience_of(members, self.people.get))


def test_table_is_whole() -> None:
    assert len(READERS) * sum(len(channels) for channels in CHANNELS.values()) == 192
    assert READERS.keys() == MAY_READ.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("readers", READERS)
def test_private_citation_never_reaches_a_channel(
    readers: str, kind: str, fake: FakeSlack, settings: SlackSettings
) -> None:
    desk = CheckingDesk()
    desk.documents = {
        "roadmap": _document("roadmap", OPEN, READERS["everybody"]),
        "merger": _document("merger", SECRET, READERS[readers]),
    }
    desk.answers[QUESTION] = _answer()
    for workspace in running(desk, fake, settings):
        workspace.command(ANN, QUESTION)
        button = fake.wait_for("respond").buttons()["share"]
        for number, members in enumerate(CHANNELS[kind]):
            _channel(fake, f"C{number}", kind, members)
            workspace.press(ANN, button, channel=f"C{number}")
        fake.wait_for("respond", 1 + len(CHANNELS[kind]))
    posts = {call.sent["channel"]: call.everything for call in fake.of("chat.postMessage")}
    for number, members in enumerate(CHANNELS[kind]):
        may_all = members <= MAY_READ[readers] and kind == "plain"
        is_open = may_all or readers == "everybody"
        posted = posts[f"C{number}"]
        assert OPEN in posted
        assert ("Initech" in posted) is is_open, (readers, members, kind)
        assert ("merger" in posted) is is_open, (readers, members, kind)


def _channel(fake: FakeSlack, channel: str, kind: str, members: set[str]) -> None:
    fake.channels[channel] = {"is_ext_shared": kind == "shared with others"}
    fake.members[channel] = [*members, BOT]
    if kind == "unknown":
        # Too many for the settings of these tests.
        fake.members[channel] += [f"U{number}" for number in range(20)]


def _answer() -> Answer:
    answer = cited((OPEN, "roadmap"), (SECRET, "merger"))
    texts = {"roadmap": OPEN, "merger": SECRET}
    citations = [
        one.model_copy(
            update={"quote": texts[one.doc_id], "span": Span(start=0, end=len(texts[one.doc_id]))}
        )
        for one in answer.citations
    ]
    hint = nearest("merger").model_copy(update={"doc_id": "merger"})
    return answer.model_copy(
        update={"citations": citations, "nearest": [hint], "standalone": f"? {SECRET}"}
    )


def _document(doc_id: str, text: str, readers: frozenset[str]) -> Document:
    return Document(
        doc_id=DocId(doc_id),
        source="handbook",
        title=f"Title of {doc_id}",
        url=f"https://handbook.example/{doc_id}",
        text=text,
        markup="markdown",
        sections=(),
        readers=readers,
        revision=Revision("1"),
    )


def _principal(proven: Proven) -> Principal:
    return Principal(proven.email, frozenset(GROUPS.get(proven.email, set())))
