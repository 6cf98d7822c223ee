"""What went wrong with a topic, in plain words for the reports."""

from collections.abc import Iterator
from typing import Final

from eval.answer_measures import is_answered, is_in_place, is_right
from eval.measures import best_places, grades, span_measures
from eval.outcomes import Outcome

_LOOKED_AT: Final = 20  # ranks; nobody looks further down


def trouble(outcome: Outcome, threshold: float) -> tuple[str, ...]:
    """What went wrong, the gravest first; empty when nothing did.

    Args:
        outcome: what came of the topic.
        threshold: confidence below which an answer is held back.
    """
    found = [*_faults(outcome)]
    if outcome.topic.answerable:
        found += [*_of_ranking(outcome), *_of_answer(outcome), *_of_refusal(outcome, threshold)]
    elif is_answered(outcome):
        found.append("answered although the documents do not say")
    return tuple(found)


def _faults(outcome: Outcome) -> Iterator[str]:
    """What must never happen."""
    if outcome.leaked:
        shown = ", ".join(outcome.leaked)
        yield f"shows a document that this person may not read: {shown}"
    broken = sum(not cited.is_verbatim for cited in outcome.citations)
    if broken:
        yield f"quotes that are not verbatim: {broken}"


def _of_ranking(outcome: Outcome) -> Iterator[str]:
    judged = grades(outcome)
    best = max(judged.values(), default=0)
    documents = [document for document, _ in outcome.ranking[:_LOOKED_AT]]
    ranks = [r for r, document in enumerate(documents, 1) if judged.get(document) == best]
    if not outcome.ranking:
        yield "nothing was found"
    elif not ranks:
        yield f"the right document is not in the first {_LOOKED_AT}"
    elif ranks[0] > 1:
        yield f"the right document is at rank {ranks[0]}, behind {documents[0]}"


def _of_answer(outcome: Outcome) -> Iterator[str]:
    """Where a wrong answer, shown or held back, went astray."""
    if is_right(outcome) is not False:
        return
    seen = span_measures(outcome).get("span-R@evidence")
    if seen == 0:
        yield "the right passage was not in the evidence"
    if not outcome.sentences:
        return
    if any(is_in_place(outcome, cited) for cited in outcome.citations):
        yield "the right passage was quoted, and the answer expected is not in it"
    elif seen:
        yield "the right passage was in the evidence, and another was quoted"
    elif seen is None and best_places(outcome):
        yield "another document was quoted"


def _of_refusal(outcome: Outcome, threshold: float) -> Iterator[str]:
    if is_answered(outcome):
        return
    if not outcome.sentences:
        yield "refused, for nothing in the evidence answers it"
        return
    refused = f"refused with confidence {outcome.confidence:.2f}"
    if outcome.confidence < threshold:
        refused = _below(outcome.confidence, threshold)
    yield refused + (", and the answer would have been right" if is_right(outcome) else "")


def _below(confidence: float, threshold: float) -> str:
    """Both numbers with as many digits as tell them apart."""
    for digits in range(2, 6):
        low, high = f"{confidence:.{digits}f}", f"{threshold:.{digits}f}"
        if low != high:
            break
    return f"refused with confidence {low}, below {high}"
