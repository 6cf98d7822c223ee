"""The index of a BEIR corpus: made by the product's own sync and chunking, kept, and used again."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from eval.errors import BrokenSet, Problem
from eval.sets.beir import CORPUS, CorpusLine, read_corpus, read_markup
from index.access import PUBLIC, VisibleTo
from index.embedding import Embedder
from index.settings import IndexSettings
from index.store import Index
from index.types import DocId, Document, Markup, Revision, Section
from ingest.chunking import CHUNKER
from ingest.cutting import chunker
from ingest.markup import detect, parse
from ingest.report import Progress
from ingest.settings import IngestSettings
from ingest.source import Change, Checkpoint, Complete, Cursor, Skip, Unchanged, Upsert
from ingest.sync import sync

SOURCE: Final = "beir"
LAYOUT: Final = "1"
"""Raised when the same line makes another document: the index is then made anew."""

_READERS: Final = frozenset({PUBLIC})
_WRITTEN_ON_GITHUB: Final = re.compile(
    r"https://github\.com/[^/]+/[^/]+/(?:issues|pull|discussions)/\d+"
)


def doc_id(set_id: str) -> DocId:
    """The document of an `_id` of the corpus."""
    return DocId(f"{SOURCE}:{set_id}")


def set_id(doc_id: DocId) -> str:
    """The `_id` of a document, as the corpus has it."""
    return doc_id.removeprefix(f"{SOURCE}:")


def open_beir_index(
    folder: Path,
    settings: IndexSettings,
    embedder: Embedder,
    *,
    cache: Path,
    progress: Callable[[Progress], None] | None = None,
) -> Index:
    """The index of the folder's corpus, made where it is not there yet; close it after use.

    It lies below `cache`, by everything that it depends on. One whose making was interrupted is
    finished.

    Args:
        folder: with `corpus.jsonl`, and `meta.json` if it says which `markup` the texts have.
        settings: of the index; only the data directory is another.
        embedder: made from the same settings.
        cache: where such indexes are kept.
        progress: called after each document while the index is made.

    Raises:
        BrokenSet: the corpus cannot be read.
        IndexLocked: another process uses the same index.
    """
    rules = _chunking(settings)
    key = _key(folder, settings, embedder, rules)
    settings = settings.model_copy(update={"data_dir": cache / key})
    index = Index(settings, embedder, chunker=rules, command="answerable eval")
    try:
        # The cursor is saved when everything before it is in the index, so it says "complete".
        if index.sources.cursor(SOURCE) != key:
            _fill(index, BeirCorpus(folder, key), embedder, progress)
    except BaseException:
        index.close()
        raise
    return index


class BeirCorpus:
    """A source whose documents are the lines of a `corpus.jsonl`; everybody may read them.

    It also serves to check a set without an index (`eval.sets.checking.Documents`).
    """

    def __init__(self, folder: Path, cursor: str = "") -> None:
        """Read the corpus; `cursor` is what is remembered once all of it is in an index.

        Raises:
            BrokenSet: the corpus cannot be read.
        """
        self.name = SOURCE
        self.readers = _READERS
        self._cursor = Cursor(cursor)
        lines, self._said = read_corpus(folder), read_markup(folder)
        self._lines = {doc_id(line.id): line for line in lines}
        self._markup_of = _markup_by_path(lines)

    def changes(self, since: Cursor | None, known: Mapping[DocId, Revision]) -> Iterator[Change]:
        """Every line, compared by content."""
        del since
        for doc_id, line in self._lines.items():
            if not _text(line):
                yield Skip(doc_id, "empty", self.readers)
            elif known.get(doc_id) == self._revision(line):
                yield Unchanged(doc_id)
            else:
                yield Upsert(self._document(doc_id, line))
        yield Complete()
        yield Checkpoint(self._cursor)

    def readers_of(self, doc_id: DocId) -> frozenset[str] | None:
        """Everybody; None where there is no such line."""
        return self.readers if doc_id in self._lines else None

    def document(self, doc_id: DocId, *, visible_to: VisibleTo) -> Document | None:
        """The document of a line; None where there is none."""
        line = self._lines.get(doc_id)
        return self._document(doc_id, line) if line and visible_to.admits(self.readers) else None

    def _document(self, doc_id: DocId, line: CorpusLine) -> Document:
        text, markup = _text(line), self._markup(line)
        url = str(line.metadata.get("url") or "")
        sections = parse(text, markup, name=_path(line)).sections
        return Document(
            doc_id=doc_id,
            source=self.name,
            title=line.title.strip(),
            url=url,
            text=text,
            markup=markup,
            sections=tuple(Section(s.headings, s.span, url, "", s.blocks) for s in sections),
            readers=self.readers,
            revision=self._revision(line),
        )

    def _markup(self, line: CorpusLine) -> Markup:
        """What meta.json says, else what the path does, else Markdown where GitHub's URL is."""
        found = self._said or self._markup_of[_path(line)]
        if found is None and _WRITTEN_ON_GITHUB.match(str(line.metadata.get("url"))):
            return "markdown"
        return found or "text"

    def _revision(self, line: CorpusLine) -> Revision:
        parts = (LAYOUT, self._markup(line), line.title, line.text)
        return Revision(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32])


def _fill(
    index: Index,
    corpus: BeirCorpus,
    embedder: Embedder,
    progress: Callable[[Progress], None] | None,
) -> None:
    report = sync(
        corpus,
        index,
        chunker=chunker(embedder, index.settings.chunk_tokens),
        settings=IngestSettings(),
        progress=progress or _tell_nobody,
    )
    if report.error:
        raise BrokenSet([Problem(str(index.settings.data_dir), 0, report.error)])


def _tell_nobody(_: Progress) -> None:
    pass


def _key(folder: Path, settings: IndexSettings, embedder: Embedder, rules: str) -> str:
    """Everything that the index depends on, as a name of a folder."""
    digest = hashlib.sha256()
    said = read_markup(folder) or ""
    for part in (LAYOUT, said, embedder.name, rules, str(settings.stemming)):
        digest.update(f"{part}\0".encode())
    try:
        digest.update((folder / CORPUS).read_bytes())
    except OSError as error:
        raise BrokenSet([Problem(str(folder / CORPUS), 0, str(error.strerror))]) from error
    return digest.hexdigest()[:32]


def _chunking(settings: IndexSettings) -> str:
    """Another limit gives other chunks, like other rules do."""
    return CHUNKER if settings.chunk_tokens is None else f"{CHUNKER}/{settings.chunk_tokens}"


def _text(line: CorpusLine) -> str:
    """The text as the corpus has it, but for a first line that only says the title again.

    The title is read with every chunk. Where there is nothing else, it is the text.
    """
    text, title = line.text.replace("\0", ""), line.title.strip()
    first, _, rest = text.lstrip().partition("\n")
    if first.strip() == title and rest.strip():
        return rest.lstrip("\r\n")
    return text if text.strip() else title


def _path(line: CorpusLine) -> str:
    """The file that the document was cut from, if its metadata or its id tell."""
    path = line.metadata.get("path")
    return path if isinstance(path, str) else line.id.partition("#")[0]


def _markup_by_path(lines: list[CorpusLine]) -> dict[str, Markup | None]:
    """By the file's suffix; all pieces of a `.txt` are RST if the file as a whole looks like it."""
    texts: dict[str, list[str]] = {}
    for line in lines:
        texts.setdefault(_path(line), []).append(line.text)
    return {path: detect(path, "\n\n".join(pieces)) for path, pieces in texts.items()}
