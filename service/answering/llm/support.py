"""A sentence that a model wrote -> a part of an answer, if its quotes say it; else why not."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from index.plaintext import plain
from index.types import Document, Span
from service.answering.llm import facts, polarity
from service.answering.llm.crossing import SMALL, crossed, turned_round
from service.answering.llm.flagging import flagged
from service.answering.llm.quoting import INVISIBLE, find, same_spelling
from service.answering.llm.types import Draft, Passage, Supported, Unsupported
from service.answering.verify import Claim, Part

Analyze = Callable[[str], list[str]]

# Shares of a sentence's content terms that its quotes (and title and headings) must say.
# Tuned on the sentences in tests/service/answering/llm/paraphrases.py.
_SAID: Final = 0.72
_SAID_BY_QUOTES: Final = 0.5
_LONGEST: Final = 600  # characters; what is longer is no sentence

_UNSEEN = re.compile(f"[{INVISIBLE}\x00-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff]")
_LINK = re.compile(r"!?\[([^\[\]\n]*)\](?:\((?:[^()\n]|\([^()\n]*\))*\)|\[[^\[\]\n]*\])")
_HTML = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
_URL = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s]+|\b(?:https?|ftp|mailto|javascript|data|file)\s?:\S*"
    r"|\bwww\.\S+|\bhxxps?\S*"
    r"|(?<![\w@.-])(?:[\w-]+\.)+(?:com|org|net|io|info|biz|gov|edu|eu|uk|de|fr|es|it|nl|ru|cn|jp|ch"
    r"|example|xyz|top|site|online|link|click|test|invalid|co|dev|app|ai|tk|to|me|ly)(?![\w.-]*\w@)"
    r"(?=\b)(?:[/?#:]\S*)?",
    re.IGNORECASE,
)
_MARKS = re.compile(r"\[\^?\d+(?:\s*[,;]\s*\d+)*\]|[*_]{2,}|`{2,}")
_ANSWER = re.compile(
    r"\A(yes|no|ja|nein|oui|non|s\u00ed|sim)\b\s?[,.:;!\u2013\u2014-]+\s*", re.IGNORECASE
)
_NO: Final = frozenset({"no", "nein", "non"})
_ITSELF = re.compile(
    r"\b(?:I|I'm|I've|I'll|I'd|my|me|myself|as an ai|language model|system prompt|passages?)\b"
)
# Whom a rule is for is often put in another word; as the first word these name nobody.
_PEOPLE_WORDS: Final = (
    "employees employee staff people everyone everybody users user workers members colleagues you "
    "we they one anyone anybody"
)
_PEOPLE: Final = frozenset(_PEOPLE_WORDS.split())
_PARTS = re.compile(r"[,;:]\s|\s(?:and|but|or|because|so|which|while|where|who)\s")
_WIDE = re.compile("[\u2e80-\uffdf]")


@dataclass(frozen=True, slots=True)
class _Rest:
    """What a draft rests on: each quote's place in its passage."""

    document: Document
    passage: Passage
    span: Span

    @property
    def words(self) -> str:
        return plain(self.span.of(self.document.text), self.document.markup)


def check(
    draft: Draft, passages: Sequence[Passage], question: str, analyze: Analyze
) -> Supported | Unsupported:
    """The sentence with the exact places that say it, or what to tell the model that wrote it.

    Everything is compared with the source at the place of the quote, never with the quote as the
    model gave it. A sentence that rests on a region that talks to assistants is given back as
    what the document says, word for word.

    Args:
        draft: what the model wrote.
        passages: what it was given; only these can be cited.
        question: what was asked; never a reason to believe a sentence.
        analyze: the terms of a text, as the index compares them.
    """
    rests, why = _found(draft, passages)
    text = _cleaned(draft.text)
    if not why:
        why = _unfit(draft.text, text) or _unsupported(text, rests, question, analyze)
    if why:
        return Unsupported(draft, f"{why[:1].upper()}{why[1:]}.")
    if any(_is_flagged(rest) for rest in rests):
        text = _as_said(rests)
        if not text:
            return Unsupported(draft, "Its quotes have no words that can be shown.")
    claims = tuple(
        dict.fromkeys(
            Claim(rest.document.doc_id, rest.span, rest.span.of(rest.document.text))
            for rest in rests
        )
    )
    return Supported(Part(text, "sentence", claims))


