"""Every kind of source passes the same kit."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.types import DocId
from ingest.google_settings import GoogleDocsSettings
from ingest.settings import DocsRepoSettings
from ingest.source import Source
from ingest.sources.docs_repo import DocsRepo
from ingest.sources.google_docs import GoogleDocs
from tests.fakes.google import FakeGoogle, fault
from tests.ingest.conformance import EACH, Kit, MakeWorld, World, check_death_anywhere_is_made_good
from tests.ingest.sources.google_reading import UNPACED

NAMES = ("one", "two", "three", "four")


class GoogleWorld:
    """Four documents, one of them in a shared drive."""

    def __init__(self, fake: FakeGoogle) -> None:
        fake.reset()
        self._fake = fake
        self._today = datetime(2026, 6, 4, tzinfo=UTC)
        fake.world.add_drive("0ADRIVE")
        for name in NAMES:
            fake.world.add(name, f"Words of {name}.", drive="0ADRIVE" if name == "four" else "")

    def source(self) -> Source:
        given = {"kind": "google_docs", "api_endpoint": self._fake.url, **UNPACED}
        settings = GoogleDocsSettings.model_validate(given)
        return GoogleDocs("g", settings, waiting=lambda _: None, now=lambda: self._today)

    def documents(self) -> set[DocId]:
        return {DocId(f"g:{file}") for file in self._fake.world.files}

    def edit(self) -> DocId:
        self._fake.world.edit("one", "Other words.")
        return DocId("g:one")

    def delete(self) -> DocId:
        self._fake.world.remove("two")
        return DocId("g:two")

    def share(self) -> DocId | None:
        self._fake.world.share("three", "bo@example.com")
        return DocId("g:three")

    def fail_once(self) -> bool:
        self._fake.fail(*[fault(429, path="/v1/documents/one")] * 5)
        return True

    def make_listing_due(self) -> None:
        self._today += timedelta(days=1)


class FolderWorld:
    """Four files in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        for name in NAMES:
            (folder / f"{name}.md").write_text(f"# {name}\n\nWords of {name}.\n")

    def source(self) -> Source:
        settings = DocsRepoSettings(kind="docs_repo", path=self._folder)
        return DocsRepo("docs", settings, self._folder.parent / "unused")

    def documents(self) -> set[DocId]:
        return {DocId(f"docs:{path.name}") for path in self._folder.iterdir()}

    def edit(self) -> DocId:
        (self._folder / "one.md").write_text("# one\n\nOther words.\n")
        return DocId("docs:one.md")

    def delete(self) -> DocId:
        (self._folder / "two.md").unlink()
        return DocId("docs:two.md")

    def share(self) -> DocId | None:
        return None

    def fail_once(self) -> bool:
        return False

    def make_listing_due(self) -> None:
        pass


@pytest.fixture(params=["google_docs", "docs_repo"])
def make(request: pytest.FixtureRequest, google: FakeGoogle, tmp_path: Path) -> MakeWorld:
    counted = iter(range(1000))
    makers: dict[str, Callable[[], World]] = {
        "google_docs": lambda: GoogleWorld(google),
        "docs_repo": lambda: FolderWorld(tmp_path / f"files{next(counted)}"),
    }
    return makers[request.param]


@pytest.fixture
def kit(make: MakeWorld, tmp_path: Path) -> Iterator[Kit]:
    kit = Kit(make(), tmp_path / "data")
    yield kit
    kit.close()


@pytest.mark.parametrize("check", EACH)
def test_source_conforms(kit: Kit, check: Callable[[Kit], None]) -> None:
    check(kit)


@pytest.mark.slow
def test_death_anywhere_is_made_good(make: MakeWorld, tmp_path: Path) -> None:
    check_death_anywhere_is_made_good(make, tmp_path)
