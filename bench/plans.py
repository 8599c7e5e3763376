"""How fast plans are made: one, a million, and a quote with its rates; beside peers in the same run.

    python -m bench.plans [--loans N] [--single N] [--peer-python PYTHON]

1. One plan: CPU microseconds of `plan_of` for loans that are all different, p50 and p99; by daily interest
   and by months, 12, 36 and 360 instalments. Making the terms is measured beside it.
2. N plans of 12 (default 1,000,000): CPU seconds of `plan_columns`, by method, principal added up; some loans
   drawn by a seed are planned by themselves and must be equal to the fen.
3. A quote with fees and both annualised rates: CPU microseconds, p50 and p99, 12 and 36 instalments.
4. Peers, each where it is installed: mortgagemath (Decimal; its rows compared with ours), numpy_financial
   (floats), pyxirr (the rate alone). They may stand in another environment: --peer-python names it.

All loans are simulated. A bar that is missed is an exit status of 1: a plan of 12 in 15 µs and a quote in
1,000 µs (p50), a million plans in 2 seconds, every compared plan equal.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from creditloop.book.calendars import Cycle
from creditloop.book.interest import DayCount
from creditloop.book.plan import (
    Fee,
    InterestBy,
    LoanColumns,
    PlanColumns,
    PlanRules,
    PlanTerms,
    RepaymentMethod,
    plan_columns,
    plan_of,
    quote,
)

PLAN_MICROSECONDS, QUOTE_MICROSECONDS, MILLION_SECONDS = 15.0, 1000.0, 2.0
PEER_SCRIPT = Path(__file__).with_name("plans_peer.py")
FEES = (
    Fee(code="guarantee", amount_fen=30_00),
    Fee(code="service", amount_fen=2_00, instalments=(1, 2, 3)),
)
COMPARED = 500
Given = TypeVar("Given")


def rules(method: RepaymentMethod, by: InterestBy) -> PlanRules:
    """Return a product's rules."""
    return PlanRules(method=method, period=Cycle(months=1), interest_by=by, day_count=DayCount.ACT_360)


def simulated(number: int, of: PlanRules, count: int) -> list[PlanTerms]:
    """Return loans that are all different: amounts, rates, dates."""
    random = np.random.default_rng(number)
    columns = zip(
        random.integers(500_00, 300_000_00, number).tolist(),
        random.integers(30, 240, number).tolist(),
        random.integers(0, 700, number).tolist(),
        random.integers(20, 50, number).tolist(),
        strict=True,
    )
    first = date(2024, 1, 1)
    return [
        PlanTerms(
            rules=of, principal_fen=principal, rate=Decimal(rate).scaleb(-3), count=count,
            start=first + timedelta(days=day), first_due=first + timedelta(days=day + ahead),
        )
        for principal, rate, day, ahead in columns
    ]  # fmt: skip


def spent_on(call: Callable[[Given], object], given: Sequence[Given]) -> list[float]:
    """Return CPU microseconds of each call, sorted."""
    for one in given[:50]:
        call(one)
    spent = []
    for one in given:
        started = time.process_time_ns()
        call(one)
        spent.append((time.process_time_ns() - started) / 1e3)
    return sorted(spent)


