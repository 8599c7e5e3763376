"""Offices: insurance stops as income is lost, harvests and winters show, taxpayers have their class."""

from collections.abc import Callable

import polars as pl

from creditloop.world.setting import Setting

Read = Callable[[str], pl.DataFrame]


def test_insurance_is_missed_once_income_is_lost(latest: Read, setting: Setting) -> None:
    months = latest("social_security").filter(pl.col("party_kind") == "person")
    lost = months.filter(
        (pl.col("driver") == "income_loss") & (pl.col("month_on") > pl.col("onset_on") + pl.duration(days=30))
    )
    fine = months.filter(pl.col("driver") == "none")
    assert lost.height > 100
    assert abs((lost["state"] == "missed").mean() - setting.plan["social.missed_lost"]) < 0.1  # type: ignore[operator]
    assert abs((fine["state"] == "missed").mean() - setting.plan["social.missed"]) < 0.004  # type: ignore[operator]


def test_homes_need_power_by_the_season(latest: Read, setting: Setting) -> None:
    homes = latest("electricity").filter(pl.col("tariff") == "home")
    by_month = homes.group_by(pl.col("billed_on").dt.month().alias("month")).agg(pl.col("used_kwh").mean())
    used = [kwh for _, kwh in sorted(by_month.iter_rows())]
    mean = sum(used) / 12
    assert (
        max(
            abs(kwh / mean - want)
            for kwh, want in zip(used, setting.plan.numbers("season.power"), strict=True)
        )
        < 0.08
    )


def test_farmers_declare_most_after_the_harvest(latest: Read) -> None:
    farmers = latest("tax_filings").filter(
        (pl.col("kind") == "vat") & (pl.col("party_industry") == "farming")
    )
    quarters = farmers.group_by(pl.col("period_end_on").dt.quarter().alias("quarter")).agg(
        pl.col("revenue").mean()
    )
    declared = dict(quarters.iter_rows())
    assert declared[1] < declared[2] < declared[3] < declared[4]


def test_tax_is_paid_unless_owed_and_classes_go_with_willingness(latest: Read) -> None:
    filed = latest("tax_filings")
    assert ((filed["tax_paid"] == 0) | (filed["state"] != "owed")).all()
    assert ((filed["delay_days"] > 0) == (filed["state"] == "late")).mean() > 0.97  # type: ignore[operator]
    willing = dict(filed.group_by("taxpayer_class").agg(pl.col("willingness").mean()).iter_rows())
    assert willing["a"] > willing["b"] > willing["m"] > willing["c"] > willing["d"]


def test_persons_say_for_whom_they_work(read: Read) -> None:
    employers = read("social_security")["employer"].drop_nulls().unique()
    kinds = dict(read("parties").select("party_no", "kind").iter_rows())
    assert {kinds[employer] for employer in employers} == {"firm"}
