"""Sources about one firm agree within noise, and contradict each other where sales are inflated."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from creditloop.world.setting import Setting

Read = Callable[[str], pl.DataFrame]


@pytest.fixture(scope="module")
def yearly(latest: Read) -> pl.DataFrame:
    """What each source says that a firm sold in 2024."""

    def sold(name: str, day: str, amount: str, only: pl.Expr) -> pl.DataFrame:
        rows = latest(name).filter(only & (pl.col("party_kind") == "firm") & (pl.col(day).dt.year() == 2024))
        return rows.group_by("party_no", "inflates").agg(pl.col(amount).sum().alias(name))

    vat = (pl.col("kind") == "vat") & (pl.col("party_no").is_not_null())
    parts = [
        sold("tax_filings", "period_end_on", "revenue", vat),
        sold("invoices", "issued_on", "amount", pl.col("direction") == "sale"),
        sold(
            "account_flows",
            "booked_on",
            "amount",
            (pl.col("kind") == "trade") & (pl.col("direction") == "in"),
        ),
        sold("orders", "ordered_on", "amount", pl.lit(value=True)),
        sold("electricity", "billed_on", "used_kwh", pl.lit(value=True)),
    ]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.join(part, on=["party_no", "inflates"], how="left")
    return whole.filter(pl.col("tax_filings") > 0)


def test_honest_firms_agree_and_inflators_do_not(yearly: pl.DataFrame, setting: Setting) -> None:
    plan = setting.plan
    ratios = yearly.with_columns(
        invoiced=pl.col("invoices") / pl.col("tax_filings"),
        received=pl.col("account_flows") / pl.col("tax_filings"),
    )
    honest, inflated = ratios.filter(~pl.col("inflates")), ratios.filter("inflates")
    assert honest.height > 300 and inflated.height >= 10
    assert abs(honest["invoiced"].median() - 1) < 0.05  # type: ignore[operator]
    assert abs(honest["received"].median() - plan["flows.share_here"]) < 0.05  # type: ignore[operator]
    assert honest["invoiced"].quantile(0.95) < inflated["invoiced"].quantile(0.05)  # type: ignore[operator]
    more = 1 + plan["firms.inflated_by"]
    assert abs(inflated["invoiced"].median() - more) < 0.15  # type: ignore[operator]


def test_orders_and_power_go_with_true_sales(yearly: pl.DataFrame) -> None:
    firms = yearly.drop_nulls()
    logs = {
        name: np.log(firms[name].to_numpy()) for name in ("tax_filings", "orders", "electricity", "invoices")
    }
    assert np.corrcoef(logs["tax_filings"], logs["orders"])[0, 1] > 0.97
    assert np.corrcoef(logs["tax_filings"], logs["electricity"])[0, 1] > 0.85  # industries need more or less
    assert np.corrcoef(logs["tax_filings"], logs["invoices"])[0, 1] > 0.97


def test_statements_add_up(read: Read) -> None:
    lines = read("financial_statements")
    for whole, parts in (
        ("total_assets", ["current_assets", "fixed_assets"]),
        ("total_assets", ["total_liabilities", "equity"]),
    ):
        assert (lines[whole] - lines.select(pl.sum_horizontal(parts)).to_series()).abs().max() < 0.02
    assert (lines["current_assets"] > lines["cash"] + lines["receivables"] + lines["inventory"]).all()
    assert (lines["net_profit"] <= lines["profit_before_tax"]).all()


def test_an_owner_event_changes_the_legal_person(read: Read) -> None:
    truth = read("truth/parties").filter(pl.col("driver") == "owner_event")
    changes = read("business_registry").filter(pl.col("kind") == "legal_person").join(truth, on="party_no")
    after = changes.filter(
        pl.col("changed_on").is_between(pl.col("onset_on"), pl.col("onset_on") + pl.duration(days=60))
    )
    assert after["party_no"].n_unique() / truth.height > 0.4


def test_a_patent_is_applied_for_before_anything_else(read: Read) -> None:
    stages = read("patents").sort("happened_on").group_by("party_no", "patent_no").agg("stage")
    assert (stages["stage"].list.first() == "applied").mean() > 0.97  # type: ignore[operator]  # some are told late
