"""Our cards and loans: who pays on time, who stops, and how lateness becomes known."""

from collections.abc import Callable

import polars as pl

Read = Callable[[str], pl.DataFrame]


def test_nothing_due_after_the_default_is_paid_and_nearly_all_before(latest: Read) -> None:
    due = latest("repayments")
    after = due.filter(pl.col("due_on") >= pl.col("default_on"))
    before = due.filter(pl.col("default_on").is_null() | (pl.col("due_on") < pl.col("default_on")))
    assert after.height > 200
    assert (after["state"] == "unpaid").all() and (after["paid"] == 0).all()
    assert (before["state"] != "unpaid").mean() > 0.998  # type: ignore[operator]
    assert (before["paid"] == before["due"]).mean() > 0.998  # type: ignore[operator]


def test_an_unpaid_instalment_is_told_again_as_it_ages(read: Read) -> None:
    unpaid = read("repayments").filter(pl.col("state") == "unpaid")
    age = (unpaid["known_on"] - unpaid["due_on"]).dt.total_days()
    assert (age == unpaid["dpd"]).all()
    assert set(unpaid["dpd"].unique()) == {1, 31, 61, 91}


def test_late_instalments_were_first_unpaid_then_paid(read: Read) -> None:
    key = ["party_no", "loan_no", "instalment_no"]
    states = read("repayments").sort("known_on").group_by(key).agg("state", "dpd")
    late = states.filter(pl.col("state").list.last() == "late")
    assert late.height > 30
    assert (late["state"].list.join(">") == "unpaid>late").all()


def test_disciplined_borrowers_of_many_pay_on_time_and_use_little(latest: Read) -> None:
    cards = latest("card_statements").filter(pl.col("driver") == "none")
    by = cards.group_by("multi_lender", "disciplined").agg(
        late=(pl.col("months_late") > 0).mean(), use=(pl.col("bill") / pl.col("limit")).mean(), rows=pl.len()
    )
    said = {(many, good): (late, use) for many, good, late, use, _ in by.iter_rows()}
    assert by["rows"].min() > 300  # type: ignore[operator]
    assert said[True, True][0] < 0.5 * said[False, False][0]
    assert said[True, False][0] > 2 * said[False, False][0]
    assert said[True, True][1] < said[False, False][1] < said[True, False][1]


def test_the_bureau_knows_of_our_late_instalments(latest: Read) -> None:
    late = latest("repayments").filter((pl.col("state") == "late") & pl.col("default_on").is_null())
    months = latest("bureau_months").with_columns(pl.col("month_on").dt.truncate("1mo").alias("month"))
    both = late.with_columns(
        month=pl.col("due_on").dt.truncate("1mo"), account_no=pl.lit("a00") + pl.col("loan_no").str.slice(-1)
    ).join(months, on=["party_no", "account_no", "month"])
    assert both.height > 30
    assert (both["months_late"] == 1).all()


def test_cards_are_drawn_up_before_a_default(latest: Read) -> None:
    cards = latest("card_statements").filter(pl.col("driver").is_in(["income_loss", "over_indebtedness"]))
    use = (pl.col("bill") / pl.col("limit")).mean()
    early = cards.filter(pl.col("statement_on") < pl.col("onset_on")).select(use).item()
    at_default = (
        cards.filter((pl.col("default_on") - pl.col("statement_on")).dt.total_days().is_between(0, 30))
        .select(use)
        .item()
    )
    assert at_default > early + 0.2