def told(name: str, spent: Sequence[float]) -> float:
    """Print p50 and p99, and return the p50."""
    p50, p99 = spent[len(spent) // 2], spent[len(spent) * 99 // 100]
    print(f"  {name:<58}{p50:>9.1f}{p99:>9.1f}")
    return p50


def measure_single(number: int) -> bool:
    """Measure one plan at a time; return whether plans of 12 keep the bar."""
    print(f"one plan, CPU µs{'p50':>51}{'p99':>9}")
    kept = True
    for by in InterestBy:
        for count in (12, 36, 360):
            loans = simulated(
                number if count < 100 else number // 20, rules(RepaymentMethod.EQUAL_INSTALMENT, by), count
            )
            p50 = told(f"equal_instalment, by {by}, {count}", spent_on(plan_of, loans))
            kept &= count > 12 or p50 <= PLAN_MICROSECONDS
    of = rules(RepaymentMethod.EQUAL_INSTALMENT, InterestBy.DAYS)

    def made(one: PlanTerms) -> PlanTerms:
        return PlanTerms(
            rules=of, principal_fen=one.principal_fen, rate=one.rate, start=one.start,
            first_due=one.first_due, count=12,
        )  # fmt: skip

    told("its terms alone", spent_on(made, simulated(number, of, 12)))
    return kept


def measure_columns(number: int) -> bool:
    """Measure many plans at once; return whether they keep the bar and are equal to single ones."""
    print(f"{number:,} plans of 12, CPU seconds")
    random = np.random.default_rng(7)
    start = np.datetime64("2024-01-01") + random.integers(0, 700, number)
    loans = LoanColumns(
        principal_fen=random.integers(500_00, 300_000_00, number),
        rate_nano=random.integers(30, 240, number) * 10**6,
        start=start,
        first_due=start + random.integers(20, 50, number),
        count=np.full(number, 12),
    )
    kept = True
    methods = set(RepaymentMethod) - {RepaymentMethod.STEPPED, RepaymentMethod.FIXED_PAYMENT}
    for method in sorted(methods):
        for by in InterestBy:
            of, repaid, unlike = rules(method, by), 0, 0
            started = time.process_time()
            for part in plan_columns(rules=of, loans=loans):
                repaid += int(part.principal_fen.sum())
            spent = time.process_time() - started
            unlike = unequal(of, loans, random.integers(0, number, COMPARED))
            print(f"  {method + ', by ' + by:<40}{spent:>9.2f}   {unlike} of {COMPARED} compared differ")
            within = spent <= MILLION_SECONDS * max(number, 10**5) / 10**6
            kept &= within and not unlike and repaid == int(loans.principal_fen.sum())
    return kept


def unequal(of: PlanRules, loans: LoanColumns, chosen: np.ndarray) -> int:
    """Count loans whose column is not their single plan."""
    marked = np.zeros(len(loans), dtype=np.bool_)
    marked[chosen] = True
    some = loans.taken(marked)
    parts: list[PlanColumns] = list(plan_columns(rules=of, loans=some))
    plans = [part.plan(at) for part in parts for at in range(len(part))]
    single = (
        plan_of(
            PlanTerms(
                rules=of, principal_fen=int(some.principal_fen[at]), count=12,
                rate=Decimal(int(some.rate_nano[at])).scaleb(-9), start=some.start[at].item(),
                first_due=some.first_due[at].item(),
            )
        )
        for at in range(len(some))
    )  # fmt: skip
    return sum(plan != other for plan, other in zip(plans, single, strict=True))


def measure_quotes(number: int) -> bool:
    """Measure quotes with fees; return whether they keep the bar."""
    print(f"a quote with fees and both annualised rates, CPU µs{'p50':>16}{'p99':>9}")
    kept = True
    for by in InterestBy:
        for count in (12, 36):
            loans = simulated(number, rules(RepaymentMethod.EQUAL_INSTALMENT, by), count)
            spent = spent_on(lambda one: quote(terms=one, fees=FEES), loans)
            kept &= told(f"by {by}, {count}", spent) <= QUOTE_MICROSECONDS
    return kept


def measure_peers(python: str, number: int) -> bool:
    """Measure the peers that are installed; return whether their rows are ours."""
    print(f"peers, CPU µs{'p50':>54}{'p99':>9}")
    of = rules(RepaymentMethod.EQUAL_INSTALMENT, InterestBy.MONTHS)
    loans = [
        PlanTerms(
            rules=of, principal_fen=one.principal_fen, rate=one.rate, start=date(2026, 1, 20),
            first_due=date(2026, 2, 20), count=12,
        )
        for one in simulated(number, of, 12)
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "loans.json"
        file.write_text(json.dumps([(one.principal_fen, str(one.rate), one.count) for one in loans]))
        answer = subprocess.run(
            [python, str(PEER_SCRIPT), str(file)], capture_output=True, text=True, check=True
        )
    found: dict[str, Any] = json.loads(answer.stdout)
    for name in ("mortgagemath", "numpy_financial", "pyxirr"):
        if name not in found:
            print(f"  {name}: not installed, not measured")
            continue
        what = "a rate of 12 flows" if name == "pyxirr" else "a plan of 12"
        told(f"{name} {found[name]['version']}, {what}", [second * 1e6 for second in found[name]["cpu_s"]])
    if "mortgagemath" not in found:
        return True
    plans = (plan_of(one) for one in loans)
    unlike: int = sum(
        rows != [list(row) for row in zip(plan.principal_fen, plan.interest_fen, strict=True)]
        for rows, plan in zip(found["mortgagemath"]["rows"], plans, strict=True)
    )
    print(f"  {unlike} of {len(loans)} of mortgagemath's plans differ from ours")
    return not unlike


def main() -> int:
    """Measure; return the exit status."""
    asked = argparse.ArgumentParser(prog="bench.plans", description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--loans", type=int, default=1_000_000)
    asked.add_argument("--single", type=int, default=10_000)
    asked.add_argument("--peer-python", default=sys.executable)
    given = asked.parse_args()
    print(platform.platform(), platform.python_version(), "NumPy", np.__version__)
    kept = [
        measure_single(given.single),
        measure_columns(given.loans),
        measure_quotes(max(100, given.single // 10)),
        measure_peers(given.peer_python, max(100, given.single // 10)),
    ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
