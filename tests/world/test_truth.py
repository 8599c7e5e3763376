"""The truth files agree with each other and with what the sources tell."""

from collections.abc import Callable

import polars as pl

from creditloop.world import Town

Read = Callable[[str], pl.DataFrame]


def test_every_party_has_its_truth(read: Read) -> None:
    truth, parties = read("truth/parties"), read("parties")
    both = truth.join(parties, on="party_no", suffix="_told")
    assert both.height == truth.height == 3_000
    for column in ("kind", "region"):
        assert (both[column] == both[f"{column}_told"]).all()
    assert ((truth["driver"] == "none") == truth["default_on"].is_null()).all()
    assert (truth["disciplined"] <= truth["multi_lender"]).all()


def test_contagion_paths_lead_to_parties_that_caught_it(read: Read) -> None:
    truth, paths = read("truth/parties"), read("truth/contagion")
    caught = truth.filter(pl.col("driver") == "contagion")
    assert set(paths["to_party"]) == set(caught["party_no"]) and paths.height == caught.height >= 5
    source = paths.join(truth, left_on="from_party", right_on="party_no")
    assert (source["default_on"] < source["defaulted_on"]).all()


def test_gangs_and_hubs_are_as_large_as_they_say(read: Read) -> None:
    truth = read("truth/parties")
    for name in ("gang", "hub"):
        members = truth.filter(pl.col(name).is_not_null()).group_by(name).len()
        groups = read(f"truth/{name}s").join(members, on=name, how="full")
        assert groups.height >= 2 and (groups["size"] == groups["len"]).all()


def test_no_source_tells_the_truth_by_name(town: Town) -> None:
    truth = set(pl.read_parquet(town.folder / "truth" / "parties.parquet").columns)
    secret = truth - {"party_no", "kind", "region", "industry"}
    for file in town.folder.glob("*.parquet"):
        assert not secret & set(pl.read_parquet_schema(file)), file.name
