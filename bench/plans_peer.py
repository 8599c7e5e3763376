"""Make plans with peers, for `bench.plans`: run by the interpreter in which the peers stand.

    PYTHON bench/plans_peer.py LOANS.json > FOUND.json

It imports numpy_financial, mortgagemath and pyxirr alone, none of ours, each if it is there. LOANS.json holds
principal in fen, yearly rate and count of instalments by months; a plan is made of one loan at a time, a rate
of one loan's flows at a time. What it cost is in CPU seconds of each call.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

Loan = tuple[int, str, int]


def timed(call: Callable[[Loan], Any], loans: list[Loan]) -> tuple[list[float], list[Any]]:
    """Return the seconds of each call, sorted, and what they returned."""
    call(loans[0])
    spent, found = [], []
    for loan in loans:
        started = time.process_time_ns()
        found.append(call(loan))
        spent.append((time.process_time_ns() - started) / 1e9)
    return sorted(spent), found


def mortgagemath_plan(peer: Any) -> Callable[[Loan], Any]:
    """Return how mortgagemath makes a plan: Decimal, half up."""
    half_up = peer.PaymentRounding.ROUND_HALF_UP

    def plan(loan: Loan) -> Any:
        principal, rate, count = loan
        return peer.amortization_schedule(
            peer.LoanParams(
                principal=Decimal(principal) / 100, annual_rate=Decimal(rate) * 100, term_months=count,
                payment_rounding=half_up, interest_rounding=half_up,
            )
        )  # fmt: skip

    return plan


def numpy_financial_plan(peer: Any) -> Callable[[Loan], Any]:
    """Return how numpy_financial makes a plan: floats, not rounded."""
    numpy = importlib.import_module("numpy")

    def plan(loan: Loan) -> Any:
        principal, rate, count = loan
        periods, monthly = numpy.arange(1, count + 1), float(rate) / 12
        return peer.ipmt(monthly, periods, count, -principal), peer.ppmt(monthly, periods, count, -principal)

    return plan


def pyxirr_rate(peer: Any) -> Callable[[Loan], Any]:
    """Return how pyxirr annualises level payments on the 20th of each month."""

    def rate(loan: Loan) -> Any:
        principal, _rate, count = loan
        months = [date(2026 + month // 12, month % 12 + 1, 20) for month in range(count + 1)]
        return peer.xirr(months, [-principal, *[principal * 11 // (count * 10) + 1] * count])

    return rate


PEERS = {
    "mortgagemath": mortgagemath_plan,
    "numpy_financial": numpy_financial_plan,
    "pyxirr": pyxirr_rate,
}


def main() -> None:
    """Measure the peers that are there; write what they cost, and mortgagemath's rows."""
    if len(sys.argv) != 2:
        sys.stderr.write((__doc__ or "") + "\n")
        return
    loans = [(principal, rate, count) for principal, rate, count in json.loads(Path(sys.argv[1]).read_text())]
    told: dict[str, Any] = {}
    for name, made in PEERS.items():
        try:
            peer = importlib.import_module(name)
        except ImportError:
            continue
        spent, found = timed(made(peer), loans)
        told[name] = {"version": importlib.import_module("importlib.metadata").version(name), "cpu_s": spent}
        if name == "mortgagemath":  # its first row is the loan before any payment
            told[name]["rows"] = [
                [[int(row.principal * 100), int(row.interest * 100)] for row in plan if row.number]
                for plan in found
            ]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
