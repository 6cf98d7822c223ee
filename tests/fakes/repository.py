"""A real git repository to write in, for tests."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


class Repository:
    """A work tree with commits of a person called Ada."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seconds = 1_700_000_000
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "uploadpack.allowFilter", "true")

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files; None removes one."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes | None], by: str = "Ada") -> str:
        """Write files and commit everything, an hour after the last commit; gives the commit."""
        self.write(files)
        self.git("add", "--all", "--force")
        self._seconds += 3600
        self.git("commit", "--quiet", "--allow-empty", "--message=change", by=by)
        return self.head

    def git(self, *args: str, by: str = "Ada") -> str:
        """What a git command in the work tree prints."""
        who = {"NAME": by, "EMAIL": "someone@example.com", "DATE": f"{self._seconds} +0000"}
        signed = {f"GIT_{r}_{k}": v for r in ("AUTHOR", "COMMITTER") for k, v in who.items()}
        alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        environment = {"PATH": os.environ["PATH"]} | signed | alone  # noqa: TID251
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *args],
            cwd=self.folder,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()
