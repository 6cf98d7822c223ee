"""Texts as answers are compared: without case, markup and typography, in whole words."""

import re
import unicodedata
from typing import Final

_MARKUP: Final = re.compile(r"[*_`\\\u00ad\u200b-\u200d\u2060\ufeff]")
_SINGLE: Final = re.compile("[\u2018\u2019\u201a\u201b\u2032]")
_DOUBLE: Final = re.compile("[\u201c-\u201f\u2033\u00ab\u00bb]")
_DASH: Final = re.compile("[\u2010-\u2015\u2212]")
_WORD: Final = re.compile(r"\w+")

# Words that say nothing about which answer it is. "no", "not" and the like do say it.
# fmt: off
_STOP: Final = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did",
    "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i", "if",
    "in", "into", "is", "it", "its", "may", "me", "might", "must", "my", "of", "on", "or",
    "our", "shall", "she", "should", "so", "some", "such", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "to", "us", "was", "we",
    "were", "what", "when", "where", "which", "who", "whom", "whose", "why", "will", "with",
    "would", "you", "your",
))
# fmt: on


def normalized(text: str) -> str:
    """The text in folded case, one space between words, plain quotes and dashes, no markup."""
    # First, because NFKC takes a prime to two primes, and markup may hide in compatibility forms.
    text = _DOUBLE.sub('"', _SINGLE.sub("'", text))
    text = _DASH.sub("-", unicodedata.normalize("NFKC", text))
    return " ".join(_MARKUP.sub("", text).casefold().split())


def contains(text: str, part: str) -> bool:
    """Whether `part` stands in `text` in whole words and numbers; both are normalized.

    `15` is neither in `150` nor in `15.5` nor in `1,15`. An empty part is in nothing.
    """
    part = part.rstrip(" .,;:!?")
    if not part or part not in text:
        return False
    before, after = r"(?<!\w)" if part[0].isalnum() else "", ""
    if part[0].isdigit():
        before += r"(?<!\d[.,])"
    if part[-1].isalnum():
        after = r"(?!\w)"
    if part[-1].isdigit():
        after += r"(?![.,]\d)"
    return re.search(before + re.escape(part) + after, text) is not None


def words(text: str) -> frozenset[str]:
    """The distinct words of a normalized text, not stemmed."""
    return frozenset(_WORD.findall(text))


def telling_words(text: str) -> frozenset[str]:
    """Its words that are no stop words; all of them if it has no others."""
    return words(text) - _STOP or words(text)
