"""来源与授权: how fresh each source of a customer is, what the customer consents to, and the portraits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from creditloop.data import Contract
from creditloop.data.consents import CoverState, consent_records, cover_states
from creditloop.data.freshness import SourceFreshness
from creditloop.kernel.errors import InputError
from creditloop.service.console.source_rows import SourceTable
from creditloop.service.console.visit import Visit
from creditloop.service.portraying import PARTIES, PartyPortrait, party_portraits
from creditloop.service.source_states import CHECKS, source_freshness
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """A source of a customer.

    Attributes:
        rows: how many the reader's purpose sees.
        simulated: some of them come from a file that says of itself that it is made up.
        consents: as the customer's records say for each purpose that needs consent; None: no record names it.
    """

    contract: Contract
    fresh: SourceFreshness | None
    rows: int
    simulated: bool
    consents: Sequence[tuple[str, CoverState | None]]

    @property
    def consent_states(self) -> list[tuple[str, list[str]]]:
        """How the consents stand, each state with its purposes; "none" where no record names one."""
        found: dict[str, list[str]] = {}
        for purpose, cover in self.consents:
            found.setdefault("none" if cover is None else cover.state.value, []).append(purpose)
        return list(found.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrayed:
    """The portraits of a customer as of a day, or why there are none."""

    as_of: date
    portraits: tuple[PartyPortrait, ...]
    refused: str | None


def source_states(
    visit: Visit, work: Work, *, party_id: str, tables: Sequence[SourceTable], as_of: date
) -> list[SourceState]:
    """Return how it stands with each source of the customer's register, in their order.

    Nothing where no contract of them says anything about staleness or consent.
    """
    contracts = {table.contract.name: table.contract for table in tables}
    if all(one.staleness is None and one.consent is None for one in contracts.values()):
        return []
    asked = [one for one in contracts.values() if one.name != CHECKS]
    told = source_freshness(
        work,
        contracts=asked,
        party_ids=[party_id],
        as_of=as_of,
        purpose=visit.purpose,
        reader=visit.reader,
        reason=visit.reason,
    )
    fresh = {one.contract: one for one in told}
    records = consent_records(work.connection, party_id=party_id)
    covers = {(one.contract, one.purpose): one for one in cover_states(records, at=work.now)}
    own = {name: [one for one in tables if one.contract.name == name] for name in contracts}
    return [
        SourceState(
            contract=contract,
            fresh=fresh.get(name),
            rows=sum(len(one.rows) for one in own[name]),
            simulated=any(row["batch_id"] in one.simulated for one in own[name] for row in one.rows),
            consents=[(purpose, covers.get((name, purpose))) for purpose in _needing(contract)],
        )
        for name, contract in contracts.items()
    ]


def portrayed(
    visit: Visit, work: Work, *, party_id: str, tables: Sequence[SourceTable], as_of: date
) -> Portrayed | None:
    """Return the portraits of a customer; None if no source says what kind of party it is."""
    if PARTIES not in {table.contract.name for table in tables}:
        return None
    try:
        found = party_portraits(
            work, party_id=party_id, as_of=as_of, reader=visit.reader, reason=visit.reason
        )
    except InputError as error:  # the door has logged it
        return Portrayed(as_of=as_of, portraits=(), refused=error.message)
    return Portrayed(as_of=as_of, portraits=found, refused=None)


def last_day(tables: Sequence[SourceTable], otherwise: date) -> date:
    """Return the last day on which any source tells of the customer: the day portraits are asked about."""
    days = []
    for table in tables:
        if table.rows:
            occurred_at = table.rows[-1]["occurred_at"]
            assert isinstance(occurred_at, datetime), "every source table has an instant there"
            days.append((occurred_at + timedelta(hours=table.contract.utc_offset_hours)).date())
    return max(days, default=otherwise)


def _needing(contract: Contract) -> list[str]:
    return [] if contract.consent is None else sorted(contract.consent.purposes)
