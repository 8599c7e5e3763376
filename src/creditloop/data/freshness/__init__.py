"""Freshness (时效): how old what is known of a party is, source by source, and what a decision does then.

A contract says after how many days what is known is stale, and whether a decision then goes to a person
(`refer`) or counts the data as not there (`absent`). `freshness` says for each party and source what holds on
a day: known when, asked when (from the log of source checks, if it is loaded: asked and nothing there is
another thing than never asked), fresh, stale, never asked, not available, or not read without consent.
`stale_inputs` says what follows for the inputs of a decision, each finding with its source, in zh and en.
"""

from creditloop.data.freshness.inputs import SourceFinding, StaleInputs, stale_inputs
from creditloop.data.freshness.states import FreshState, SourceFreshness, freshness

__all__ = [
    "FreshState",
    "SourceFinding",
    "SourceFreshness",
    "StaleInputs",
    "freshness",
    "stale_inputs",
]
