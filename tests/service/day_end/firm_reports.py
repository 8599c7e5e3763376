"""What the bureau says of firms, and warnings on parties, for the tests of class and stage (simulated)."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import polars as pl
from tests.service.small_bank import REPOSITORY

from creditloop.data.consents import ConsentGiven, record_consent
from creditloop.kernel.dates import Dates
from creditloop.monitor import WarningVersions, record_warnings
from creditloop.service.bank import Bank
from creditloop.service.importing import import_source

CONTRACTS = ("bureau_accounts", "bureau_months", "source_checks")
SINCE = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of a firm as its report tells it; `months_late` None: no month is told."""

    party: int
    number: str
    balance: int
    overdue: int = 0
    months_late: int | None = 0
    lender: str = "bank"
    institution: str = "甲银行"
    known_on: date = date(2026, 1, 4)
    month_on: date = date(2025, 12, 31)


def report(bank: Bank, accounts: Sequence[Account], *, consenting: Sequence[int] = range(1, 41)) -> None:
    """Import the accounts and their newest months, and take the consent of parties to both being read."""
    rows = [
        {
            "party_no": str(one.party),
            "account_no": one.number,
            "opened_on": date(2024, 1, 1),
            "kind": "business",
            "lender": one.lender,
            "guarantee": "credit",
            "granted": Decimal(one.balance).scaleb(-2),
            "balance": Decimal(one.balance).scaleb(-2),
            "monthly_due": Decimal(0),
            "overdue": Decimal(one.overdue).scaleb(-2),
            "term_months": 36,
            "institution": one.institution,
            "known_on": one.known_on,
        }
        for one in accounts
    ]
    months = [
        {
            "party_no": str(one.party),
            "account_no": one.number,
            "month_on": one.month_on,
            "kind": "business",
            "lender": one.lender,
            "state": ("normal", "late_1", "late_2", "late_3")[min(one.months_late, 3)],
            "overdue": Decimal(one.overdue).scaleb(-2),
            "months_late": one.months_late,
            "balance": Decimal(one.balance).scaleb(-2),
            "due": Decimal(0),
            "paid": Decimal(0),
            "known_on": one.known_on,
        }
        for one in accounts
        if one.months_late is not None
    ]
    imported(bank, "bureau_accounts", rows)
    if months:
        imported(bank, "bureau_months", months)
    with bank.work() as work:
        for party in consenting:
            given = ConsentGiven(
                consent_id=f"simulated/{party}",
                party_id=f"customer/{party}",
                contracts=frozenset(CONTRACTS[:2]),
                purposes=frozenset({"monitoring"}),
                valid_from=SINCE,
                valid_until=None,
                wording_version="simulated-1",
                wording_hash="0" * 64,
                channel="branch",
                evidence="simulated",
            )
            work.recorded(record_consent(work.connection, record=given, now=work.now).batch_id)


def checked(bank: Bank, *, party: int, answer: str, on: date) -> None:
    """Log that the bureau was asked about a party, and what it answered."""
    row = {"party_no": str(party), "source": "bureau_accounts", "checked_on": on, "answer": answer}
    imported(bank, "source_checks", [row | {"known_on": on}])


def imported(bank: Bank, contract: str, rows: Sequence[dict[str, object]]) -> None:
    """Write rows to a file and import it under the bank's own contract."""
    documents = bank.places.documents
    if not (documents / "contracts" / f"{contract}.yaml").is_file():
        shutil.copy(REPOSITORY / "contracts" / f"{contract}.yaml", documents / "contracts")
    file = documents / f"{contract}_{len(rows)}_{abs(hash(str(rows)))}.parquet"
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(file)
    with bank.work() as work:
        result = import_source(work, contract=work.contract(contract), file=file)
    assert not result.repeated


def warned(bank: Bank, levels: dict[int, str], *, on: date, product: str = "credit_card") -> None:
    """Record a run of warnings about a day: the level of each party."""
    judged = pl.DataFrame(
        [
            {
                "party_id": f"customer/{party}",
                "lateness": 1,
                "risk": 700,
                "level": level,
                "level_rule": "simulated",
                "signals": ["simulated"],
                "measures": ["simulated"],
            }
            for party, level in levels.items()
        ],
        schema_overrides={"signals": pl.List(pl.String), "measures": pl.List(pl.String)},
    ).sort("party_id")
    versions = WarningVersions(
        policy_hash="a" * 64, features_hash="b" * 64, contract_hash="c" * 64, classification_batch=UUID(int=7)
    )
    with bank.work() as work:
        run = record_warnings(
            work.connection,
            judged=judged,
            versions=versions,
            product=product,
            dates=Dates(business_date=on, rules_as_of=on),
            now=work.now,
        )
        work.recorded(run.batch_id)
