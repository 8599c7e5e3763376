"""Ten years of random loans' lives: the book closed day by day against one replay of each loan (simulated).

    python -m bench.loan_soak [--borrowers 400] [--years 10] [--seed 7] [--calm] [--workers 2]
    python -m bench.loan_soak --seed 7 --loan sim-000012-01      the life of one loan, event by event

Borrowers draw loans of all products and pay on time, late, half, ahead or not at all; repayments are
delivered twice, found weeks later, bounce and are overpaid; fees are charged and waived; rates are reset,
dates moved, loans restructured, re-aged, written off, recovered, renewed (`creditloop.world.lending`). The
live book is the day end's columns: what an event leaves is put in as it happens, `close_day` closes each day.
It is compared

    - before every event, and at the end: each column of the loan with a replay of all its events;
    - after every event: what the rows leave open with what was posted; each instalment's interest with the
      most that its days can cost;
    - at the end: what was posted day by day and event by event, by programme, account and lender, with what
      the balances of the replays are split into; all postings with zero;
    - at the end, for each loan: our part of all interest and penalty with our share, within a fen.

The exit status is 1 if anything differs; the first difference of each loan is told with the command that
plays its life again. A loan's life depends on the seed and its borrower alone, so that command is quick.
"""

import argparse
import multiprocessing
import os
import platform
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.loan_soak_shard import Shard, Tally

from creditloop.kernel.documents import Document, read_document
from creditloop.world.lending import Book, Offers, Scenario, read_behaviour

ROOT = Path(__file__).parents[1]
FIRST_DAY = date(2021, 1, 1)
"""The first day on which all products are sold."""
PRODUCTS = ("bullet_loan", "instalment_loan", "patent_line", "retail_line", "sme_working_capital")
_SHARD_BORROWERS = 500
"""Borrowers whose columns are closed together."""
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is run."""

    seed: int
    borrowers: int
    years: int
    scenario: Scenario

    def book(self) -> Book:
        """Return the simulated book; its documents are read anew in every process."""
        return Book(
            seed=self.seed,
            borrowers=self.borrowers,
            first_day=FIRST_DAY,
            after=FIRST_DAY.replace(year=FIRST_DAY.year + self.years),
            behaviour=read_behaviour(scenario=self.scenario),
            offers=Offers(products=PRODUCTS, find=_document),
        )


def _document(path: str) -> Document:
    return read_document(ROOT / path, root=ROOT)


def soak(asked: Asked, *, workers: int = 1) -> Tally:
    """Run the soak; the same for any number of workers."""
    size = min(_SHARD_BORROWERS, -(-asked.borrowers // workers))
    parts = [
        (asked, range(first, min(first + size, asked.borrowers + 1)))
        for first in range(1, asked.borrowers + 1, size)
    ]
    whole = Tally()
    if workers == 1:
        for part in parts:
            whole.add(_shard(part))
        return whole
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for tally in pool.imap(_shard, parts, chunksize=1):
            whole.add(tally)
    return whole


def _shard(part: tuple[Asked, range]) -> Tally:
    asked, borrowers = part
    return Shard(book=asked.book(), borrowers=borrowers).run()


def main() -> int:
    """Run what was asked for, print it, and return 1 if anything differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--borrowers", type=int, default=400)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--calm", action="store_true", help="a quiet book instead of one under stress")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--loan", help="tell one loan's life, e.g. sim-000012-01")
    given = parser.parse_args()
    scenario = Scenario.CALM if given.calm else Scenario.STRESS
    asked = Asked(seed=given.seed, borrowers=given.borrowers, years=given.years, scenario=scenario)
    if given.loan:
        return _tell(asked, given.loan)
    started, used = time.perf_counter(), sum(os.times()[:4])
    tally = soak(asked, workers=given.workers)
    wall, cpu = time.perf_counter() - started, sum(os.times()[:4]) - used
    print(f"{platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} CPUs; simulated")
    print(f"{asked.borrowers:,} borrowers ({asked.scenario}), seed {asked.seed}, {asked.years} years")
    for line in tally.lines():
        print(line)
    print(f"{wall:,.0f} s on the wall, {cpu:,.0f} s CPU")
    for difference in tally.differences[:_SHOWN]:
        print(f"  {difference}  (python -m bench.loan_soak {_again(asked)} --loan {difference.loan_id})")
    print("PASS" if not tally.differences else f"{len(tally.differences)} loans or sums differ")
    return 1 if tally.differences else 0


def _again(asked: Asked) -> str:
    calm = " --calm" if asked.scenario is Scenario.CALM else ""
    return f"--seed {asked.seed} --borrowers {asked.borrowers} --years {asked.years}{calm}"


def _tell(asked: Asked, loan_id: str) -> int:
    """Print a loan's life as the soak books it, and what differs."""
    borrower = int(loan_id.split("-")[1])
    tally = Shard(book=asked.book(), borrowers=range(borrower, borrower + 1), tell=(loan_id, print)).run()
    told = [difference for difference in tally.differences if difference.loan_id == loan_id]
    for difference in told:
        print(difference)
    print("PASS" if not told else "differs")
    return 1 if told else 0


if __name__ == "__main__":
    raise SystemExit(main())
