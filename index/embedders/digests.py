"""sha256 of large files, remembered for as long as size and time of change stay the same."""

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path

from index.errors import ConfigError


class Digests:
    """A memory of digests in one folder, so that a start of the service does not hash 90 MB."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "digests.json"
        self._known = self._load()

    def sha256(self, path: Path) -> str:
        """Digest of the file's content.

        Raises:
            ConfigError: the file cannot be read.
        """
        try:
            status = path.stat()
            state = [status.st_size, status.st_mtime_ns]
            known = self._known.get(str(path))
            if isinstance(known, list) and known[:-1] == state:
                return str(known[-1])
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from error
        self._known[str(path)] = [*state, digest]
        self._save()
        return digest

    def _load(self) -> dict[str, object]:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # forgotten digests are computed again
            return {}
        return known if isinstance(known, dict) else {}

    def _save(self) -> None:
        # A data directory that cannot be written costs time at each start, nothing else.
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".digests-")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(self._known, file)
            Path(name).replace(self._path)
