"""Devices: gangs share few, innocent hubs share too, everybody else hardly ever."""

from collections.abc import Callable

import polars as pl

from creditloop.world.setting import Setting

Read = Callable[[str], pl.DataFrame]


def _sharing(events: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return for each device or network how many parties use it, how many of them in a gang or a hub."""
    users = events.filter(pl.col(column).is_not_null()).unique([column, "party_no"])
    return users.group_by(column).agg(
        parties=pl.len(),
        ganged=pl.col("gang").is_not_null().sum(),
        gangs=pl.col("gang").drop_nulls().n_unique(),
        hubs=pl.col("hub").drop_nulls().n_unique(),
        hub_kind=pl.col("hub_kind").drop_nulls().first(),
        in_hub=pl.col("hub").is_not_null().sum(),
    )


def test_what_is_shared_is_shared_by_a_gang_or_a_hub(latest: Read) -> None:
    events = latest("device_events")
    for column, kinds in (("device", {"shop_terminal"}), ("network", {"dormitory", "carrier_address"})):
        shared = _sharing(events, column).filter(pl.col("parties") > 1)
        by_gang = shared.filter((pl.col("gangs") == 1) & (pl.col("ganged") == pl.col("parties")))
        by_hub = shared.filter((pl.col("hubs") == 1) & (pl.col("in_hub") == pl.col("parties")))
        assert by_gang.height >= 2 and by_hub.height >= 1
        assert by_gang.height + by_hub.height >= shared.height
        assert set(by_hub.filter(pl.col("ganged") < pl.col("parties"))["hub_kind"]) <= kinds


def test_a_hubs_people_are_as_good_as_anybody(read: Read) -> None:
    truth = read("truth/parties").filter(pl.col("gang").is_null() & (pl.col("kind") != "firm"))
    falls = truth.group_by(pl.col("hub").is_not_null().alias("in_hub")).agg(
        pl.col("default_on").is_not_null().mean()
    )
    rates = dict(falls.iter_rows())
    assert rates[True] < 2 * rates[False]


def test_gangs_apply_from_few_devices_and_fall_together(latest: Read, setting: Setting) -> None:
    members = latest("device_events").filter(pl.col("gang").is_not_null())
    assert members["gang"].n_unique() >= 2
    for _, gang in members.group_by("gang"):
        most = gang.group_by("device").agg(pl.col("party_no").n_unique())["party_no"].max()
        assert most >= 2  # type: ignore[operator]
        days = gang.filter(pl.col("driver") == "fraud")["default_on"].drop_nulls()
        spread = (days.max() - days.min()).days  # type: ignore[operator]
        assert spread <= setting.plan["gangs.spread_most"]


def test_an_application_stands_before_each_payout(read: Read) -> None:
    events = read("device_events").filter(pl.col("kind").is_in(["apply", "payout"]))
    counts = dict(events.group_by("kind").len().iter_rows())
    assert abs(counts["apply"] - counts["payout"]) < 0.1 * counts["apply"]
    assert read("device_events")["hour"].is_between(0, 23).all()
