from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.sources.notion_export import NotionExport
from tests.ingest.conformance import EACH, Kit, check_death_anywhere_is_made_good
from tests.ingest.conformance_faults import FAULTS, FaultyWorld, check_documents_are_in_order
from tests.ingest.sources.notion import EXPORT, NotionWorld, source


@pytest.fixture
def world(tmp_path: Path) -> FaultyWorld:
    return NotionWorld(tmp_path / "export.zip")


@pytest.fixture
def kit(world: FaultyWorld, tmp_path: Path) -> Iterator[Kit]:
    kit = Kit(world, tmp_path / "data")
    yield kit
    kit.close()


@pytest.mark.parametrize("check", [*EACH, check_documents_are_in_order])
def test_export_conforms(kit: Kit, check: Callable[[Kit], None]) -> None:
    check(kit)


def test_pages_of_the_sample_are_in_order(tmp_path: Path) -> None:
    class Sample(NotionWorld):
        def source(self) -> NotionExport:
            return source(EXPORT)

    sample = Kit(Sample(tmp_path / "unused.zip"), tmp_path / "data")
    check_documents_are_in_order(sample)
    sample.close()


@pytest.mark.parametrize("check", FAULTS)
def test_export_conforms_when_things_go_wrong(
    kit: Kit, world: FaultyWorld, check: Callable[[Kit, FaultyWorld], None]
) -> None:
    check(kit, world)


@pytest.mark.slow
def test_death_anywhere_is_made_good(tmp_path: Path) -> None:
    numbers = iter(range(100))
    check_death_anywhere_is_made_good(
        lambda: NotionWorld(tmp_path / f"{next(numbers)}.zip"), tmp_path
    )
