"""Random companies: people, nested groups, folders and documents, at two moments in time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from hypothesis import strategies as st

Kind = Literal["user", "group", "domain", "anyone"]

# One ends like another, and one lies below another: neither is the other.
DOMAINS: Final = ("one.example", "notone.example", "sub.one.example")
PEOPLE: Final = tuple(f"p{n}@{DOMAINS[n % 3]}" for n in range(5))
GROUPS: Final = tuple(f"g{n}@one.example" for n in range(4))
FOLDERS: Final = ("f0", "f1", "f2")
SOURCES: Final = ("drive", "wiki")
TOPICS: Final = ("budget", "travel", "salary", "garden", "server", "holiday")
DOCUMENTS: Final = 7


@dataclass(frozen=True)
class Permission:
    """One line of a sharing dialogue.

    Attributes:
        who: address or domain as somebody typed it, in any case; empty for anyone.
        by_search: False: only whoever has the link.
        last_day: after it, it is over; None: it does not end.
    """

    kind: Kind
    who: str = ""
    by_search: bool = True
    last_day: int | None = None


@dataclass(frozen=True)
class Folder:
    """Its permissions hold for what is in it, at any depth; `parent` is empty at the top."""

    parent: str = ""
    permissions: tuple[Permission, ...] = ()


@dataclass(frozen=True)
class Page:
    """A document; `folder` is empty at the top."""

    source: str
    topic: str
    folder: str = ""
    permissions: tuple[Permission, ...] = ()


@dataclass(frozen=True)
class State:
    """A company at one moment.

    Attributes:
        groups: direct members, addresses of people and of groups; circles are possible.
        day: counted from some day.
        unconfirmed: sources whose permissions are too old to be believed.
    """

    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    folders: Mapping[str, Folder] = field(default_factory=dict)
    pages: Mapping[int, Page] = field(default_factory=dict)
    day: int = 0
    unconfirmed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Company:
    """Two moments of it with a sync after each.

    Attributes:
        link_shared: whether the administrator counts "anyone with the link" as everybody.
    """

    link_shared: bool
    before: State
    after: State


def _typed(name: str) -> st.SearchStrategy[str]:
    """An address as people type it."""
    return st.sampled_from([name, name.upper(), name.title(), f" {name} "])


_ENDS = st.sampled_from([None, None, 5, 20])
_BY_SEARCH = st.sampled_from([True, True, False])
_PERMISSIONS: Final = st.one_of(
    st.builds(Permission, st.just("user"), st.sampled_from(PEOPLE).flatmap(_typed), last_day=_ENDS),
    st.builds(
        Permission, st.just("group"), st.sampled_from(GROUPS).flatmap(_typed), last_day=_ENDS
    ),
    st.builds(
        Permission,
        st.just("domain"),
        st.sampled_from(DOMAINS).flatmap(_typed),
        by_search=_BY_SEARCH,
    ),
    st.builds(Permission, st.just("anyone"), by_search=st.sampled_from([False, False, True])),
)
_FEW: Final = st.lists(_PERMISSIONS, max_size=2).map(tuple)
_MEMBERS: Final = st.frozensets(st.sampled_from(PEOPLE + GROUPS), max_size=3)
_FOLDER: Final = st.builds(Folder, permissions=_FEW)
_PAGE: Final = st.builds(
    Page,
    st.sampled_from(SOURCES),
    st.sampled_from(TOPICS),
    st.sampled_from(("", *FOLDERS)),
    _FEW,
)


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """Any company, and the same one a while later."""
    folders = {name: draw(_FOLDER) for name in FOLDERS}
    # A folder lies in one with a smaller number, so that there are trees but no circles of them.
    folders["f1"] = replace(folders["f1"], parent=draw(st.sampled_from(["", "f0"])))
    folders["f2"] = replace(folders["f2"], parent=draw(st.sampled_from(["", "f0", "f1"])))
    before = State(
        groups={name: draw(_MEMBERS) for name in GROUPS},
        folders=folders,
        pages={number: draw(_PAGE) for number in range(DOCUMENTS)},
    )
    after = before
    for change in draw(st.lists(st.sampled_from(_CHANGES), min_size=2, max_size=5)):
        after = change(draw, after)
    return Company(draw(st.booleans()), before, after)


def _person_leaves(draw: st.DrawFn, state: State) -> State:
    name = draw(st.sampled_from(GROUPS))
    gone = draw(st.sampled_from(PEOPLE + GROUPS))
    return replace(state, groups={**state.groups, name: state.groups[name] - {gone}})


def _group_is_emptied(draw: st.DrawFn, state: State) -> State:
    return replace(state, groups={**state.groups, draw(st.sampled_from(GROUPS)): frozenset()})


def _person_joins(draw: st.DrawFn, state: State) -> State:
    name, new = draw(st.sampled_from(GROUPS)), draw(st.sampled_from(PEOPLE + GROUPS))
    return replace(state, groups={**state.groups, name: state.groups[name] | {new}})


def _page_is_shared_anew(draw: st.DrawFn, state: State) -> State:
    number = draw(st.sampled_from(sorted(state.pages)))
    page = replace(state.pages[number], permissions=draw(_FEW))
    return replace(state, pages={**state.pages, number: page})


def _page_moves(draw: st.DrawFn, state: State) -> State:
    number = draw(st.sampled_from(sorted(state.pages)))
    page = replace(state.pages[number], folder=draw(st.sampled_from(("", *FOLDERS))))
    return replace(state, pages={**state.pages, number: page})


def _folder_moves(draw: st.DrawFn, state: State) -> State:
    folder = replace(state.folders["f2"], parent=draw(st.sampled_from(["", "f0", "f1"])))
    return replace(state, folders={**state.folders, "f2": folder})


def _folder_is_shared_anew(draw: st.DrawFn, state: State) -> State:
    name = draw(st.sampled_from(FOLDERS))
    folder = replace(state.folders[name], permissions=draw(_FEW))
    return replace(state, folders={**state.folders, name: folder})


def _page_is_deleted(draw: st.DrawFn, state: State) -> State:
    gone = draw(st.sampled_from(sorted(state.pages)))
    kept = {number: page for number, page in state.pages.items() if number != gone}
    return replace(state, pages=kept or dict(state.pages))


def _time_passes(draw: st.DrawFn, state: State) -> State:
    return replace(state, day=state.day + draw(st.sampled_from([1, 10, 30])))


def _source_falls_silent(draw: st.DrawFn, state: State) -> State:
    return replace(state, unconfirmed=state.unconfirmed | {draw(st.sampled_from(SOURCES))})


_CHANGES: Final[list[Callable[[st.DrawFn, State], State]]] = [
    _person_leaves,
    _group_is_emptied,
    _person_joins,
    _page_is_shared_anew,
    _page_moves,
    _folder_moves,
    _folder_is_shared_anew,
    _page_is_deleted,
    _time_passes,
    _source_falls_silent,
]
