"""When sources were asked: missing ones never answer, and an answer agrees with what the source tells."""

from collections.abc import Callable

import polars as pl

from creditloop.world.setting import Setting

Read = Callable[[str], pl.DataFrame]


def test_an_answer_is_what_the_source_had_told_by_that_day(read: Read) -> None:
    checks = read("source_checks").filter(pl.col("answer") != "unavailable")
    for name in ("bureau_accounts", "judicial_cases", "housing_fund", "invoices", "patents"):
        first = read(name).group_by("party_no").agg(first=pl.col("known_on").min())
        asked = checks.filter(pl.col("source") == name).join(first, on="party_no", how="left")
        told = (asked["first"] <= asked["checked_on"]).fill_null(value=False)
        assert (told == (asked["answer"] == "found")).all(), name
        assert 0 < told.mean() < 1, name


def test_missing_sources_are_unavailable_or_never_asked_and_go_by_office(
    read: Read, setting: Setting
) -> None:
    gone, checks = read("truth/missing_sources"), read("source_checks")
    both = gone.join(checks, on=["party_no", "source"], how="left")
    unavailable = both.filter(pl.col("why") == "unavailable")
    assert (unavailable["answer"] == "unavailable").all()
    assert both.filter(pl.col("why") == "never_asked")["answer"].is_null().all()
    bureau = gone.filter(pl.col("source").str.starts_with("bureau_")).group_by("party_no").len()
    assert (bureau["len"] == 5).all()
    share = bureau.height / 3_000
    planned = setting.plan["facts.unavailable"] + setting.plan["facts.never_asked"]
    assert abs(share - planned) < 5 * (planned / 3_000) ** 0.5


def test_some_were_last_asked_months_ago(read: Read, setting: Setting) -> None:
    last = read("source_checks").group_by("party_no", "source").agg(pl.col("checked_on").max())
    old = (pl.Series([last["checked_on"].max()]) - last["checked_on"]).dt.total_days() > 100
    assert abs(old.mean() - setting.plan["facts.stale"]) < 0.01  # type: ignore[operator]
