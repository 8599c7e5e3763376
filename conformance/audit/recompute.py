"""Recompute every statement in an auditor's export: `python conformance/audit/recompute.py FOLDER`.

Nothing but the standard library. Each loan is walked day by day: interest by days, penalty by rates, payments
by the order agreed; told is what falls due after an event, and what it turns round. What is owed at a close
must be what is computed, what was stated, and what was posted and accrued. Exit status: 0 it is so, else 1.
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

Row = dict[str, Any]
HASHED = ("loan_no", "sequence", "kind", "value_date", "booked_on", "event_id", "payload")
ACCOUNTS = ("penalty_receivable", "fee_receivable", "interest_receivable", "loan_principal")
PARTS = dict(zip(("penalty", "fee", "interest", "principal"), ACCOUNTS, strict=True))
RATES = {"penalty": "penalty_rate_nano", "interest": "overdue_interest_rate_nano"}
MOVES = ("paid", "waived", "late", "wait")
"""Of a row, by part: paid; waived; charged for being overdue; that cost while the days of grace last."""


def gap(first: str, last: str) -> int:
    """Return the days from one day to another."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def left(r: Row, part: str) -> int:
    """Return what falls due with a row and is neither paid nor waived."""
    return int(r[part] + r["late"][part] - r["paid"][part] - r["waived"][part])


def owed(r: Row, part: str, day: str) -> int:
    """Return what of that is owed as a day begins: a period's interest is earned evenly over its days."""
    if r["due"] <= day or part in ("fee", "principal"):
        return left(r, part)
    rest = int(r["late"][part] + (r["by_day"] if part == "interest" else 0))
    days, gone = gap(r["start"], r["due"]) or 1, max(0, gap(r["start"], day)) if part == "interest" else 0
    return left(r, part) - rest + (2 * rest * gone + days) // (2 * days)


def settle(rows: list[Row], units: int, day: str, order: Row) -> int:
    """Let money settle cells, {past due, due, in advance} x part, in the order agreed; return the rest."""
    queue = []
    for n, r in enumerate(rows):
        when = "past_due" if r["due"] < day else "due" if r["due"] == day else "in_advance"
        cells = {part: k for k, (time, part) in enumerate(order["cells"]) if time == when}
        for part, k in cells.items():
            queue.append((k if order.get("across") == "vertical" else min(cells.values()), n, k, part))
    for _, n, _, part in sorted(queue):
        rows[n]["paid"][part] += (taken := min(units, left(rows[n], part)))
        units -= taken
    return units


def oldest(loan: SimpleNamespace) -> str:
    """Return the oldest due date on which something is open, else the day."""
    due = (r["due"] for r in loan.rows if r["due"] <= loan.day and any(left(r, part) for part in PARTS))
    return str(next(due, loan.day))


def happen(loan: SimpleNamespace, e: Row, told: Row) -> None:
    """Let an event count: rows and what is turned round are told, what a payment settles is computed."""
    said, kind, day, rules = json.loads(e["payload"]), e["kind"], loan.day, loan.rules
    order, late = rules.get("allocation", {}), gap(oldest(loan), day)
    if kind == "repaid":
        above = [s for s in rules.get("by_dpd", []) if late > max(s["above_dpd"], loan.grace_days)]
        order = above[-1]["allocation"] if above else rules.get("by_kind", {}).get(said.get("kind"), order)
    was = {r["row"]: r for r in loan.rows}
    loan.rows = [{m: Counter() for m in MOVES} | was.get(r["row"], {}) | r for r in told["rows"]]
    rows, units = was | {r["row"]: r for r in loan.rows}, said.get("amount", 0) - told["credit"]
    is_told = kind != "repaid" or order.get("across") == "by_row" or order.get("future", "next") != "next"
    for row, part, moved in told["settled"] if is_told else []:
        rows[row]["paid"][part] += moved
        units -= moved
    due = [r for r in loan.rows if r["due"] <= day]
    payable = {"repaid": [loan.rows], "prepaid": [[r for r in due if r["row"] in was], due]}.get(kind, [])
    for some in payable:
        units = settle(some, units, day, order)
    loan.credit += told["credit"] + (units if payable else 0)
    for r in loan.rows if kind == "waived" else []:
        r["waived"][said["part"]] += (taken := min(units, left(r, said["part"])))
        units -= taken
    loan.off |= kind == "written_off"
    loan.rate = Fraction(said.get("rate") or loan.rate)
    for r in loan.rows if oldest(loan) != loan.since else []:
        r["wait"].clear()  # paid within the days of grace


