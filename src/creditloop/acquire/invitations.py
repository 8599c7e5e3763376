"""What a screening means for invitations: opened, opened again, closed; what stands is not said twice."""

import polars as pl

from creditloop.acquire.policies import INVITED

KINDS = ("invited", "accepted", "declined", "closed", "reopened")
"""What can happen to an invitation; `accepted` and `declined` are the party's answer."""
OPEN = ("invited", "reopened")
"""The last event of an invitation that waits for an answer."""


def invitation_events(*, screened: pl.DataFrame, last: pl.DataFrame) -> pl.DataFrame:
    """Return what a screening makes of each party's invitation (邀请事件).

    An invitation stands only while the screening says `invited`: whatever else it says closes an open one.

    Args:
        screened: as `screen` returns it; nobody among them has answered.
        last: party_id, event_no and kind of each party's last event; parties without one are not in it.
    Returns: by party_id: party_id, event_no, kind (invited, reopened or closed), source (the rule).
    """
    joined = screened.join(last, on="party_id", how="left", validate="1:1")
    is_open = pl.col("kind").is_in(OPEN).fill_null(value=False)
    wanted = pl.col("outcome") == INVITED
    kind = (
        pl.when(wanted & pl.col("kind").is_null())
        .then(pl.lit("invited"))
        .when(wanted & ~is_open)
        .then(pl.lit("reopened"))
        .when(~wanted & is_open)
        .then(pl.lit("closed"))
    )
    events = joined.select(
        "party_id",
        (pl.col("event_no").fill_null(0) + 1).alias("event_no"),
        kind.alias("kind"),
        pl.format("whitelist {}", "rule").alias("source"),
    )
    return events.filter(pl.col("kind").is_not_null()).sort("party_id")
