from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.types import DocId
from ingest.settings import DocsRepoSettings
from ingest.source import Source
from ingest.sources.docs_repo import DocsRepo
from tests.ingest.conformance import Kit
from tests.ingest.conformance_faults import FAULTS, FaultyWorld, check_documents_are_in_order
from tests.ingest.sources.test_conformance import FolderWorld


class FaultyFolder(FolderWorld):
    """Four files in a folder, which may vanish."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._files, self._readers = folder, ("public",)

    def source(self) -> Source:
        settings = DocsRepoSettings(kind="docs_repo", path=self._files, readers=self._readers)
        return DocsRepo("docs", settings, self._files.parent / "unused")

    def share_all(self) -> None:
        self._readers = ("group:board",)

    def spoil(self) -> DocId:
        (self._files / "three.md").write_bytes(b"\0")
        return DocId("docs:three.md")

    def mend(self) -> None:
        (self._files / "three.md").write_text("# three\n\nMended.\n")

    def cut(self) -> None:
        self._files.rename(self._files.with_name("elsewhere"))


@pytest.fixture
def world(tmp_path: Path) -> FaultyWorld:
    return FaultyFolder(tmp_path / "files")


@pytest.fixture
def kit(world: FaultyWorld, tmp_path: Path) -> Iterator[Kit]:
    kit = Kit(world, tmp_path / "data")
    yield kit
    kit.close()


def test_files_are_documents_in_order(kit: Kit) -> None:
    check_documents_are_in_order(kit)


@pytest.mark.parametrize("check", FAULTS)
def test_folder_conforms_when_things_go_wrong(
    kit: Kit, world: FaultyWorld, check: Callable[[Kit, FaultyWorld], None]
) -> None:
    check(kit, world)
