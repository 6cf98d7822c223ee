"""Drive's logs of changes, one a corpus, put together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.sources.google_drive import DOCUMENT, FOLDER, SHORTCUT, Change, Drive, DriveFile
from ingest.sources.google_errors import Denied
from ingest.sources.google_scope import Scope


@dataclass(slots=True)
class News:
    """What changed since.

    Attributes:
        tokens: where each log stands now.
        documents: documents that changed, as they are now; in the trash too.
        links: shortcuts that changed.
        gone: what was deleted or taken away from us in every log that names it.
    """

    tokens: dict[str, str] = field(default_factory=dict)
    documents: dict[str, DriveFile] = field(default_factory=dict)
    links: dict[str, DriveFile] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def shortcuts(self, before: Mapping[str, str], scope: Scope) -> dict[str, str]:
        """The shortcuts in the scope after these changes, with their targets."""
        after = {file: target for file, target in before.items() if file not in self.gone}
        for file_id, link in self.links.items():
            target, kind = link.target
            if kind == DOCUMENT and not link.is_trashed and scope.contains(link):
                after[file_id] = target
            else:
                after.pop(file_id, None)
        return after


def read_logs(drive: Drive, tokens: Mapping[str, str]) -> News | None:
    """What all logs say; None when only a listing can tell what they mean.

    A token may be refused, and a folder or a shared drive that changed may have changed who sees
    what lies in it: the log need not name all of that.
    """
    news = News()
    for corpus, token in tokens.items():
        try:
            changes, news.tokens[corpus] = drive.changes(corpus, token)
        except Denied:
            return None
        latest = {change.file_id: change for change in changes}
        if not all(_add(news, change) for change in latest.values()):
            return None
    # A file that moved between corpora is gone from one log and there in another.
    news.gone -= {*news.documents, *news.links}
    return news


def _add(news: News, change: Change) -> bool:
    """Note a change; False if it cannot be understood by itself."""
    if change.is_of_drive:
        return False
    if change.file is None:
        news.gone.add(change.file_id)
        return True
    kind = {DOCUMENT: news.documents, SHORTCUT: news.links}.get(change.file.mime_type)
    if kind is not None:
        kind[change.file_id] = change.file
    return change.file.mime_type != FOLDER
