"""Programmes of joint lending: shares by date, parts of an amount, documents that are wrong."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lending_rules import edited, find

from creditloop.kernel.errors import InputError, PolicyError
from creditloop.lend.shares import LenderScope, Programme, read_programme

JOINT = "policies/lending/programmes/joint_line.yaml"
BEFORE, AFTER = date(2021, 12, 31), date(2022, 1, 1)
BAD = [
    ("{own: 0.3, partner_bank: 0.7}", "{own: 0.3, partner_bank: 0.6}", "do not add up to one"),
    ("{own: 0.3, partner_bank: 0.7}", "{own: 1.0, partner_bank: 0.0}", "do not add up to one"),
    ("{own: 0.3, partner_bank: 0.7}", "{partner_bank: 0.7, own: 0.3}", "a share for each lender"),
    ("{own: 0.3, partner_bank: 0.7}", "{own: 1.0}", "a share for each lender"),
    ("  own:\n", "  us:\n", "our own bank stands first"),
    ("scope: national,", "scope: national, regions: [r01],", "a regional lender names its regions"),
    (
        "scope: regional, regions: [r01, r02, r03, r04, r05, r06, r07],",
        "scope: regional,",
        "names its regions",
    ),
    ("scope: national", "scope: planetary", "not one of the words"),
    ("- from: 2022-01-01", "- from: 2020-01-01", "in order of time"),
    ("shares:", "parts:", "the key 'shares' is missing"),
    (", checked: 2026-11-23}\n  - from: 2022", "}\n  - from: 2022", "looked up"),
]


def joint(on: date) -> Programme:
    return read_programme(find(JOINT), on=on)


def test_shares_change_on_their_day() -> None:
    assert joint(BEFORE).others_share("partner_bank") == Fraction(1, 5)
    assert joint(AFTER).others_share("partner_bank") == Fraction(3, 10)
    assert joint(AFTER).others_share("own") == Fraction(7, 10)
    assert joint(BEFORE).shares.until == joint(AFTER).shares.since == AFTER
    assert joint(BEFORE).shares_by_date == joint(AFTER).shares_by_date
    assert [lender.standing.value.scope for lender in joint(AFTER).lenders] == [
        LenderScope.REGIONAL,
        LenderScope.NATIONAL,
    ]


@given(amount=st.integers(0, 10**15))
def test_the_parts_of_an_amount_add_up_to_it(amount: int) -> None:
    programme = joint(AFTER)
    parts = [programme.part_of(lender.name, amount) for lender in programme.lenders]
    assert sum(parts) == amount
    assert abs(10 * parts[0] - 3 * amount) <= 5


def test_who_is_no_lender_has_no_share() -> None:
    with pytest.raises(InputError, match="no lender of this loan"):
        joint(AFTER).others_share("guarantor")


def test_before_its_first_day_there_is_no_programme() -> None:
    with pytest.raises(PolicyError, match="nothing is in force"):
        joint(date(2020, 12, 31))


@pytest.mark.parametrize(("old", "new", "words"), BAD, ids=[f"{new}: {words}" for _, new, words in BAD])
def test_a_bad_document_is_refused_with_its_place(old: str, new: str, words: str) -> None:
    with pytest.raises(PolicyError, match=words) as told:
        read_programme(edited(JOINT, (old, new)), on=AFTER)
    assert told.value.where["file"] == JOINT
    assert int(str(told.value.where["line"])) >= 1