def pass_day(loan: SimpleNamespace) -> None:
    """Charge what being overdue costs on the day: whole fen of the running total, the rest is carried on."""
    rates = {part: Fraction(getattr(loan, told), 10**9) for part, told in RATES.items()}
    for rule in (rule for rule in loan.rules.get("penalties", []) if rule["valid_from"] <= loan.day):
        cap = Fraction(rule.get("cap") or 10**9)
        rates["interest"] = min(cap, loan.rate * Fraction(rule.get("interest_multiple", 0)))
        rates["penalty"] = min(cap - rates["interest"], loan.rate * Fraction(rule["multiple"]))
    due, loan.since = [r for r in loan.rows if r["due"] <= loan.day and not loan.off], oldest(loan)
    own = [max(0, left(r, "interest") - r["late"]["interest"]) * loan.interest_bears_penalty for r in due]
    base = [left(r, "principal") + interest for r, interest in zip(due, own, strict=True)]
    for part, rate in rates.items():
        costs = [(r, units * rate / loan.penalty_basis) for r, units in zip(due, base, strict=True)]
        if gap(loan.since, loan.day) < loan.grace_days:
            for r, cost in costs:
                r["wait"][part] += cost * loan.grace_is_charged
            continue
        for r, cost in [(r, r["wait"].pop(part, 0)) for r in due] + costs:
            fen, loan.carried[part] = divmod(loan.carried[part] + cost, 1)
            r["late"][part] += fen
    loan.day = str(date.fromisoformat(loan.day) + timedelta(days=1))


def closes(stored: Row, events: list[Row], plans: list[Row]) -> Iterator[tuple[str, Row]]:
    """Walk a loan through events by value date, without those undone; give what is owed at each close."""
    undone = set[str]()
    for e in events[::-1]:
        if e["kind"] == "reversed" and e["event_id"] not in undone:
            undone.add(json.loads(e["payload"])["event_id"])
    live = [e for e in events if e["kind"] != "reversed" and e["event_id"] not in undone]
    told = {plan["sequence"]: plan for plan in plans if plan["known_from"] <= events[-1]["sequence"]}
    loan = SimpleNamespace(
        day=stored["paid_out_on"], rows=[], credit=0, off=False, since="", carried=Counter()
    )
    vars(loan).update(stored, **{text: json.loads(stored[text] or "{}") for text in ("terms", "rules")})
    loan.rate = Fraction(loan.terms.get("rate", 0))
    while day := loan.day:
        for e in (e for e in live if e["value_date"] == day):
            happen(loan, e, told[e["sequence"]])
        pass_day(loan)
        rows = [] if loan.off else loan.rows
        found = {account: sum(owed(r, part, loan.day) for r in rows) for part, account in PARTS.items()}
        yield day, found | {"customer_suspense": -loan.credit}


def check_hashes(loan: Row, events: list[Row]) -> None:
    """Exit unless texts and events are what their hashes say, and legs add up to zero."""
    hashed = [(loan[text], loan[f"{text}_hash"]) for text in ("terms", "rules") if loan[text] is not None]
    for before, e in zip(["0" * 64, *(e["hash"] for e in events)], events, strict=False):
        legs = map("{} {} {}".format, e["accounts"], e["lenders"], e["amounts_fen"])
        fields = ["creditloop.book.loan_event.v1", before, *(str(e[name]) for name in HASHED), *legs]
        hashed.append(("\t".join(fields), e["hash"]))
        if sum(e["amounts_fen"]) != 0:
            sys.exit(f"{loan['loan_id']}, event {e['sequence']}: legs do not add up")
    for text, digest in hashed:
        if sha256(text.encode()).hexdigest() != digest:
            sys.exit(f"{loan['loan_id']}: not what was hashed: {text}")


def main(folder: Path) -> int:
    """Recompute every close; return 0, or 1 if an amount is another one."""
    files = []
    for name in ("loans.jsonl", "events.jsonl", "plans.jsonl", "days.csv"):
        files.append(defaultdict[str, list[Row]](list))
        with (folder / name).open(encoding="utf-8") as file:
            for row in csv.DictReader(file) if name.endswith(".csv") else map(json.loads, file):
                files[-1][row["loan_id"]].append(row)
    loans, events, plans, days = files
    if strange := {*events, *plans, *days} - {*loans}:
        sys.exit(f"of no loan that is told: {sorted(strange)}")
    wrong = 0
    for loan_id, [loan] in loans.items():
        check_hashes(loan, events[loan_id])
        posted = Counter[str]()
        for stated in days[loan_id]:
            day = stated["business_date"]
            booked = [e for e in events[loan_id] if e["booked_on"] <= day]
            for e in (e for e in booked if e["booked_on"] == day):
                walk = closes(loan, booked, plans[loan_id])
                for account, units in zip(e["accounts"], e["amounts_fen"], strict=True):
                    posted[account] += units
            for part in RATES:
                posted[PARTS[part]] += int(stated[f"{part}_accrued_fen"])
            found = next(owes for at, owes in walk if at == day)
            told = found | {account: int(stated[f"{part}_fen"]) for part, account in PARTS.items()}
            if not found == told == {account: posted[account] for account in found}:
                wrong += 1
                print(loan_id, day, "recomputed", found, "stated", told, "posted", dict(posted))
    print(f"{len(loans)} loans, {sum(map(len, days.values()))} closes recomputed, {wrong} another amount")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
