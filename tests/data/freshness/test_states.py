"""Freshness: known, asked and not there, never asked, not available, too old, not consented to differ."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import loan_source as source
import pytest

from creditloop.data import accesses, import_file, read_contract
from creditloop.data.consents import ConsentGiven, record_consent
from creditloop.data.contracts import WhenStale
from creditloop.data.freshness import FreshState, SourceFreshness, freshness
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
REPOSITORY = Path(__file__).parents[3]
CHECKS = read_contract(REPOSITORY / "contracts" / "source_checks.yaml", root=REPOSITORY)
PARTY = ("party: {from: party_no, type", "party: {from: party_no, register: customer, type")
STALE = ("retention:", "staleness: {days: 30, then: refer, basis: {title: the tests}}\nretention:")
CONTRACT = source.contract(PARTY, STALE)
LOANS = [f"customer/P00{number}" for number in range(1, 5)]
AS_OF = date(2024, 4, 1)
CHECKED = """party_no,source,checked_on,answer,known_on
P005,loans,2024-03-20,none,2024-03-20
P006,loans,2024-02-20,none,2024-02-20
P007,loans,2024-03-31,unavailable,2024-03-31
P001,loans,2024-03-31,unavailable,2024-03-31
P002,loans,2024-03-25,none,2024-03-25
P002,loans,2024-03-31,unavailable,2024-03-31
P003,patents,2024-03-31,found,2024-03-31
P004,loans,2024-04-03,found,2024-04-03
"""


@pytest.fixture(scope="module")
def loaded_url(lasting_url: str) -> str:
    """Accounts seen on 1, 2, 3 March and 15 March; source checks as above."""
    seen = [datetime(2024, 3, day, 8, tzinfo=UTC) for day in (1, 1, 1, 15)]
    with TemporaryDirectory() as folder, connect(lasting_url) as connection:
        made = source.rows(4, seen_at=dict(enumerate(seen, start=1)))
        for row in made:  # the months of this source would be newer
            row["bill_1"] = row["bill_2"] = 0
        file = source.write(Path(folder), "csv", made)
        import_file(connection, contract=CONTRACT, file=file, now=NOW)
        checks = Path(folder) / "checks.csv"
        checks.write_text(CHECKED, "utf-8")
        import_file(connection, contract=CHECKS, file=checks, now=NOW)
    return lasting_url


@pytest.fixture
def connection(loaded_url: str) -> Iterator[Connection]:
    with connect(loaded_url) as opened:
        yield opened
        opened.rollback()


def fresh(connection: Connection, *numbers: int, **changes: object) -> Sequence[SourceFreshness]:
    said = {
        "contracts": [CONTRACT],
        "party_ids": [f"customer/P{number:03}" for number in numbers],
        "as_of": AS_OF,
        "purpose": "rule",
        "reader": "li.ming",
        "reason": "deciding",
        "now": NOW,
        "record_denial": pytest.fail,
        "checks": CHECKS,
        **changes,
    }
    return freshness(connection, **said)


def state(connection: Connection, number: int, **changes: object) -> tuple[str, int | None]:
    (one,) = fresh(connection, number, **changes)
    return one.state.value, one.age_days


# P001 to P003 were known on 1 March (both months of this source known by then), P004 on 15 March
STATES = [
    (3, AS_OF, ("stale", 31)),
    (3, date(2024, 3, 31), ("fresh", 30)),
    (4, AS_OF, ("fresh", 17)),
    (4, date(2024, 4, 3), ("fresh", 0)),  # asked again that day
    (5, AS_OF, ("fresh", 12)),  # asked, and nothing there
    (6, AS_OF, ("stale", 41)),
    (7, AS_OF, ("unavailable", None)),
    (1, AS_OF, ("unavailable", 31)),  # too old, and the source did not answer when asked again
    (2, AS_OF, ("fresh", 7)),  # did not answer last, but what it said before is young enough
    (9, AS_OF, ("never_asked", None)),
    (5, date(2024, 3, 18), ("never_asked", None)),  # what became known later is not seen
]


@pytest.mark.parametrize(("number", "as_of", "found"), STATES)
def test_how_fresh_a_source_is(
    connection: Connection, number: int, as_of: date, found: tuple[str, int | None]
) -> None:
    assert state(connection, number, as_of=as_of) == found


def test_what_is_said_of_a_stale_source(connection: Connection) -> None:
    assert fresh(connection, 1) == (
        SourceFreshness(
            party_id="customer/P001",
            contract="loans",
            state=FreshState.UNAVAILABLE,
            known_on=date(2024, 3, 1),
            asked_on=date(2024, 3, 31),
            answer="unavailable",
            age_days=31,
            limit_days=30,
            then=WhenStale.REFER,
        ),
    )


def test_without_a_log_of_checks_only_what_is_known_counts(connection: Connection) -> None:
    assert state(connection, 5, checks=None) == ("never_asked", None)
    assert state(connection, 2, checks=None) == ("stale", 31)


def test_without_a_limit_nothing_is_stale(connection: Connection) -> None:
    assert state(connection, 3, contracts=[source.contract(PARTY)]) == ("fresh", 31)


def test_a_source_never_imported_knows_nothing(connection: Connection) -> None:
    patents = read_contract(REPOSITORY / "contracts" / "patents.yaml", root=REPOSITORY)
    one, other = fresh(connection, 3, 9, contracts=[patents], purpose="quality", checks=None)
    assert (one.state, other.state) == (FreshState.NEVER_ASKED, FreshState.NEVER_ASKED)


def test_of_whom_does_not_consent_nothing_is_read(connection: Connection) -> None:
    consent = ("rejected_share_max:", "consent: {purposes: [rule], basis: {title: x}}\nrejected_share_max:")
    asking = source.contract(PARTY, STALE, consent)
    given = ConsentGiven(
        consent_id="form",
        party_id="customer/P004",
        contracts=frozenset({"loans"}),
        purposes=frozenset({"rule"}),
        valid_from=NOW - timedelta(days=1),
        valid_until=None,
        wording_version="1",
        wording_hash="0" * 64,
        channel="branch",
        evidence="form",
    )
    record_consent(connection, record=given, now=NOW)
    found = fresh(connection, 3, 4, contracts=[asking])
    assert [(one.state.value, one.known_on) for one in found] == [
        ("no_consent", None),
        ("fresh", date(2024, 3, 15)),
    ]
    reads = [one for one in accesses(connection) if one.table == "source.loans_account"]
    assert [(one.parties_count, one.parties_withheld) for one in reads] == [(1, 0)]


def test_a_purpose_that_may_not_read_the_source_is_denied(connection: Connection) -> None:
    denied = []
    with pytest.raises(InputError, match="gives nothing to the purpose 'model'"):
        fresh(connection, 3, purpose="model", record_denial=denied.append, checks=None)
    assert len(denied) == 1
