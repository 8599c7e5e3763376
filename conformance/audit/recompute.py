"""Recompute loan statements from an auditor's export, with nothing but the standard library.

    python conformance/audit/recompute.py FOLDER

No code of the product is imported. Per loan: texts and events are what their hashes say, legs add up to zero,
and the balances at every close of every day follow from plan, payments, rates and order of settlement. Plans
that an event made anew are taken from the export. What is not recomputed here is named and counted: money
paid back, a plan made anew before an event that was backdated or undone. Exit status: 0 all is recomputed,
1 an amount is another one, 2 something was left.
"""

import csv
import json
import sys
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

Row = dict[str, Any]
PARTS = ("penalty", "fee", "interest", "principal")
KEYS = ("loan_no", "sequence", "kind", "value_date", "booked_on", "event_id", "payload")
PLAN_EVENTS = (
    "prepaid",
    "rate_reset",
    "restructured",
    "reaged",
    "reamortised",
    "rescheduled",
    "due_dates_moved",
)


class NotRecomputedError(Exception):
    """What this script leaves to a reader, by name; it never passes for recomputed."""


def by_loan(path: Path) -> dict[str, list[Row]]:
    """Return the rows of a file by loan."""
    with path.open(encoding="utf-8") as file:
        found = defaultdict(list)
        for row in csv.DictReader(file) if path.suffix == ".csv" else map(json.loads, file):
            found[row["loan_id"]].append(row)
        return found


def check_hashes(loan: Row, events: list[Row]) -> None:
    """Check texts against their hashes, and the chain and sums of events."""
    before = "0" * 64
    for text in ("terms", "rules"):
        assert sha256(loan[text].encode()).hexdigest() == loan[f"{text}_hash"], text
    for e in events:
        legs = [
            " ".join(map(str, leg)) for leg in zip(e["accounts"], e["lenders"], e["amounts_fen"], strict=True)
        ]
        line = ("creditloop.book.loan_event.v1", before, *(e[key] for key in KEYS), *legs)
        before = sha256("\t".join(map(str, line)).encode()).hexdigest()
        assert (before, sum(e["amounts_fen"])) == (e["hash"], 0), f"event {e['sequence']}"


def row_of(p: Row) -> Row:
    """Return an instalment as a row: four parts open, what its period accrues."""
    start, due = (date.fromisoformat(p[name]) for name in ("from_date", "due_date"))
    amounts = {
        "interest": int(p["interest_fen"]),
        "principal": int(p["principal_fen"]),
        "penalty": 0,
        "fee": 0,
    }
    return {
        "start": start,
        "due": due,
        "runs": int(p["period_interest_fen"]),
        "extra": 0,
        "wait": [0, 0],
        **amounts,
    }


def pay(rows: list[Row], amount: int, day: date, cells: list[list[str]]) -> int:
    """Settle twelve cells: past due, due, in advance; within each, instalment by instalment."""
    for when in ("past_due", "due", "in_advance"):
        for row in rows:
            if when == ("past_due" if row["due"] < day else "due" if row["due"] == day else "in_advance"):
                for part in (part for of, part in cells if of == when):
                    taken = min(amount, max(0, row[part]))
                    row[part], amount = row[part] - taken, amount - taken
    return amount


def happen(e: Row, at: date, rows: list[Row], plans: dict[int, list[Row]], loan: Row) -> list[Row]:
    """Let an event change the rows; return them."""
    said, rules = json.loads(e["payload"]), json.loads(loan["rules"])
    if e["kind"] == "disbursed":
        return [row_of(p) for p in plans[e["sequence"]]]
    if e["kind"] == "charged":
        next(r for r in rows if r["due"] >= date.fromisoformat(said["due"]))[said["part"]] += said["amount"]
    elif e["kind"] == "waived":
        for r in rows:
            taken = min(said["amount"], max(0, r[said["part"]]))
            r[said["part"]], said["amount"] = r[said["part"]] - taken, said["amount"] - taken
    elif e["kind"] in ("repaid", "prepaid"):
        late = max(((at - r["due"]).days for r in rows if any(r[p] for p in PARTS)), default=0)
        above = [s for s in rules.get("by_dpd", []) if late > max(s["above_dpd"], loan["grace_days"])]
        cells = (above[-1] if above and e["kind"] == "repaid" else rules)["allocation"]["cells"]
        due = rows if e["kind"] == "repaid" else [r for r in rows if r["due"] <= at]
        left = pay(due, said["amount"], at, cells)
        if left and e["kind"] == "prepaid" and not plans[e["sequence"]]:
            return [r for r in rows if r["due"] <= at]  # it paid off all that was to come
    elif e["kind"] not in PLAN_EVENTS:
        raise NotRecomputedError(e["kind"])
    if plans[e["sequence"]]:
        new = [row_of(p) for p in plans[e["sequence"]]]
        return [r for r in rows if r["due"] < new[0]["due"] and r["due"] <= at] + new
    return rows


