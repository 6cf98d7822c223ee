"""What a report says of where it comes from: code, configuration, model, index."""

import hashlib
import json
import subprocess
from importlib.metadata import version
from pathlib import Path

from index.store import Index

_ROOT = Path(__file__).parent.parent


def package_version() -> str:
    """Of Answerable, as installed."""
    return version("answerable")


def commit() -> str:
    """Of the checkout that runs, with `+` if something in it is changed; empty outside of one."""
    if not (_ROOT / ".git").exists():
        return ""
    head = _git("rev-parse", "HEAD")
    return f"{head}+" if head and _git("status", "--porcelain", "-uno") else head


def index_digest(index: Index) -> str:
    """SHA-256, in hex, over the model, the chunker, and each document's id, revision, readers."""
    stats = index.stats()
    lines = [json.dumps([stats["model"], stats["chunker"]])]
    for source in sorted(stats["sources"]):
        for doc_id, revision in sorted(index.revisions(source).items()):
            lines.append(json.dumps([doc_id, revision, sorted(index.readers_of(doc_id) or ())]))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _git(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own arguments
        ["git", "-C", str(_ROOT), *arguments],  # noqa: S607 - whichever git the user has
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()
