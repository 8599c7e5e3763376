"""From a report of either kind to the tables of its events."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from creditloop.data.bureau.events.firm_events import gather_firm
from creditloop.data.bureau.events.frames import event_frames
from creditloop.data.bureau.events.gathering import EventFinding, Gathering
from creditloop.data.bureau.events.person_events import gather_person
from creditloop.data.bureau.firm import FirmReport
from creditloop.data.bureau.person import BureauReport
from creditloop.kernel.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRows:
    """A report as events.

    Attributes:
        frames: a table for each contract, its columns those of the contract's file, money in yuan.
        findings: what was left out or has no value in its contract; nothing is left out unsaid.
    """

    frames: Mapping[str, pl.DataFrame]
    findings: tuple[EventFinding, ...]


def event_rows(report: BureauReport | FirmReport, *, party_no: str) -> EventRows:
    """Turn a report into the rows of the bank's event sources, for the customer of this number.

    Raises: InputError if there is no number.
    """
    if not party_no.strip():
        raise InputError("the customer has no number", got=repr(party_no), expected="a customer number")
    gathering = Gathering(report.number, report.known_at)
    if isinstance(report, FirmReport):
        gather_firm(report, gathering)
    else:
        gather_person(report, gathering)
    frames = event_frames(gathering.rows, party_no=party_no, known_on=gathering.known_on)
    return EventRows(frames=frames, findings=tuple(gathering.findings))
