"""Measures of the answer and its citations: what is right is decided here, and nowhere else."""

from collections.abc import Iterable
from typing import Final

from eval.answer_text import contains, normalized, telling_words, words
from eval.measures import best_places, holds
from eval.outcomes import Cited, Outcome
from eval.results import Verdict

_SHORT: Final = 10  # words; a longer gold answer is hardly ever said in the same words


def is_answered(outcome: Outcome) -> bool:
    """Whether the person was shown an answer."""
    return bool(outcome.sentences) and not outcome.abstained


def is_right(outcome: Outcome) -> bool | None:
    """Whether what it says, or would have said, is right; None where the set does not tell.

    A short gold answer (of at most 10 words) decides by whether the answer contains one; else the
    judgements do, by whether a citation is in a judged place. Of what the documents do not say no
    answer is right, and no answer at all is never right.
    """
    if not outcome.topic.answerable:
        return False
    gold = _gold(outcome)
    if any(len(answer.split()) <= _SHORT for answer in gold):
        return _says_one_of(outcome, gold)
    if not outcome.places:
        return None
    return bool(outcome.sentences) and any(is_in_place(outcome, c) for c in outcome.citations)


def verdict(outcome: Outcome) -> Verdict:
    """What came of the topic; see `eval.results.Verdict`."""
    if not is_answered(outcome):
        return "missed" if outcome.topic.answerable else "rightly refused"
    if not outcome.topic.answerable:
        return "answered in vain"
    right = is_right(outcome)
    if right is None:
        return "unjudged"
    return "right" if right else "wrong"


def is_in_place(outcome: Outcome, cited: Cited) -> bool:
    """Whether a citation lies in a judged place, or in a document judged without one."""
    return any(holds(place, cited.document, cited.span) for place in outcome.places)


def is_in_section(outcome: Outcome, cited: Cited) -> bool:
    """Whether a citation lies in the section of a judged place, or in a place of its own."""
    return any(
        place.around.overlaps(cited.span)
        if place.around and place.judgement.document == cited.document
        else holds(place, cited.document, cited.span)
        for place in outcome.places
    )


def answer_measures(outcome: Outcome) -> dict[str, float]:
    """The measures of ANSWERS that are defined for this topic.

    An abstention says nothing and cites nothing here. Only quote-validity looks at the citations
    that were held back as well: a quote that is not verbatim is a fault whoever sees it.
    """
    shown, right = is_answered(outcome), is_right(outcome)
    values: dict[str, float] = {}
    gold = _gold(outcome) if outcome.topic.answerable else ()
    if gold:
        values["containment"] = float(shown and _says_one_of(outcome, gold))
        values["answer-recall"] = _answer_recall(outcome, gold) if shown else 0.0
        if not shown:
            quoted = [normalized(quote) for quote in outcome.closest]
            values["refusal-containment"] = float(_one_has(quoted, gold))
    values.update(_citation_measures(outcome))
    if outcome.citations:
        values["quote-validity"] = _share(cited.is_verbatim for cited in outcome.citations)
    values["answered"] = float(shown)
    if right is not None:
        values["wrong-answer"] = float(shown and not right)
    return values


def _citation_measures(outcome: Outcome) -> dict[str, float]:
    if not outcome.topic.answerable or not outcome.places:
        return {}
    cited = outcome.citations if is_answered(outcome) else ()
    values = {}
    if cited:
        values["citation-precision"] = _share(is_in_place(outcome, c) for c in cited)
        values["section-precision"] = _share(is_in_section(outcome, c) for c in cited)
    values["citation-recall"] = _share(
        any(holds(place, c.document, c.span) for c in cited) for place in best_places(outcome)
    )
    return values


def _gold(outcome: Outcome) -> tuple[str, ...]:
    """The gold answers, normalized; those of markup alone are none."""
    return tuple(text for text in map(normalized, outcome.topic.answers) if text)


def _said(outcome: Outcome) -> str:
    return normalized(" ".join(outcome.sentences))


def _says_one_of(outcome: Outcome, gold: Iterable[str]) -> bool:
    return _one_has([_said(outcome)], gold)


def _one_has(texts: Iterable[str], gold: Iterable[str]) -> bool:
    answers = tuple(gold)
    return any(contains(text, answer) for text in texts for answer in answers)


def _answer_recall(outcome: Outcome, gold: Iterable[str]) -> float:
    """The greatest share of a gold answer's telling words that the answer has."""
    said = words(_said(outcome))
    telling = [wanted for answer in gold if (wanted := telling_words(answer))]
    return max((_share(word in said for word in wanted) for wanted in telling), default=0.0)


def _share(hits: Iterable[bool]) -> float:
    """Share of the hits that are; of at least one."""
    of = list(hits)
    return sum(of) / len(of)