def _found(draft: Draft, passages: Sequence[Passage]) -> tuple[list[_Rest], str]:
    by_number = {passage.number: passage for passage in passages}
    rests: list[_Rest] = []
    if not draft.quotes:
        return rests, "it has no quote"
    for quoted in draft.quotes:
        passage = by_number.get(quoted.passage)
        if passage is None:
            return rests, f"there is no passage {quoted.passage}"
        span = find(quoted.text, passage.document, passage.span)
        if span is None:
            return rests, (
                f"the quote {quoted.text[:80]!r} is not in passage {quoted.passage} word for word,"
                " or is too short"
            )
        rests.append(_Rest(passage.document, passage, span))
    return rests, ""


def _cleaned(text: str) -> str:
    """Plain text: no links, images, tags, marks, or characters that nobody sees."""
    text = _UNSEEN.sub("", text)
    for pattern in (_LINK, _LINK):  # an image may be the text of a link
        text = pattern.sub(r"\1", text)
    return " ".join(_HTML.sub("", _MARKS.sub("", text)).split())


def _unfit(raw: str, text: str) -> str:
    if len(text) > _LONGEST:
        return "it is too long for one sentence"
    if not any(char.isalpha() for char in _ANSWER.sub("", text)):
        return "it says nothing"
    if _URL.search(_UNSEEN.sub("", raw)) or "](" in text or "<" in text:
        return "it has a link or markup: write it without, the citation leads there"
    if _ITSELF.search(text.replace("\u2019", "'")):
        return "it talks of you or the passages, not of what the documents say"
    return ""


def _unsupported(text: str, rests: Sequence[_Rest], question: str, analyze: Analyze) -> str:
    quotes = "\n".join(rest.words for rest in rests)
    place = "\n".join(
        dict.fromkeys(
            line
            for rest in rests
            for line in (rest.passage.title, rest.passage.headings, *_headings(rest))
        )
    )
    return (
        _altered(text, quotes, place)
        or _contrary(text, quotes, rests, analyze)
        or _uncovered(text, quotes, place, question, analyze)
    )


def _headings(rest: _Rest) -> tuple[str, ...]:
    sections = rest.document.sections
    return next((one.headings for one in sections if one.span.overlaps(rest.span)), ())


def _altered(text: str, quotes: str, place: str) -> str:
    """A number, name or literal of the sentence that the quotes do not have."""
    bare = _ANSWER.sub("", text)
    if number := facts.missing_number(bare, quotes):
        return f"{number!r} is not in its quotes"
    spelled = same_spelling(quotes)
    for literal in facts.literals(bare):
        if not _has(spelled, same_spelling(literal)):
            return f"{literal!r} is not in its quotes"
    said = f"{quotes}\n{place}".casefold().replace("\u2019", "'")
    for name in facts.names(bare):
        if not _has(said, name.casefold().replace("\u2019", "'")):
            return f"the name {name!r} is not in its quotes"
    return ""


