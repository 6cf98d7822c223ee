"""Logging of the command line: one line a fact, on standard error."""

import logging
from typing import Final

_STANDARD: Final = {
    *vars(logging.makeLogRecord({})),
    "message",
    "asctime",
    "taskName",
    "color_message",
}

_CHATTY: Final = ("mcp", "httpx", "openai")
"""Libraries that log each request, which is logged here already, or is not to be."""


class Facts(logging.Formatter):
    """The message, then what was given as `extra`, as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback if there is one."""
        facts = list(vars(record).items())
        given = (f"{name}={value}" for name, value in facts if name not in _STANDARD)
        message, newline, trace = super().format(record).partition("\n")
        return " ".join((message, *given)) + newline + trace


def configure(level: int) -> None:
    """Log from this level on; what a first run does once is said in any case."""
    handler = logging.StreamHandler()
    style = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    handler.setFormatter(Facts(style if level <= logging.INFO else "%(levelname)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    logging.getLogger("index.embedders").setLevel(min(level, logging.INFO))
