"""The suite in a large size: `python -m tests.leaks --companies 2000`."""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence

from tests.leaks.bugs import BUGS
from tests.leaks.reads import Tally
from tests.leaks.running import run, run_batch
from tests.leaks.timing import Difference, measured

_BATCH = 20  # companies of one run; each run has an index of its own
_SHOWN = 10
_FOR_A_BUG = 100


def main(arguments: Sequence[str]) -> int:
    """Run, print the table, and give 1 if anything is not as it must be."""
    parser = argparse.ArgumentParser(prog="tests.leaks")
    parser.add_argument("--companies", type=int, default=100)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--pairs", type=int, default=2000, help="of the timing; 0: none")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    tally = _all(given.companies, given.processes)
    seconds = time.monotonic() - began
    caught = [bug.name for bug in BUGS if run(_FOR_A_BUG, bug=bug, until_leak=True).leaks]
    difference = measured(given.pairs) if given.pairs else None
    _write(tally, seconds, caught, difference)
    is_good = not tally.leaks and not tally.withheld and len(caught) == len(BUGS)
    return 0 if is_good and (difference is None or not difference.is_telling) else 1


def _all(companies: int, processes: int) -> Tally:
    total = Tally()
    sizes = [min(_BATCH, companies - done) for done in range(0, companies, _BATCH)]
    # A new process for each run: what one keeps in memory ends with it.
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=1) as pool:
        for tally in pool.imap_unordered(run_batch, enumerate(sizes)):
            total.add(tally)
            sys.stderr.write(
                f"\r{total.companies} of {companies} companies, {total.reads:,} reads, "
                f"{len(total.leaks)} leaks, {len(total.withheld)} wrongly withheld"
            )
    sys.stderr.write("\n")
    return total


def _write(tally: Tally, seconds: float, caught: list[str], difference: Difference | None) -> None:
    rows = [
        ("companies", f"{tally.companies:,}"),
        ("reads, person by question", f"{tally.asked:,}"),
        ("requests in all", f"{tally.reads:,}"),
        ("leaks", f"{len(tally.leaks):,}"),
        ("wrongly withheld", f"{len(tally.withheld):,}"),
        ("seconds", f"{seconds:,.0f}"),
        ("bugs caught", f"{len(caught)} of {len(BUGS)}: {', '.join(caught)}"),
    ]
    if difference:
        rows.append(("absent or forbidden", str(difference)))
    for name, value in rows:
        sys.stdout.write(f"{name:<26}{value}\n")
    for line in (*tally.leaks[:_SHOWN], *tally.withheld[:_SHOWN]):
        sys.stdout.write(f"  {line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
