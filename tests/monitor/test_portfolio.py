"""Portfolio figures: computed by hand, and always the sum of their parts."""

from datetime import UTC, datetime
from fractions import Fraction

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.monitor.verdict_rows import DATES, policies, rows

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.storage import Connection
from creditloop.monitor import (
    NOT_PERFORMING,
    Portfolio,
    PortfolioLine,
    classify,
    portfolio,
    record_classification,
)

POLICIES = policies()


def figures_of(connection: Connection, given: pl.DataFrame) -> Portfolio:
    run = record_classification(
        connection,
        verdicts=classify(rows=given, policies=POLICIES),
        policies=POLICIES,
        product="card",
        dates=DATES,
        currency="TWD",
        now=datetime(2026, 1, 5, tzinfo=UTC),
    )
    return portfolio(connection, run=run)


def test_figures_computed_by_hand(database: Connection) -> None:
    figures = figures_of(
        database,
        rows(
            (700, 0, 1000),  # normal
            (200, 1, 1000),  # special mention
            (50, 2, 1000),  # special mention by the rule, substandard by the floor
            (30, 4, 10),  # substandard by both; above the limit
            (20, None, 500),  # referred
            (0, 3, 400),  # nothing owed
            (-90, 0, 90),  # in credit
        ),
    )
    assert (figures.customers, figures.owing, figures.in_credit, figures.above_limit) == (7, 5, 1, 1)
    assert (figures.owed_fen, figures.credit_fen, figures.limit_fen) == (1000, 90, 4000)
    assert figures.utilisation_nano == 250_000_000
    assert figures.regulatory_npl_nano == 30_000_000  # 30 of 1000
    assert figures.bank_npl_nano == 80_000_000  # 30 + 50 of 1000
    assert figures.referred == 1
    assert figures.regulatory_classes == (
        PortfolioLine(name="no_exposure", customers=2, owed_fen=0),
        PortfolioLine(name="normal", customers=1, owed_fen=700),
        PortfolioLine(name="special_mention", customers=2, owed_fen=250),
        PortfolioLine(name="substandard", customers=1, owed_fen=30),
        PortfolioLine(name="refer", customers=1, owed_fen=20),
    )
    assert [(line.name, line.owed_fen) for line in figures.bank_classes] == [
        ("no_exposure", 0),
        ("normal", 700),
        ("special_mention", 200),
        ("substandard", 80),
        ("refer", 20),
    ]
    assert [(line.name, line.customers) for line in figures.buckets] == [
        ("M0", 2),
        ("M1", 1),
        ("M2", 1),
        ("M3", 1),
        ("M4", 1),
        ("refer", 1),
    ]


def test_a_share_is_rounded_half_away_from_zero(database: Connection) -> None:
    figures = figures_of(database, rows((1, 4, 3), (2, 0, 3)))
    assert figures.regulatory_npl_nano == 333_333_333
    assert figures.utilisation_nano == 500_000_000


def test_where_nothing_is_owed_there_is_no_share(database: Connection) -> None:
    figures = figures_of(database, rows((0, 4, 0), (-3, 0, 0)))
    assert (figures.regulatory_npl_nano, figures.bank_npl_nano, figures.utilisation_nano) == (
        None,
        None,
        None,
    )
    assert (figures.customers, figures.owing, figures.in_credit) == (2, 0, 1)


def test_an_empty_run_has_empty_figures(database: Connection) -> None:
    figures = figures_of(database, rows())
    assert (figures.customers, figures.owed_fen, figures.buckets, figures.bank_npl_nano) == (0, 0, (), None)
    assert figures.as_record()["buckets"] == {}


def test_the_record_states_both_dates_and_the_versions_and_can_be_hashed(database: Connection) -> None:
    figures = figures_of(database, rows((5, 2), (7, 0)))
    record = figures.as_record()
    assert (record["business_date"], record["rules_as_of"]) == ("2005-09-30", "2024-06-30")
    assert record["policies"] == {
        "days_past_due": POLICIES.days_past_due.hash,
        "five_tier": POLICIES.five_tier.hash,
    }
    assert record["bank_classes"] == {
        "normal": {"customers": 1, "owed_fen": 7},
        "substandard": {"customers": 1, "owed_fen": 5},
    }
    assert canonical_bytes(record)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.integers(-(10**6), 10**6), st.none() | st.integers(-2, 14), st.integers(0, 10**6)),
        min_size=1,
        max_size=30,
    )
)
def test_every_figure_is_the_sum_of_its_parts(
    database: Connection, given: list[tuple[int, int | None, int]]
) -> None:
    with database.transaction(force_rollback=True):
        figures = figures_of(database, rows(*given))
    for lines in (figures.buckets, figures.regulatory_classes, figures.bank_classes):
        assert sum(line.customers for line in lines) == figures.customers == len(given)
        assert sum(line.owed_fen for line in lines) == figures.owed_fen
        assert len({line.name for line in lines}) == len(lines)
        assert all(line.customers > 0 for line in lines)
    assert figures.owed_fen == sum(max(owed, 0) for owed, _, _ in given)
    assert figures.credit_fen == sum(max(-owed, 0) for owed, _, _ in given)
    assert figures.above_limit == sum(max(owed, 0) > limit for owed, _, limit in given)
    if figures.owed_fen:
        bad = sum(line.owed_fen for line in figures.bank_classes if line.name in NOT_PERFORMING)
        assert figures.bank_npl_nano is not None
        assert abs(Fraction(figures.bank_npl_nano, 10**9) - Fraction(bad, figures.owed_fen)) <= Fraction(
            1, 2 * 10**9
        )
        assert figures.regulatory_npl_nano is not None
        assert figures.bank_npl_nano >= figures.regulatory_npl_nano
