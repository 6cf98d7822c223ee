"""Errors of the index, sorted by what the catcher does.

IndexProblem
├── ConfigError        stop: the settings or the command are wrong (the command line exits with 2)
│   ├── IndexMismatch  the index on disk was made by another model or chunker: rebuild
│   └── IndexLocked    another process has the index open: ask it, or wait
└── StorageError       the disk is full or unreadable: nothing was lost, try again when it is mended
"""


class IndexProblem(Exception):
    """Anything that the index refuses, with a message that says what to do next."""


class ConfigError(IndexProblem):
    """The settings cannot work as they are."""


class IndexMismatch(ConfigError):
    """The index on disk was made with another embedding model or chunker than configured."""


class IndexLocked(ConfigError):
    """Another process has the data directory open.

    Attributes:
        holder: what that process said of itself: `pid`, `command`, and `url` if it is a service.
    """

    def __init__(self, message: str, holder: dict[str, str]) -> None:
        super().__init__(message)
        self.holder = holder


class StorageError(IndexProblem):
    """Writing or reading the data directory failed; the last complete version stays live."""
