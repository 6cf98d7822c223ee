"""Runs of the suite: as many companies as somebody wants, from a seed."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.leaks.companies import Company, companies
from tests.leaks.reads import PERSONS, Reads, Tally
from tests.leaks.service import Bug, opened


def run(
    count: int,
    *,
    number: int = 0,
    bug: Bug | None = None,
    tell: Callable[[Tally], None] = lambda _: None,
    until_leak: bool = False,
) -> Tally:
    """Read `count` random companies, each before and after its changes.

    Args:
        count: of companies.
        number: of the run: another one, other companies.
        bug: what to put in the place of real parts.
        tell: called after each company.
        until_leak: whether a leak is all that is looked for.
    """
    tally = Tally()
    people = [person for person in PERSONS if person]
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder), bug or Bug()) as (service, client),
    ):
        reads = Reads(service, client, tally)

        @seed(number)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(companies())
        def read(company: Company) -> None:
            if tally.companies == count or (until_leak and tally.leaks):
                return
            service.founded()
            for state in (company.before, company.after):
                service.sync(company, state, people)
                reads.all(company, state)
            tally.companies += 1
            tell(tally)

        read()
    return tally


def run_batch(batch: tuple[int, int]) -> Tally:
    """A run by its number and its count of companies, for a process of its own."""
    number, count = batch
    return run(count, number=number)