def _has(text: str, wanted: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is not None


def _contrary(text: str, quotes: str, rests: Sequence[_Rest], analyze: Analyze) -> str:
    whole = "\n".join(
        plain(polarity.around(rest.document, rest.span), rest.document.markup) for rest in rests
    )
    answer = _ANSWER.match(text)
    bare = _ANSWER.sub("", text)
    negative = polarity.is_negative(bare)
    if any(polarity.forbids(polarity.lead(r.document, r.span)) for r in rests) and not negative:
        return "what its quote stands under says 'not', and it does not"
    if answer and answer[1].lower() in _NO and not polarity.is_negative(quotes):
        return "it says 'no', and its quotes do not"
    if same_spelling(text) == same_spelling(whole):
        return ""  # The whole of what the source says says nothing else.
    terms = set(_terms(bare, analyze))
    clauses = polarity.clauses(whole)
    shared = [len(terms.intersection(_terms(clause, analyze))) for clause in clauses]
    about = polarity.near(clauses, shared)
    return (
        polarity.turned(bare, about)
        or polarity.misses(bare, quotes, whole, about)
        or _mixed(bare, quotes, analyze)
        or _prefixed(terms, set(_terms(quotes, analyze)))
        or turned_round(text, quotes)
        or crossed(bare, quotes, lambda piece: _terms(piece, analyze))
    )


def _mixed(text: str, quotes: str, analyze: Analyze) -> str:
    """Whether a number was taken from one clause and what it is the number of from another."""
    values = {number.value for number in facts.numbers(text)}
    terms = set(_terms(text, analyze))
    pieces = [piece for c in polarity.clauses(quotes) for piece in re.split(r"\sand\s|\. ", c)]
    read = [({n.value for n in facts.numbers(p)}, set(_terms(p, analyze))) for p in pieces]
    own = [said for numbers, said in read if numbers & values or not numbers]
    about = set().union(*own) if own else set()
    foreign = set().union(*(said for numbers, said in read if numbers and not numbers & values))
    for numbers, said in read:
        told = {term for term in said if not term.isdigit() and term not in _COUNTED}
        if numbers & values and told and not told & terms and (terms & foreign) - about:
            return "its number stands in the source for something else"
    return ""


_UNIT_STEMS: Final = "day week month year hour minut percent euro dollar pound"
_COUNTED: Final = frozenset(_UNIT_STEMS.split())
_PREFIXES: Final = ("un", "in", "im", "non", "dis", "mis", "de", "anti")


def _prefixed(terms: set[str], said: set[str]) -> str:
    for short, long in ((terms - said, said - terms), (said - terms, terms - said)):
        for term in short:
            if len(term) > 3 and any(prefix + term in long for prefix in _PREFIXES):
                return f"it says the contrary of its source: {term!r}"
    return ""


def _uncovered(text: str, quotes: str, place: str, question: str, analyze: Analyze) -> str:
    """Whether too much of the sentence is in none of its quotes."""
    bare = _ANSWER.sub("", text)
    wanted = _terms(bare, analyze)
    if not wanted:
        return "it says nothing"
    quoted, placed = set(_terms(quotes, analyze)), set(_terms(place, analyze))
    said = [term for term in wanted if term in quoted]
    missing = [term for term in wanted if term not in quoted and term not in placed]
    asked = set(_terms(question, analyze))
    # What was asked may be taken up ("the deposit is …") where the quote is about it too.
    taken_up = [term for term in missing if term in asked] if asked & quoted else []
    share = (len(wanted) - len(missing) + 0.5 * len(taken_up)) / len(wanted)
    if share < _SAID or len(said) < _SAID_BY_QUOTES * len(wanted):
        return f"its quotes do not say {', '.join(missing[:6]) or 'it'}"
    return _added(bare, quoted | placed, analyze)


def _added(text: str, said: set[str], analyze: Analyze) -> str:
    """Whether a part of the sentence, or what it begins with, is in none of its quotes."""
    for part in _PARTS.split(text):
        terms = _terms(part, analyze)
        missing = [term for term in terms if term not in said]
        if len(terms) > 1 and 2 * len(missing) > len(terms):
            return f"its quotes do not say {part.strip()!r}"
    first = re.match(r"\W*([^\W\d_][\w'-]+)", text)
    if first is None or first[1].lower() in SMALL | _PEOPLE:
        return ""
    terms = _terms(first[1], analyze)
    if terms and not said.intersection(terms):
        return f"{first[1]!r} is not in its quotes"
    return ""


def _terms(text: str, analyze: Analyze) -> list[str]:
    """Content terms; those of a script without spaces as pairs of characters."""
    found: list[str] = []
    for term in analyze(text.replace("\u2019", "'")):
        if _WIDE.search(term) and len(term) > 2:
            found += [term[at : at + 2] for at in range(len(term) - 1)]
        elif term not in SMALL and (len(term) > 1 or term.isdigit()):
            found.append(term)
    return list(dict.fromkeys(found))


def _is_flagged(rest: _Rest) -> bool:
    place = "\n".join((rest.passage.title, rest.passage.headings, *_headings(rest)))
    return bool(flagged(place)) or any(r.overlaps(rest.span) for r in flagged(rest.document.text))


def _as_said(rests: Sequence[_Rest]) -> str:
    quotes = [_URL.sub("(link)", _cleaned(rest.words)) for rest in rests]
    told = " ".join(f"\u201c{quote}\u201d" for quote in dict.fromkeys(quotes) if quote)
    return f"The document says: {told}" if told else ""
