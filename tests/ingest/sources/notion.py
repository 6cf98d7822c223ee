"""Notion exports in tests: the sample, archives, and a world for the conformance kit."""

from pathlib import Path
from zipfile import ZipFile

from index.types import DocId
from ingest.sources.notion_export import NotionExport, NotionExportSettings

EXPORT = Path(__file__).parent / "notion_export"
STAFF = ("group:staff",)
FOUR = [f"{number}" * 32 for number in range(1, 5)]


def source(path: Path, **settings: object) -> NotionExport:
    given = {"kind": "notion_export", "path": path, "readers": STAFF} | settings
    return NotionExport("notion", NotionExportSettings.model_validate(given))


def pack(target: Path, files: dict[str, str | bytes]) -> Path:
    with ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target


class NotionWorld:
    """Four pages in an archive that is packed anew for each run."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._readers = STAFF
        self._pages: dict[str, str | bytes] = {
            f"Page {i}.md": f"# Page {i[0]}\n\nWords of {i[0]}.\n" for i in FOUR
        }
        self._cuts = 0

    def source(self) -> NotionExport:
        pack(self._archive, self._pages)
        if self._cuts:
            self._cuts -= 1
            self._archive.write_bytes(self._archive.read_bytes()[:-50])
        return source(self._archive, readers=self._readers)

    def documents(self) -> set[DocId]:
        return {DocId(f"notion:{path[5:37]}") for path in self._pages}

    def edit(self) -> DocId:
        self._pages[f"Page {FOUR[0]}.md"] = "# Page 1\n\nOther words.\n"
        return DocId(f"notion:{FOUR[0]}")

    def delete(self) -> DocId:
        del self._pages[f"Page {FOUR[1]}.md"]
        return DocId(f"notion:{FOUR[1]}")

    def share(self) -> DocId | None:
        return None

    def share_all(self) -> None:
        self._readers = ("group:board",)

    def fail_once(self) -> bool:
        self._cuts = 1
        return True

    def make_listing_due(self) -> None:
        pass

    def spoil(self) -> DocId:
        self._pages[f"Page {FOUR[2]}.md"] = b"\0"
        return DocId(f"notion:{FOUR[2]}")

    def mend(self) -> None:
        self._pages[f"Page {FOUR[2]}.md"] = "# Page 3\n\nMended.\n"

    def cut(self) -> None:
        self._cuts = 100
