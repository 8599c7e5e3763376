"""Flows: what comes in agrees with true sales, balances follow from the flows, seasons and causes show."""

from collections.abc import Callable

import polars as pl

from creditloop.world.setting import Setting

Read = Callable[[str], pl.DataFrame]


def test_there_are_some_forty_flows_a_party(read: Read) -> None:
    assert 25 < read("account_flows").height / 3_000 < 45


def test_a_balance_is_the_one_before_and_the_flow(read: Read) -> None:
    for name, number in (("account_flows", "flow_no"), ("bank_flow_files", "flow_no")):
        flows = read(name).with_columns(no=pl.col(number).str.slice(1).cast(pl.Int64))
        assert flows["balance"].min() >= 0  # type: ignore[operator]
        last = flows.sort("known_on").unique(["party_no", "no"], keep="last").sort("party_no", "no")
        signed = pl.when(pl.col("direction") == "in").then(pl.col("amount")).otherwise(-pl.col("amount"))
        step = last.with_columns(
            next_to=(pl.col("no").diff() == 1) & (pl.col("party_no") == pl.col("party_no").shift()),
            off=(pl.col("balance").diff() - signed).abs(),
        ).filter("next_to")
        assert step.height > 1_000
        assert (
            step["off"] < 0.005
        ).mean() > 0.97  # the others were told wrongly and not corrected by the last day


def test_people_pay_more_often_at_spring_festival(latest: Read, setting: Setting) -> None:
    spent = latest("account_flows").filter(
        (pl.col("kind") == "consumption") & (pl.col("party_kind") == "person")
    )
    by_month = spent.group_by(pl.col("booked_on").dt.strftime("%Y-%m").alias("month")).len()
    counts = dict(by_month.iter_rows())
    festive = (counts.pop("2024-02") + counts.pop("2025-01")) / 2
    usual = sum(counts.values()) / len(counts)
    assert abs(festive / usual - setting.plan["season.festival_spending"]) < 0.2


def test_salaries_shrink_before_an_income_loss(latest: Read) -> None:
    paid = latest("account_flows").filter((pl.col("kind") == "salary") & (pl.col("driver") == "income_loss"))
    before = paid.filter(pl.col("booked_on") < pl.col("onset_on"))
    after = paid.filter(pl.col("booked_on") >= pl.col("default_on"))
    parties = paid["party_no"].n_unique()
    assert parties >= 5
    usual = (before["amount"] / before["income"]).median()
    assert 0.85 < usual < 1.15  # type: ignore[operator]
    assert after.height / before.height < 0.15  # below a third of what was earned nothing is paid any more


def test_an_owner_who_gambles_shows(latest: Read) -> None:
    flows = latest("account_flows")
    gambled = flows.filter(pl.col("kind") == "gambling").group_by("driver").len()
    owners = flows.group_by("driver").agg(pl.col("party_no").n_unique())
    rate = {
        driver: count / parties for driver, count, parties in gambled.join(owners, on="driver").iter_rows()
    }
    assert rate["owner_event"] > 10 * rate["none"]
