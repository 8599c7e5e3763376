"""Debts: who has none, who has many, who opens more before a default, and what is due."""

import numpy as np
import pytest

from creditloop.world.planted.debts import MORTGAGE, TERMS, Debts
from creditloop.world.planted.drivers import NEVER, OVER_INDEBTEDNESS
from creditloop.world.planted.groups import NO_GROUP
from creditloop.world.planted.shard import Shard, shard_of
from creditloop.world.planted.shocks import shocks_of
from creditloop.world.setting import Setting


@pytest.fixture(scope="module")
def shard(setting: Setting) -> Shard:
    return shard_of(setting, shocks_of(setting), index=0, numbers=np.arange(20_000, dtype=np.int64))


def _count(shard: Shard, debts: Debts) -> np.ndarray:
    return np.bincount(debts.party, minlength=len(shard))


def test_people_without_record_owe_nobody_and_many_lenders_are_many(setting: Setting, shard: Shard) -> None:
    people, count = shard.people, _count(shard, shard.debts)
    assert (count[people.no_record] == 0).all()
    assert (count[people.multi_lender] >= setting.plan["debts.many_least"]).all()
    assert (count[people.gang != NO_GROUP] >= 1).all()
    usual = ~people.multi_lender & (shard.fates.driver != OVER_INDEBTEDNESS)
    assert count[usual].max() == 3


def test_who_borrows_to_pay_opens_accounts_between_onset_and_default(shard: Shard) -> None:
    debts, fates = shard.debts, shard.fates
    opened_late = debts.opened > fates.onset[debts.party]
    late = np.bincount(debts.party[opened_late], minlength=len(shard))
    over = fates.driver == OVER_INDEBTEDNESS
    assert (late[over] >= 2).mean() > 0.95
    loose = debts.lender[opened_late & over[debts.party]] != 0
    assert loose.mean() > 0.65
    assert (debts.opened < np.where(fates.day == NEVER, NEVER, fates.day)[debts.party]).all()


def test_what_is_due_pays_the_loan_back_with_interest(setting: Setting, shard: Shard) -> None:
    debts = shard.debts
    loans = debts.term > 0
    repaid = debts.due_fen[loans] * debts.term[loans]
    with_interest = debts.granted_fen[loans] * (
        1 + setting.plan["debts.interest_year"] * debts.term[loans] / 24
    )
    assert (repaid <= with_interest).all() and (with_interest - repaid <= debts.term[loans] + 1).all()
    assert (debts.due_fen[~loans] == 0).all()
    assert (debts.granted_fen % 10_000 == 0).all() and debts.granted_fen.min() > 0
    assert (debts.term == np.array(TERMS)[debts.kind]).all()
    assert not (debts.ours & (debts.kind == MORTGAGE)).any()


def test_accounts_stand_in_order_and_are_numbered(shard: Shard) -> None:
    debts = shard.debts
    same = debts.party[1:] == debts.party[:-1]
    assert (np.diff(debts.party) >= 0).all()
    assert (np.diff(debts.opened)[same] >= 0).all()
    assert (np.diff(debts.order)[same] == 1).all() and debts.order[0] == 1
