"""Changes planted in an auditor's export: by somebody who cannot hash again, and by somebody who can."""

import json
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from creditloop.book.loans import FIRST_PREVIOUS_HASH, event_hash

Record = dict[str, Any]
Change = Callable[[list[Record]], None]
"""Changes the records of one loan in one file."""


def plant(folder: Path, name: str, loan_id: str, change: Change) -> None:
    """Change one loan's records in a file of the export."""
    records = [json.loads(line) for line in (folder / name).read_text().splitlines()]
    own = [record for record in records if record["loan_id"] == loan_id]
    before = json.dumps(own)
    change(own)
    assert json.dumps(own) != before, "something is planted"
    others = [record for record in records if record["loan_id"] != loan_id]
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in others + own)
    (folder / name).write_text(text)


def hashed_again(change: Change) -> Change:
    """Return a change of events after which sequences, chain and hashes are made to fit again."""

    def changed(events: list[Record]) -> None:
        change(events)
        previous = FIRST_PREVIOUS_HASH
        for number, event in enumerate(events, start=1):
            event["sequence"], event["previous_hash"] = number, previous
            event["hash"] = previous = event_hash(
                previous_hash=previous,
                loan_no=event["loan_no"],
                sequence=number,
                kind=event["kind"],
                value_date=date.fromisoformat(event["value_date"]),
                booked_on=date.fromisoformat(event["booked_on"]),
                event_id=event["event_id"],
                payload=event["payload"],
                legs=list(zip(event["accounts"], event["lenders"], event["amounts_fen"], strict=True)),
            )

    return changed


def text_replaced(text: str, old: str, new: str) -> Change:
    """Return a change of an agreed text and of its hash."""

    def changed(loans: list[Record]) -> None:
        (loan,) = loans
        loan[text] = loan[text].replace(old, new)
        loan[f"{text}_hash"] = sha256(loan[text].encode()).hexdigest()

    return changed


def payment(events: list[Record]) -> None:
    """Let the first payment be a fen more, as it is said and as it is posted."""
    event = next(event for event in events if event["kind"] == "repaid")
    said = json.loads(event["payload"])
    event["payload"] = json.dumps({**said, "amount": said["amount"] + 1})


def leg(events: list[Record]) -> None:
    """Let a payment have repaid a fen more of the principal, and as much less of something else."""
    event = next(event for event in events if event["kind"] in ("repaid", "prepaid"))
    at = event["accounts"].index("loan_principal")
    event["amounts_fen"][at] -= 1
    event["amounts_fen"][at - 1] += 1


def posting_left_out(events: list[Record]) -> None:
    """Leave what a payment repaid of the principal out, and the same of what came in."""
    event = next(event for event in events if event["kind"] in ("repaid", "prepaid"))
    at = event["accounts"].index("loan_principal")
    event["amounts_fen"][at - 1] += event["amounts_fen"][at]
    for field in ("accounts", "lenders", "amounts_fen"):
        del event[field][at]


def event_left_out(events: list[Record]) -> None:
    """Leave the second event out."""
    del events[1]


def events_turned(events: list[Record]) -> None:
    """Let two events of other days have come the other way round."""
    one, other = events[1], events[2]
    events[1], events[2] = other, one
    for field in ("value_date", "booked_on"):
        one[field], other[field] = other[field], one[field]


def row(part: str, more: int = 1) -> Change:
    """Return a change of what falls due with the first row of the first plan."""

    def changed(plans: list[Record]) -> None:
        plans[0]["rows"][0][part] += more
        for plan in plans[1:]:
            if plan["rows"] and plan["rows"][0]["row"] == plans[0]["rows"][0]["row"]:
                plan["rows"][0][part] += more

    return changed


def row_left_out(plans: list[Record]) -> None:
    """Leave the last row of every plan out."""
    for plan in plans:
        plan["rows"] = plan["rows"][:-1]


def turned_round(plans: list[Record]) -> None:
    """Let a refund have opened a fen more."""
    plan = next(plan for plan in plans if any(units < 0 for *_, units in plan["settled"]))
    plan["settled"][0][2] -= 1
