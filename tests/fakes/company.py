"""An invented company with all its sources, its Google and GitHub being servers on this machine.

By hand: `python -m tests.fakes.company [--heldout] FOLDER COMMAND …` runs `answerable COMMAND …
--config` with a configuration in FOLDER, where the index stays for the next time. It is the sample
company, or with `--heldout` the one that nothing was chosen by.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml

import eval as eval_package
from tests.fakes.clock import FakeClock
from tests.fakes.github import FakeGitHub
from tests.fakes.google import FakeGoogle
from tests.fakes.google_world import World
from tests.fakes.serve import serve

COMPANY: Final = Path(eval_package.__file__).parent / "data" / "company"
HELDOUT: Final = COMPANY.with_name("heldout")
TOKEN = {"COMPANY_TOKEN": "any will do"}
QUESTIONS = COMPANY / "questions.jsonl"


@contextmanager
def company(folder: Path, data: Path = COMPANY) -> Iterator[Path]:
    """The configuration, in `folder`; its servers answer while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        github = FakeGitHub(FakeClock(datetime.now(UTC))).load(data / "github")
        sources = {"handbook": {"kind": "docs_repo", "path": str(data / "handbook")}}
        if (data / "gdocs").is_dir():
            google = FakeGoogle(World.of_folder(data / "gdocs"))
            running.enter_context(google.running())
            sources["drive"] = {"kind": "google_docs", "api_endpoint": google.url}
        url = running.enter_context(serve(github.front))
        sources["tracker"] = _tracker(data / "github", url)
        config = folder / "config.yaml"
        sections = {
            "index": {"data_dir": "index"},
            "eval": {"cache": "cache"},
            "ingest": {"sources": sources},
        }
        config.write_text(yaml.safe_dump(sections, sort_keys=False), encoding="utf-8")
        yield config


def _tracker(data: Path, url: str) -> dict[str, Any]:
    people = data / "people.json"
    return {
        "kind": "github_issues",
        "api_url": url,
        "token_env": "COMPANY_TOKEN",
        "repositories": sorted(one.name.replace("__", "/") for one in data.glob("*__*")),
        "pull_requests": True,
        **({"people_file": str(people)} if people.is_file() else {}),
    }


def main() -> int:
    """Run the command; its exit code."""
    arguments = sys.argv[1:]
    is_heldout = arguments[:1] == ["--heldout"]
    folder, *command = arguments[is_heldout:]
    if folder.startswith("-"):
        sys.exit(f"python -m tests.fakes.company FOLDER COMMAND …: {folder} is no folder")
    with company(Path(folder), HELDOUT if is_heldout else COMPANY) as config:
        arguments = [sys.executable, "-m", "cli", *command, "--config", str(config)]
        environment = {**os.environ, **TOKEN}  # noqa: TID251 - handed on as it is
        return subprocess.run(arguments, check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
