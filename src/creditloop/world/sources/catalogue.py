"""The town's sources (数据源目录): who makes each, its day, what corrections change, how soon it is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from creditloop.world.planted.shard import Shard
from creditloop.world.sources import (
    bureau,
    courts,
    devices,
    government,
    loans,
    market,
    money,
    notes,
    registers,
)
from creditloop.world.writing.columns import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How a source's rows are made and become known.

    Attributes:
        make: makes the rows of a shard, all columns but `known_on`; or with it, if `usual_days` is None.
        day: the column of the event's day.
        amount: the column that corrections change; None if rows of this source are not corrected.
        usual_days: most days until a fact is usually known; None for facts that are told in versions.
        weight: how much work it is beside others, for sharing it among workers.
    """

    make: Callable[[Shard], Rows]
    day: str
    amount: str | None = None
    usual_days: int | None = 0
    weight: int = 1


SOURCES: Mapping[str, Source] = {
    "parties": Source(make=registers.parties, day="customer_since", usual_days=None),
    "relations": Source(make=registers.relations, day="since_on", usual_days=20),
    "account_flows": Source(
        make=money.account_flows, day="booked_on", amount="amount_fen", usual_days=1, weight=16
    ),
    "card_statements": Source(
        make=loans.card_statements, day="statement_on", amount="paid_fen", usual_days=2, weight=4
    ),
    "repayments": Source(make=loans.repayments, day="due_on", usual_days=None, weight=3),
    "bank_flow_files": Source(
        make=money.bank_flow_files, day="booked_on", amount="amount_fen", usual_days=25, weight=3
    ),
    "bureau_accounts": Source(make=bureau.bureau_accounts, day="opened_on", usual_days=None, weight=4),
    "bureau_months": Source(
        make=bureau.bureau_months, day="month_on", amount="balance_fen", usual_days=9, weight=16
    ),
    "bureau_queries": Source(make=bureau.bureau_queries, day="queried_on", usual_days=2, weight=3),
    "bureau_guarantees": Source(make=bureau.bureau_guarantees, day="since_on", usual_days=None),
    "bureau_records": Source(
        make=bureau.bureau_records, day="recorded_on", amount="amount_fen", usual_days=30
    ),
    "business_registry": Source(make=market.business_registry, day="changed_on", usual_days=10),
    "tax_filings": Source(
        make=government.tax_filings, day="filed_on", amount="revenue_fen", usual_days=5, weight=2
    ),
    "social_security": Source(
        make=government.social_security, day="month_on", amount="base_fen", usual_days=15, weight=14
    ),
    "housing_fund": Source(
        make=government.housing_fund, day="month_on", amount="base_fen", usual_days=15, weight=4
    ),
    "electricity": Source(
        make=government.electricity, day="billed_on", amount="used_kwh", usual_days=12, weight=6
    ),
    "invoices": Source(make=market.invoices, day="issued_on", amount="amount_fen", usual_days=3, weight=10),
    "orders": Source(make=market.orders, day="ordered_on", amount="amount_fen", usual_days=1, weight=6),
    "financial_statements": Source(make=market.financial_statements, day="period_on", usual_days=110),
    "patents": Source(make=market.patents, day="happened_on", usual_days=60),
    "judicial_cases": Source(make=courts.judicial_cases, day="happened_on", amount=None, usual_days=20),
    "court_texts": Source(make=courts.court_texts, day="published_on", usual_days=15),
    "listed_parties": Source(make=courts.listed_parties, day="listed_on", usual_days=1),
    "device_events": Source(make=devices.device_events, day="happened_on", usual_days=0, weight=8),
    "field_notes": Source(make=notes.field_notes, day="visited_on", usual_days=4),
}
"""Every source made of what is planted, by the name of its contract."""
SOURCE_CHECKS = "source_checks"
"""The source that is made last, of what all others told."""
