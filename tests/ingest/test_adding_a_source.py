"""The worked example of docs/adding-a-source.md is run as it stands there."""

import re
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from index.types import DocId
from ingest.source import Source
from tests.ingest.conformance import EACH, Kit, check_death_anywhere_is_made_good
from tests.ingest.conformance_faults import FAULTS, FaultyWorld, check_documents_are_in_order

GUIDE = Path(__file__).parents[2] / "docs" / "adding-a-source.md"
EXAMPLE = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


def faq(folder: Path) -> Any:
    (code,) = EXAMPLE
    (folder / "answerable_faq.py").write_text(code, encoding="utf-8")
    spec = spec_from_file_location("answerable_faq", folder / "answerable_faq.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.KIND


class FaqWorld:
    """A file of four questions."""

    def __init__(self, folder: Path) -> None:
        self._kind = faq(folder)
        self._file, self._work_dir = folder / "faq.csv", folder
        self._readers = ["domain:tallowmere.example"]
        self._answers = {number: f"Words of {number}." for number in ("1", "2", "3", "4")}
        self._cuts = 0

    def source(self) -> Source:
        rows = [f"{number},Question {number},{said}" for number, said in self._answers.items()]
        self._file.write_text("\n".join(["id,question,answer", *rows]), encoding="utf-8")
        if self._cuts:
            self._cuts -= 1
            self._file.unlink()
        given = {"kind": "faq", "path": self._file, "readers": self._readers}
        opened: Source = self._kind.open(
            "questions", self._kind.settings.model_validate(given), self._work_dir
        )
        return opened

    def documents(self) -> set[DocId]:
        return {DocId(f"questions:{number}") for number in self._answers}

    def edit(self) -> DocId:
        self._answers["1"] = "Other words."
        return DocId("questions:1")

    def delete(self) -> DocId:
        del self._answers["2"]
        return DocId("questions:2")

    def share(self) -> DocId | None:
        return None

    def share_all(self) -> None:
        self._readers = ["group:board"]

    def fail_once(self) -> bool:
        self._cuts = 1
        return True

    def make_listing_due(self) -> None:
        pass

    def spoil(self) -> DocId:
        self._answers["3"] = ""
        return DocId("questions:3")

    def mend(self) -> None:
        self._answers["3"] = "Mended."

    def cut(self) -> None:
        self._cuts = 100


@pytest.fixture
def world(tmp_path: Path) -> FaultyWorld:
    return FaqWorld(tmp_path)


@pytest.fixture
def kit(world: FaultyWorld, tmp_path: Path) -> Iterator[Kit]:
    kit = Kit(world, tmp_path / "data")
    yield kit
    kit.close()


def test_example_is_short() -> None:
    assert len(EXAMPLE[0].splitlines()) < 60


def test_kind_that_the_guide_names_is_short() -> None:
    (named,) = re.findall(
        r"`(ingest/sources/\w+\.py)` is one of under 150 lines", GUIDE.read_text()
    )
    assert len((GUIDE.parents[1] / named).read_text(encoding="utf-8").splitlines()) < 150


@pytest.mark.parametrize("check", [*EACH, check_documents_are_in_order])
def test_example_conforms(kit: Kit, check: Callable[[Kit], None]) -> None:
    check(kit)


@pytest.mark.parametrize("check", FAULTS)
def test_example_conforms_when_things_go_wrong(
    kit: Kit, world: FaultyWorld, check: Callable[[Kit, FaultyWorld], None]
) -> None:
    check(kit, world)


@pytest.mark.slow
def test_example_survives_death_anywhere(tmp_path: Path) -> None:
    numbers = iter(range(100))

    def make() -> FaqWorld:
        folder = tmp_path / f"world{next(numbers)}"
        folder.mkdir()
        return FaqWorld(folder)

    check_death_anywhere_is_made_good(make, tmp_path)
