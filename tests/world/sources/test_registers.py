"""Parties and relations: numbers that look right and are nobody's, links that lead to parties of the town."""

from collections.abc import Callable

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from numpy import array

from creditloop.world.sources.registers import id_numbers

Read = Callable[[str], pl.DataFrame]
SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(st.integers(0, 9_999_999), st.integers(1950, 2010))
def test_check_characters_are_right_and_the_region_is_nowhere(number: int, year: int) -> None:
    person, firm = (
        id_numbers(array([number]), array([year]), array([kind]))[0].as_py() for kind in (False, True)
    )
    assert person[:2] == "99" and firm[:6] == "919900"
    assert person[6:10] == str(year)
    total = sum((10 if sign == "X" else int(sign)) * 2 ** (17 - place) for place, sign in enumerate(person))
    assert total % 11 == 1
    assert (
        sum(SIGNS.index(sign) * 3**place for place, sign in enumerate(firm[:17])) % 31
        == (31 - SIGNS.index(firm[17])) % 31
    )


def test_nobody_shares_a_number_and_no_telephone_is_real(read: Read) -> None:
    parties = read("parties")
    assert parties["id_number"].n_unique() == parties.height == 3_000
    phones = parties["phone"].drop_nulls()
    assert phones.str.contains("^100[0-9]{8}$").all()
    assert phones.n_unique() == len(phones)


def test_people_of_a_dormitory_share_its_address(read: Read) -> None:
    truth = read("truth/parties").filter(pl.col("hub_kind") == "dormitory")
    addresses = read("parties").join(truth, on="party_no").group_by("hub").agg(pl.col("address").n_unique())
    assert addresses.height >= 1 and (addresses["address"] == 1).all()


def test_relations_lead_to_parties_of_the_right_kind(read: Read) -> None:
    kinds = read("parties").select("party_no", "kind")
    links = (
        read("relations")
        .join(kinds, on="party_no", suffix="_of")
        .join(kinds, left_on="other_party", right_on="party_no", suffix="_other")
    )
    assert links.height == read("relations").height
    assert (links["party_no"] != links["other_party"]).all()
    for relation, of, other in (
        ("owner", "firm", "person"),
        ("supplier", "firm", "firm"),
        ("employer", "person", "firm"),
    ):
        rows = links.filter(pl.col("kind") == relation)
        assert rows.height > 100
        assert set(rows["kind_of"]) == {of} and other in set(rows["kind_other"])
    supplied = {
        (b, a)
        for a, b in links.filter(pl.col("kind") == "customer").select("party_no", "other_party").iter_rows()
    }
    supplies = set(links.filter(pl.col("kind") == "supplier").select("party_no", "other_party").iter_rows())
    assert len(supplied & supplies) > 0.8 * len(supplies)  # each side has its own missing and unknown


def test_shares_in_a_firm_add_up_to_all_of_it(read: Read) -> None:
    held = read("relations").filter(pl.col("share_nano").is_not_null())
    known = held.group_by("party_no").agg(pl.col("share_nano").sum(), pl.col("kind").n_unique())
    assert (known.filter(pl.col("kind") == 2)["share_nano"] == 10**9).all()
    assert held["share_nano"].is_between(1, 10**9).all()
