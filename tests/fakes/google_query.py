"""What the Drive API reads in parameters: the `q` of a search, and masks of fields."""

import re
from collections.abc import Callable, Iterator
from typing import Any

File = dict[str, Any]  # JSON as Drive has it; the contract test holds it to Drive's own schema
Test = Callable[[File], bool]

_TOKEN = re.compile(r"\s*(\(|\)|=|>|'(?:[^'\\]|\\.)*'|[A-Za-z]+)")
_NAMES = re.compile(r"[(),/]|[\w*]+")


class BadQuery(ValueError):
    """Drive would answer 400."""


def matcher(query: str) -> Test:
    """The test that a query stands for; raises BadQuery for what this fake does not know."""
    tokens, at = [], 0
    while query[at:].strip():
        found = _TOKEN.match(query, at)
        if not found:
            raise BadQuery(query)
        tokens.append(found[1])
        at = found.end()
    if not tokens:
        return lambda _: True
    rest = iter([*tokens, ""])
    test, end = _any_of(rest, next(rest))
    if end:
        raise BadQuery(query)
    return test


def _any_of(rest: Iterator[str], term: str) -> tuple[Test, str]:
    first, term = _all_of(rest, term)
    tests = [first]
    while term == "or":
        more, term = _all_of(rest, next(rest))
        tests.append(more)
    return lambda file: any(test(file) for test in tests), term


def _all_of(rest: Iterator[str], term: str) -> tuple[Test, str]:
    first, term = _one(rest, term)
    tests = [first]
    while term == "and":
        more, term = _one(rest, next(rest))
        tests.append(more)
    return lambda file: all(test(file) for test in tests), term


def _one(rest: Iterator[str], term: str) -> tuple[Test, str]:
    if term == "(":
        test, end = _any_of(rest, next(rest))
        if end != ")":
            raise BadQuery(f"{end!r} in place of )")
        return test, next(rest)
    sign, value = next(rest), next(rest)
    if sign == "in" and value == "parents":
        folder = term.strip("'")
        return lambda file: folder in file.get("parents", []), next(rest)
    if term == "trashed" and sign == "=" and value in ("true", "false"):
        wanted = value == "true"
        return lambda file: bool(file.get("trashed")) is wanted, next(rest)
    if term == "mimeType" and sign == "=":
        return lambda file: file["mimeType"] == value.strip("'"), next(rest)
    if term == "modifiedTime" and sign == ">":
        return lambda file: str(file["modifiedTime"]) > value.strip("'"), next(rest)
    raise BadQuery(f"{term} {sign} {value}")


def masked(value: Any, mask: str) -> Any:
    """The part of an answer that a `fields` parameter asks for."""
    if mask in ("", "*"):
        return value
    tree, _ = _tree(_NAMES.findall(mask), 0)
    return _cut(value, tree)


def _tree(tokens: list[str], at: int) -> tuple[dict[str, Any], int]:
    tree: dict[str, Any] = {}
    while at < len(tokens) and tokens[at] != ")":
        name, at = tokens[at], at + 1
        tree[name] = {}
        if at < len(tokens) and tokens[at] == "(":
            tree[name], at = _tree(tokens, at + 1)
            at += 1
        if at < len(tokens) and tokens[at] == ",":
            at += 1
    return tree, at


def _cut(value: Any, tree: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_cut(one, tree) for one in value]
    if not isinstance(value, dict) or not tree or "*" in tree:
        return value
    return {name: _cut(value[name], inner) for name, inner in tree.items() if name in value}
