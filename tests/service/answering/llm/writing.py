"""A small index, and a language model over HTTP that words the answers."""

from collections.abc import Callable
from datetime import date, timedelta

from index.access import VisibleTo
from index.store import Index
from service.answering.llm.answerer import LlmAnswerer
from service.answering.types import Answer, Said, Writing
from service.models.opening import open_model
from service.models.settings import LlmSettings
from service.models.types import never
from tests.service.answering.desk import ANYBODY, Desk


class LlmDesk(Desk):
    """A `Desk` whose answers a language model words; close it."""

    def __init__(self, index: Index, url: str, **values: object) -> None:
        answering = values.pop("answering", {})
        super().__init__(index, **answering)  # type: ignore[arg-type]
        settings: dict[str, object] = {
            "model": "liar",
            "api_base": url,
            "max_answer_tokens": 250,
            "timeout": timedelta(seconds=20),
            "first_token_timeout": timedelta(seconds=10),
            **values,
        }
        self.llm = LlmSettings.model_validate(settings)
        self.model = open_model(self.llm)
        self.writer = LlmAnswerer(
            index, self.settings, self.llm, self.model, lambda: date(2026, 11, 22)
        )

    def write(
        self,
        question: str,
        *,
        visible_to: VisibleTo = ANYBODY,
        should_stop: Callable[[], bool] = never,
    ) -> Writing:
        found = self.retriever.retrieve(question, visible_to=visible_to, limit=8)
        return self.writer.write(
            question, found.ranking, visible_to=visible_to, should_stop=should_stop
        )

    def close(self) -> None:
        self.model.close()


def whole(writing: Writing) -> tuple[list[Said], Answer]:
    """What was said as it came, and the whole answer."""
    steps: list[Said] = []
    while True:
        try:
            steps.append(next(writing))
        except StopIteration as ended:
            answer: Answer = ended.value
            return steps, answer


def assert_holds(index: Index, steps: list[Said], answer: Answer) -> None:
    """What is so of every answer, whoever wrote it and whatever they wrote."""
    assert tuple(step.sentence for step in steps) == answer.sentences
    assert tuple(one for step in steps for one in step.citations) == answer.citations
    assert [one.marker for one in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert answer.abstained == (not answer.sentences)
    known = {one.marker for one in answer.citations}
    assert all(one.markers and set(one.markers) <= known for one in answer.sentences)
    for one in answer.citations:
        document = index.document(one.doc_id, visible_to=ANYBODY)
        assert document is not None
        assert one.span.of(document.text) == one.quote
