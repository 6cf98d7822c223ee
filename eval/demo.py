"""The demonstration: ingest the sample company, ask three questions, say what to do next."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

CONFIG: Final = Path(__file__).parent.parent / "config.yaml"
QUESTIONS: Final = (
    "How much is the learning budget?",
    "What is the dress code for a wedding?",
    "How do I hand in a receipt?",
)
"""The second one is for a refusal: the handbook says nothing about it."""

NEXT: Final = """
That was the sample company. Next:
  answerable ask "…"    a question of your own
  make serve            the HTTP service: a page to ask at http://127.0.0.1:8000/, the API at /docs
  config.yaml           put your own folder or git repository there, then: answerable ingest
(`answerable` is in .venv/bin.)
"""


def main() -> int:
    """Run the commands as a person would; the exit code of the first that fails, else 0."""
    console = Console(markup=False, highlight=False, soft_wrap=True)
    for arguments in (["ingest"], *(["ask", question] for question in QUESTIONS)):
        console.print(f"\n$ {shlex.join(['answerable', *arguments])}", style="bold green")
        if code := _run(arguments):
            return code
    console.print(NEXT)
    return 0


def _run(arguments: Sequence[str]) -> int:
    # In processes of their own, like from a shell: nothing is warm that would not be.
    command = [sys.executable, "-m", "cli", *arguments, "--config", str(CONFIG)]
    return subprocess.run(command, check=False, cwd=CONFIG.parent).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
