"""What the measures are called, in the order of every report, and which way is better."""

from typing import Final

RANKING: Final = ("nDCG@10", "R@5", "R@10", "R@20", "RR@10", "AP", "Success@1", "Success@5")
SPANS: Final = ("span-R@10", "span-R@evidence")
ANSWERS: Final = (
    "containment",
    "answer-recall",
    "refusal-containment",
    "citation-precision",
    "section-precision",
    "citation-recall",
    "quote-validity",
    "answered",
    "wrong-answer",
)
JUDGED: Final = "judged-right"
"""What a judge model says, where one was asked; nothing else is computed from it."""

MEANS: Final = (*RANKING, *SPANS, *ANSWERS, JUDGED)
"""Means over topics: each topic has a value of its own."""

CONFIDENCE: Final = ("AURC", "AUROC", "ECE")
TELLING: Final = "AUROC-answerable"
"""Of the confidence, for telling topics that the documents answer from those that they do not."""

LEAKS: Final = "leaks"
ALL: Final = (*MEANS, *CONFIDENCE, TELLING, LEAKS)
LESS_IS_BETTER: Final = frozenset({"wrong-answer", "AURC", "ECE", LEAKS})
