"""What a screening makes of an invitation: one row a state it can be in and an outcome."""

import polars as pl
import pytest

from creditloop.acquire import invitation_events

NEVER = None
STEPS = [
    # last event, outcome of the screening → what happens, None if nothing
    (NEVER, "invited", "invited"),
    (NEVER, "watched", None),
    (NEVER, "closed", None),
    (NEVER, "refer", None),
    ("invited", "invited", None),
    ("invited", "watched", "closed"),
    ("invited", "closed", "closed"),
    ("invited", "refer", "closed"),
    ("reopened", "invited", None),
    ("reopened", "watched", "closed"),
    ("closed", "invited", "reopened"),
    ("closed", "watched", None),
    ("closed", "closed", None),
]


@pytest.mark.parametrize(("last", "outcome", "event"), STEPS)
def test_a_step(last: str | None, outcome: str, event: str | None) -> None:
    screened = pl.DataFrame({"party_id": ["p0"], "outcome": [outcome], "rule": ["WL_00"]})
    rows = [] if last is None else [("p0", 4, last)]
    schema = {"party_id": pl.String, "event_no": pl.Int64, "kind": pl.String}
    events = invitation_events(screened=screened, last=pl.DataFrame(rows, schema=schema, orient="row"))
    number = 1 if last is None else 5
    assert events.rows() == ([] if event is None else [("p0", number, event, "whitelist WL_00")])
