"""The bureau: nothing of people without record, queries before over-indebtedness, months that go bad."""

from collections.abc import Callable

import polars as pl

Read = Callable[[str], pl.DataFrame]


def test_people_without_record_have_none(read: Read) -> None:
    blank = set(read("truth/parties").filter("no_record")["party_no"])
    assert len(blank) > 250
    for name in (
        "bureau_accounts",
        "bureau_months",
        "bureau_queries",
        "bureau_guarantees",
        "bureau_records",
        "repayments",
        "card_statements",
    ):
        assert not blank & set(read(name)["party_no"]), name


def test_who_borrows_to_pay_is_asked_about_many_times_before(latest: Read) -> None:
    queries = latest("bureau_queries").filter(pl.col("driver") == "over_indebtedness")
    parties = queries["party_no"].n_unique()
    span = ((pl.col("default_on") - pl.col("onset_on")).dt.total_days() / 30.0).mean()
    under_way = queries.filter(pl.col("queried_on").is_between(pl.col("onset_on"), pl.col("default_on")))
    a_month = under_way.height / parties / under_way.select(span).item()
    before = queries.filter(pl.col("queried_on") < pl.col("onset_on")).height / parties / 10
    assert a_month > 1.2 and a_month > 3 * before
    assert (under_way["lender"] != "bank").mean() > 0.6  # type: ignore[operator]


def test_months_go_bad_after_the_default_and_stay(latest: Read) -> None:
    months = latest("bureau_months")
    after = months.filter((pl.col("month_on") - pl.col("default_on")).dt.total_days() > 130)
    assert 0.75 < (after["state"] == "bad").mean() <= 1  # type: ignore[operator]  # some go on paying some lenders
    good = months.filter(pl.col("driver") == "none")
    assert (good["months_late"] > 0).mean() < 0.03  # type: ignore[operator]
    assert (good["state"] == "bad").sum() == 0
    assert ((months["overdue"] > 0) == ((months["months_late"] > 0) & (months["due"] > 0))).all()


def test_an_account_is_told_again_and_its_balance_falls(read: Read) -> None:
    accounts = read("bureau_accounts").sort("known_on")
    versions = (
        accounts.filter(pl.col("term_months").is_not_null()).group_by("party_no", "account_no").agg("balance")
    )
    several = versions.filter(pl.col("balance").list.len() > 1)
    assert several.height > 1_000
    falls = several["balance"].list.eval(pl.element().diff().drop_nulls() <= 0).list.all()
    assert falls.all()


def test_a_guarantee_worsens_after_the_borrower_falls(read: Read) -> None:
    states = read("bureau_guarantees").sort("known_on").group_by("party_no").agg("state", "overdue_months")
    assert set(states["state"].list.first()) == {"normal"}
    worse = states.filter(pl.col("state").list.len() > 1)
    assert worse.height >= 3
    assert (worse["state"].list.get(1) == "special_mention").all()
    assert worse["overdue_months"].list.eval(pl.element().diff().drop_nulls() > 0).list.all().all()
