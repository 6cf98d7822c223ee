"""The files of a question set: read once, hashed as they are read, their lines as models."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError
from pydantic_core import ErrorDetails

from eval.errors import Problem

M = TypeVar("M", bound=BaseModel)


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


Said = Annotated[str, AfterValidator(_not_blank)]
"""A text that says something."""


@dataclass(frozen=True, slots=True)
class Line(Generic[M]):
    """What a line holds, and its number from 1."""

    number: int
    value: M


class Files:
    """Files of one folder.

    Attributes:
        problems: what was found wrong so far, in the order of reading.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self._folder = folder
        self._hash = hashlib.sha256()
        self.problems: list[Problem] = []

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the names and bytes of all files read so far."""
        return self._hash.hexdigest()

    def complain(self, name: str, line: int, message: str) -> None:
        """Remember a problem of a file; line 0 is the file as a whole."""
        self.problems.append(Problem(str(self._folder / name), line, message))

    def read(self, name: str, *, required: bool) -> bytes | None:
        """The file's bytes; None where there are none to be had, a problem if they are required."""
        try:
            content = (self._folder / name).read_bytes()
        except FileNotFoundError:
            if required:
                self.complain(name, 0, "there is no such file, and a set of this kind needs it")
            return None
        except OSError as error:
            self.complain(name, 0, f"cannot be read: {error.strerror}")
            return None
        self._hash.update(f"{name}\0{len(content)}\0".encode())
        self._hash.update(content)
        return content

    def texts(self, name: str, *, required: bool = True) -> Iterator[tuple[int, str]]:
        """Lines that are not blank, with their numbers."""
        content = self.read(name, required=required) or b""
        # Only \n ends a line: JSON may hold the other separators that Python knows.
        for number, raw in enumerate(content.split(b"\n"), start=1):
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r")
            except UnicodeDecodeError as error:
                self.complain(name, number, f"not UTF-8 (byte {error.start + 1} of the line)")
                continue
            if text.strip():
                yield number, text

    def lines(self, name: str, model: type[M], *, required: bool = True) -> Iterator[Line[M]]:
        """The lines of a JSON Lines file; those that are no `model` become problems."""
        for number, text in self.texts(name, required=required):
            try:
                yield Line(number, model.model_validate_json(text))
            except ValidationError as error:
                self.complain(name, number, explain(error))


def explain(error: ValidationError) -> str:
    """What is wrong with a line, in words for whoever wrote it."""
    return "; ".join(_explained(one) for one in error.errors(include_url=False))


def _explained(one: ErrorDetails) -> str:
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in one["loc"]).lstrip(".")
    match one["type"]:
        case "json_invalid":
            return f"not JSON: {one['msg'].removeprefix('Invalid JSON: ')}"
        case "missing":
            return f"the key `{where}` is missing"
        case "extra_forbidden":
            return f"unknown key `{where}`: take it out, or correct its spelling"
        case _:
            pass
    said = one["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return f"`{where}`: {said}" if where else f"one JSON object is expected here: {said}"
