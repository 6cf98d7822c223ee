"""The sample company with all three sources, its Google and GitHub being servers on this machine.

By hand: `python -m tests.fakes.company FOLDER COMMAND …` runs `answerable COMMAND … --config` with
a configuration in FOLDER, where the index stays for the next time.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import eval as eval_package
from tests.fakes.clock import FakeClock
from tests.fakes.github import FakeGitHub
from tests.fakes.google import FakeGoogle
from tests.fakes.google_world import World
from tests.fakes.serve import serve

COMPANY = Path(eval_package.__file__).parent / "data" / "company"
TOKEN = {"COMPANY_TOKEN": "any will do"}
QUESTIONS = COMPANY / "questions.jsonl"

CONFIG = """\
index: {{data_dir: index}}
eval: {{cache: cache}}
ingest:
  sources:
    handbook: {{kind: docs_repo, path: "{company}/handbook"}}
    drive: {{kind: google_docs, api_endpoint: "{google}"}}
    tracker:
      kind: github_issues
      api_url: "{github}"
      token_env: COMPANY_TOKEN
      repositories: [tallowmere/berthline, tallowmere/tidekit]
      pull_requests: true
      people_file: "{company}/github/people.json"
"""


@contextmanager
def company(folder: Path) -> Iterator[Path]:
    """The configuration, in `folder`; its servers answer while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    github = FakeGitHub(FakeClock(datetime.now(UTC))).load(COMPANY / "github")
    google = FakeGoogle(World.of_folder(COMPANY / "gdocs"))
    with serve(github.front) as github_url, google.running():
        config = folder / "config.yaml"
        text = CONFIG.format(company=COMPANY, google=google.url, github=github_url)
        config.write_text(text, encoding="utf-8")
        yield config


def main() -> int:
    """Run the command; its exit code."""
    folder, *command = sys.argv[1:]
    if folder.startswith("-"):
        sys.exit(f"python -m tests.fakes.company FOLDER COMMAND …: {folder} is no folder")
    with company(Path(folder)) as config:
        arguments = [sys.executable, "-m", "cli", *command, "--config", str(config)]
        environment = {**os.environ, **TOKEN}  # noqa: TID251 - handed on as it is
        return subprocess.run(arguments, check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
