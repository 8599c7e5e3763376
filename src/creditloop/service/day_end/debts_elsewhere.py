"""What debtors that are not retail owe all banks, and how much of it is late (他行债务): one read for many.

1. who they are
2. their accounts at the bureau as known by the day, one read, of those who consent; a report is usable while
   its contract says so
3. each account, and each loan here, by `policies/lending/monitor/debts_elsewhere.yaml`
4. where that cannot tell how late an account is: the months of those parties, one more read, and again
5. of each debtor the late part of all that counts; unknown if a party's report or one of its debts is
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import polars as pl

from creditloop.book.day_end import Integers
from creditloop.data import Contract, last_instant, needs_consent, read_table, source_tables
from creditloop.data.consents import consenting_parties
from creditloop.data.freshness import FreshState, SourceFreshness
from creditloop.kernel.dates import start_of_day
from creditloop.kernel.storage import load_queries
from creditloop.risk import Policy
from creditloop.service.day_end.class_rules import whole_number
from creditloop.service.day_end.planned import judged
from creditloop.service.day_end.risk_signs import PURPOSE, ClassDay
from creditloop.service.source_states import source_freshness
from creditloop.service.work import Work

ACCOUNTS, MONTHS = "bureau_accounts", "bureau_months"
NANO = 1_000_000_000
UNKNOWN = -1
"""The part of a debtor's debts that is late where it could not be told."""
_NOTHING = "none"
_OWN = {
    "here": pl.Boolean,
    "owed_fen": pl.Int64,
    "dpd": pl.Int64,
    "lender": pl.String,
    "institution": pl.String,
    "overdue_fen": pl.Int64,
    "month_state": pl.String,
    "months_late": pl.Int64,
}
_DEBT = {"debtor_no": pl.Int64, "party_id": pl.String, "account_no": pl.String, **_OWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtsElsewhere:
    """What the bureau says of debtors.

    Attributes:
        accounts: debtor_no, party_id, account_no and the inputs of the document.
        states: how each party's report stands; empty where the bureau was never imported.
        known: debtors of whom every party's report is usable.
    """

    accounts: pl.DataFrame
    states: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[int] = frozenset()


def debts_elsewhere(work: Work, *, policy: Policy, day: ClassDay) -> DebtsElsewhere:
    """Read what the bureau says of the shard's debtors that are not retail; reads are logged.

    Raises: what `data.read_table` raises.
    """
    parties = _parties(work, day)
    there = {table.name for table in source_tables(work.connection)}
    if parties.is_empty() or f"source.{ACCOUNTS}_account" not in there:
        return DebtsElsewhere(accounts=pl.DataFrame(schema=_DEBT))
    contract = work.contract(ACCOUNTS)
    reading = _Reading(work=work, day=day)
    party_ids = parties["party_id"].to_list()
    accounts = reading.accounts(contract, party_ids)
    states = reading.states(contract, accounts, party_ids)
    debts = parties.join(accounts.drop("known_at"), on="party_id", how="inner").with_columns(
        here=pl.lit(False), dpd=pl.lit(None, dtype=pl.Int64)
    )
    if f"source.{MONTHS}_month" in there:
        debts = _with_months(reading, debts, policy)
    usable = pl.Series([state == FreshState.FRESH for state in states.values()], dtype=pl.Boolean)
    told = parties.with_columns(
        pl.col("party_id").replace_strict(list(states), usable, return_dtype=pl.Boolean).alias("usable")
    )
    known = told.group_by("debtor_no").agg(pl.col("usable").all()).filter("usable")["debtor_no"]
    return DebtsElsewhere(accounts=debts.select(*_DEBT), states=states, known=frozenset(known.to_list()))


def judged_debts(policy: Policy, *, own: pl.DataFrame, elsewhere: DebtsElsewhere) -> pl.DataFrame:
    """Return every debt, here and elsewhere, with what the document says of it.

    Args:
        own: the loans here of debtors that are not retail: debtor_no, owed_fen, dpd.
    Returns: debtor_no, party_id, account_no, the document's inputs, debt: null where it could not be told.
    """
    blank = {name: pl.lit(None, dtype=kind) for name, kind in _DEBT.items()}
    here = own.select(
        **{**blank, "debtor_no": pl.col("debtor_no"), "here": pl.lit(True)},
    ).with_columns(own["owed_fen"], own["dpd"])
    debts = pl.concat([here.select(*_DEBT), elsewhere.accounts])
    return debts.with_columns(judged(policy, debts, outputs=["debt"]))


def late_parts(debts: pl.DataFrame, *, known: frozenset[int], debtor_no: Integers) -> Integers:
    """Return the late part of what each debtor owes all banks, in nano: 0..10^9, or `UNKNOWN`.

    It is rounded up, so that what is more than a bound by however little is more than it.
    """
    counted = pl.when(pl.col("debt") != "not_counted").then("owed_fen").otherwise(0).cast(pl.Int128)
    late = pl.when(pl.col("debt") == "late").then("owed_fen").otherwise(0).cast(pl.Int128)
    sums = (
        debts.group_by("debtor_no")
        .agg(all=counted.sum(), late=late.sum(), told=pl.col("debt").is_not_null().all())
        .filter("told", pl.col("debtor_no").is_in(sorted(known)))
        .select(
            "debtor_no",
            part=pl.when(pl.col("all") > 0)
            .then((pl.col("late") * NANO + pl.col("all") - 1) // pl.col("all"))
            .otherwise(0)
            .cast(pl.Int64),
        )
        .sort("debtor_no")
    )
    numbers, parts = sums["debtor_no"].to_numpy(), sums["part"].to_numpy()
    if not numbers.size:
        return np.full_like(debtor_no, UNKNOWN)
    at = np.minimum(np.searchsorted(numbers, debtor_no), numbers.size - 1)
    return np.where(numbers[at] == debtor_no, parts[at], UNKNOWN)


def _parties(work: Work, day: ClassDay) -> pl.DataFrame:
    """Return who the debtors that are not retail are: debtor_no, party_id."""
    rows = load_queries("creditloop.service.day_end").find_firm_parties(
        work.connection, shard=day.shard, debtor_no=day.debtor_no
    )
    return pl.DataFrame(list(rows), schema={"debtor_no": pl.Int64, "party_id": pl.String}, orient="row")


def _with_months(reading: "_Reading", debts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Fill in how late accounts are, where the document cannot tell without it."""
    said = judged(policy, debts, outputs=["debt"])["debt"]
    asked = debts.filter(said.is_null())["party_id"].unique().to_list()
    if not asked:
        return debts
    contract = reading.work.contract(MONTHS)
    months = reading.months(contract, asked, within_days=whole_number(policy, "month_days"))
    newest = months.sort("month_on").group_by("party_id", "account_no").last()
    return debts.drop("month_state", "months_late").join(
        newest.select("party_id", "account_no", pl.col("state").alias("month_state"), "months_late"),
        on=["party_id", "account_no"],
        how="left",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Reads the bureau's tables about many parties, as known by a day."""

    work: Work
    day: ClassDay

    def accounts(self, contract: Contract, party_ids: list[str]) -> pl.DataFrame:
        """Return accounts, as told last: party_id, account_no, owed_fen, lender, institution, overdue_fen."""
        columns = ["account_no", "balance_fen", "lender", "institution", "overdue_fen", "known_at"]
        frame = self._read(contract, "account", columns, party_ids)
        return frame.rename({"balance_fen": "owed_fen"}).with_columns(
            month_state=pl.lit(None, dtype=pl.String), months_late=pl.lit(None, dtype=pl.Int64)
        )

    def months(self, contract: Contract, party_ids: list[str], *, within_days: int) -> pl.DataFrame:
        """Return the months of accounts that ended within some days of the day."""
        columns = ["account_no", "month_on", "state", "months_late"]
        return self._read(contract, "month", columns, party_ids, within_days=within_days)

    def states(self, contract: Contract, accounts: pl.DataFrame, party_ids: list[str]) -> dict[str, str]:
        """Return how each party's report stands; those told of lately need not be asked about."""
        table = contract.table("account")
        assert table is not None, "what was read is a table of the contract"
        limit = contract.staleness.days + 1 if contract.staleness else None
        lately = accounts
        if limit is not None:
            before = self.day.business_date - timedelta(days=limit)
            after = last_instant(table, as_of=before, utc_offset_hours=contract.utc_offset_hours)
            lately = accounts.filter(pl.col("known_at") > after)
        fresh = set(lately["party_id"].unique().to_list())
        found = {party: str(FreshState.FRESH) for party in party_ids if party in fresh}
        if others := [party for party in party_ids if party not in fresh]:
            asked = source_freshness(
                self.work,
                contracts=[contract],
                party_ids=others,
                as_of=self.day.business_date,
                purpose=PURPOSE,
                reader=self.day.reader,
                reason=self._reason,
            )
            found |= {each.party_id: _standing(each) for each in asked}
        return found

    def _consenting(self, contract: Contract, party_ids: list[str]) -> list[str]:
        if not needs_consent(contract, purpose=PURPOSE):
            return party_ids
        found = consenting_parties(
            self.work.connection,
            contract=contract.name,
            purpose=PURPOSE,
            at=self.work.now,
            party_ids=party_ids,
        )
        return list(found)

    @property
    def _reason(self) -> str:
        return f"class on {self.day.business_date}: debts at other banks"

    def _read(
        self,
        contract: Contract,
        table: str,
        columns: list[str],
        party_ids: list[str],
        *,
        within_days: int | None = None,
    ) -> pl.DataFrame:
        described = contract.table(table)
        assert described is not None, f"the contract {contract.name} has a table {table}"
        hours = contract.utc_offset_hours
        if len(party_ids) == 1:  # a read of one who does not consent is refused; of many they are left out
            party_ids = self._consenting(contract, party_ids)
        since = None
        if within_days is not None:
            first = self.day.business_date - timedelta(days=within_days)
            since = start_of_day(first, utc_offset_hours=hours)
        return read_table(
            self.work.connection,
            contract=contract,
            table=table,
            columns=["party_id", *columns],
            purpose=PURPOSE,
            reader=self.day.reader,
            reason=self._reason,
            known_by=last_instant(described, as_of=self.day.business_date, utc_offset_hours=hours),
            now=self.work.now,
            record_denial=self.work.record_denial,
            party_ids=party_ids,
            occurred_from=since,
        )


def _standing(state: SourceFreshness) -> str:
    """Return a party's state; where something was found and nothing is loaded, it is as never asked."""
    if state.state is FreshState.FRESH and state.known_on is None and state.answer != _NOTHING:
        return str(FreshState.NEVER_ASKED)
    return str(state.state)