def close(
    loan: Row, events: list[Row], plans: dict[int, list[Row]], rates: list[Row], day: date
) -> dict[str, int]:
    """Return the balances at the close of a day, from the events booked by then."""
    undone = {json.loads(e["payload"])["event_id"] for e in events if e["kind"] == "reversed"}
    live = [e for e in events if e["event_id"] not in undone and e["kind"] != "reversed"]
    for made in (e for e in live if e["kind"] in PLAN_EVENTS):
        after = [e for e in events if e["sequence"] > made["sequence"]]
        if any(e["kind"] == "reversed" or e["value_date"] < made["value_date"] for e in after):
            raise NotRecomputedError("a plan made before an event that was backdated or undone")
    rows: list[Row] = []
    carried, since, at = [Fraction(0)] * 2, date.max, date.fromisoformat(loan["paid_out_on"])
    standing = [(loan["penalty_rate_nano"], loan["overdue_interest_rate_nano"])]
    while at <= day:
        for e in sorted((e for e in live if e["value_date"] == str(at)), key=lambda e: e["sequence"]):
            if e["kind"] == "written_off":
                return dict.fromkeys(PARTS, 0)
            rows = happen(e, at, rows, plans, loan)
        late = [r for r in rows if r["due"] <= at and any(r[p] for p in PARTS)]
        changed = [r for r in rates if r["from_date"] <= str(at)]
        nano = [(int(r["penalty_rate_nano"]), int(r["overdue_interest_rate_nano"])) for r in changed]
        if not late or late[0]["due"] != since:
            since = late[0]["due"] if late else date.max
            for r in rows:
                r["wait"] = [0, 0]
        for n, part in enumerate(("penalty", "interest")):
            unit = Fraction((standing + nano)[-1][n], 10**9 * loan["penalty_basis"])
            own = [max(0, r["interest"] - r["extra"]) * loan["interest_bears_penalty"] for r in late]
            costs = [(r["principal"] + interest) * unit for r, interest in zip(late, own, strict=True)]
            if late and (at - since).days < loan["grace_days"]:
                for r, cost in zip(late, costs, strict=True):
                    r["wait"][n] += cost
                continue
            waited = [r["wait"][n] * loan["grace_is_charged"] for r in late]
            for r, cost in [*zip(late, waited, strict=True), *zip(late, costs, strict=True)]:
                fen, carried[n] = divmod(carried[n] + cost, 1)
                r[part], r["extra"] = r[part] + fen, r["extra"] + fen * n
                r["wait"][n] = 0
        at += timedelta(days=1)
    found = {part: sum(r[part] for r in rows) for part in PARTS}
    for r in rows:  # interest of a period that is not over is owed only as far as it is earned
        length = (r["due"] - r["start"]).days
        days = min(max((at - r["start"]).days, 0), length)
        found["interest"] -= r["runs"] - (2 * r["runs"] * days + length) // (2 * length)
    return found


def main(folder: Path) -> int:
    """Recompute every close in the export; return the exit status."""
    loans, events, days = (by_loan(folder / name) for name in ("loans.jsonl", "events.jsonl", "days.csv"))
    plans, rates = by_loan(folder / "plans.csv"), by_loan(folder / "overdue_rates.csv")
    same, wrong, left = 0, 0, defaultdict[str, int](int)
    for loan_id, [loan] in loans.items():
        check_hashes(loan, events[loan_id])
        made = defaultdict(list)
        for p in plans[loan_id]:
            made[int(p["sequence"])].append(p)
        for day in days[loan_id]:
            booked = [e for e in events[loan_id] if e["booked_on"] <= day["business_date"]]
            known = [r for r in rates[loan_id] if int(r["sequence"]) <= booked[-1]["sequence"]]
            try:
                found = close(loan, booked, made, known, date.fromisoformat(day["business_date"]))
            except NotRecomputedError as reason:
                left[str(reason)] += 1
                continue
            told = {part: int(day[f"{part}_fen"]) for part in PARTS}
            same, wrong = same + (found == told), wrong + (found != told)
            if found != told:
                print(loan_id, day["business_date"], "recomputed", found, "exported", told)
    print(f"{len(loans)} loans, {same} closes recomputed, {wrong} another amount; left: {dict(left)}")
    return 1 if wrong else 2 if left else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
