"""Who asks: from what a question set says to a principal with all of their groups."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import TypeAdapter, ValidationError

from eval.sets.files import Files, explain
from index.access import Principal
from service.identity.local import LOCAL

GROUPS_FILE: Final = "groups.json"
_GROUPS: Final = TypeAdapter(dict[str, list[str]])


class Groups:
    """Groups by name, whose members are addresses and other groups; case does not matter."""

    def __init__(self, members: Mapping[str, Sequence[str]]) -> None:
        """From the direct members of each group."""
        self._above: dict[str, set[str]] = defaultdict(set)
        for name, those in members.items():
            for member in those:
                self._above[_folded(member)].add(_folded(name))

    def of(self, member: str) -> frozenset[str]:
        """All groups that somebody is in, directly or through other groups."""
        found: set[str] = set()
        waiting = [_folded(member)]
        while waiting:
            new = self._above.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return frozenset(found)

    def principal(self, asked_by: str) -> Principal:
        """The person whom a question names: `local`, or an address."""
        if asked_by == LOCAL.email:
            return LOCAL
        return Principal(_folded(asked_by), self.of(asked_by))


def read_groups(files: Files) -> Groups:
    """The groups beside the questions; none where there is no such file."""
    content = files.read(GROUPS_FILE, required=False)
    if content is None:
        return Groups({})
    try:
        return Groups(_GROUPS.validate_python(json.loads(content)))
    except ValidationError as error:
        files.complain(GROUPS_FILE, 0, f"should map each group to its members: {explain(error)}")
    except json.JSONDecodeError as error:
        files.complain(GROUPS_FILE, error.lineno, f"not JSON: {error.msg}")
    except UnicodeDecodeError:
        files.complain(GROUPS_FILE, 0, "not UTF-8")
    return Groups({})


def _folded(name: str) -> str:
    return name.strip().lower()
