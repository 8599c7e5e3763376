"""Consents: as many as planned, whole offices at a time, and records that tell what the truth says."""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from creditloop.data import read_contract
from creditloop.world import SOURCES
from creditloop.world.planted.drivers import NEVER
from creditloop.world.planted.people import people_of
from creditloop.world.setting import Setting
from creditloop.world.sources.consents import WORDINGS, consent_needs, consents_of

Read = Callable[[str], pl.DataFrame]
CONTRACTS = Path(__file__).parents[3] / "contracts"


def test_shares_are_as_planned(setting: Setting) -> None:
    people, plan = people_of(setting, np.arange(100_000, dtype=np.int64)), setting.plan
    offices = len(consent_needs(CONTRACTS, tuple(SOURCES)).offices)
    planted = consents_of(setting, people, offices=offices)
    gives = planted.given.any(axis=1)
    some = gives & ~planted.given.all(axis=1)
    back = planted.withdrawn_on != NEVER
    partly = back & (planted.withdrawn.sum(axis=1) < planted.given.sum(axis=1))
    ends = planted.ends != NEVER
    # who gives one office's sources only takes back all of them, whatever is drawn
    several = back & (planted.given.sum(axis=1) > 1)
    for found, planned in (
        (1 - gives.mean(), plan["consents.never"]),
        (some.sum() / gives.sum(), plan["consents.some_only"]),
        (planted.given[some].mean(), plan["consents.some_given"]),
        (ends.sum() / gives.sum(), plan["consents.ends"]),
        (back.sum() / gives.sum(), plan["consents.withdraws"]),
        (partly.sum() / several.sum(), 1 - plan["consents.withdraws_all"]),
    ):
        assert abs(found - planned) < 0.03 * max(planned, 0.1) + 0.002 + 0.03 * (planned > 0.4)
    assert not planted.withdrawn[~planted.given].any()
    assert (planted.withdrawn[partly].sum(axis=1) == 1).all()
    half = setting.months.starts[setting.months.count // 2]
    for days in (planted.ends[ends], planted.withdrawn_on[back]):
        assert days.min() >= half and days.max() <= setting.months.last
    assert (planted.withdrawn_on[back] > people.since[back]).all()
    assert (planted.ends[ends] > people.since[ends]).all()


def test_consent_is_for_what_the_contracts_ask(read: Read) -> None:
    contracts = [read_contract(CONTRACTS / f"{name}.yaml", root=CONTRACTS) for name in SOURCES]
    asking = {each.name: each.consent.purposes for each in contracts if each.consent is not None}
    records = read("consents")
    assert set(records["sources"].str.split(";").explode()) == set(asking)
    (purposes,) = records["purposes"].unique().to_list()
    assert all(set(purposes.split(";")) <= asked for asked in asking.values())
    full = records.filter(pl.col("kind") == "given")["sources"].str.split(";").list.len()
    assert (full == len(asking)).mean() > 0.85  # type: ignore[operator]


def test_the_records_tell_the_truth(read: Read) -> None:
    records, truth = read("consents"), read("truth/consents")
    given = records.filter(pl.col("kind") == "given")
    withdrawn = records.filter(pl.col("kind") == "withdrawn")
    gave = truth.filter(pl.col("gives") != "none")
    assert given.select("party_no", "sources").equals(gave.select("party_no", "sources"))
    assert given["valid_until"].to_list() == gave["ends_on"].to_list()
    back = truth.filter(pl.col("withdrawn_on").is_not_null())
    assert withdrawn["party_no"].to_list() == back["party_no"].to_list()
    assert withdrawn["sources"].to_list() == back["withdrawn_sources"].to_list()
    assert withdrawn["valid_from"].to_list() == back["withdrawn_on"].to_list()
    assert back["withdrawn_on"].min() >= date(2025, 1, 1)  # type: ignore[operator]
    assert (
        withdrawn.select("valid_until", "wording_version", "wording_hash").null_count().row(0)
        == (withdrawn.height,) * 3
    )
    place = records.with_row_index().join(withdrawn.select("party_no"), on="party_no", how="semi")
    assert place.group_by("party_no", maintain_order=True).agg("kind")["kind"].to_list() == (
        [["given", "withdrawn"]] * back.height
    )
    none = truth.filter(pl.col("gives") == "none")
    assert none.height > 0
    assert none["sources"].null_count() == none.height


def test_the_wording_goes_by_the_day_and_is_named_by_its_hash(read: Read) -> None:
    given = read("consents").filter(pl.col("kind") == "given")
    hashes = {version: hashlib.sha256(text.encode()).hexdigest() for version, text in WORDINGS}
    assert given["wording_hash"].to_list() == [hashes[version] for version in given["wording_version"]]
    new = given["valid_from"] >= date(2021, 11, 1)
    assert (new == (given["wording_version"] == "2021-11")).all()
    assert 0 < new.mean() < 1  # type: ignore[operator]
    assert given["consent_id"].n_unique() == given.height
