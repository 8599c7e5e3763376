"""Who the bank knows (客户与关系): parties and their relations.

Identifiers look right and cannot be anybody's: identity numbers begin with 99, which no region has; telephone
numbers with 100, which no mobile network has; social credit codes name region 99.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from creditloop.world.draws import Flags, Ints
from creditloop.world.months import Months
from creditloop.world.numbering import FIRM, PERSON
from creditloop.world.planted.groups import DORMITORY, GANGS, HUBS, NO_GROUP, SHOP_TERMINAL, Cells, hub_kind
from creditloop.world.planted.links import (
    NOBODY,
    core_of,
    guaranteed_by,
    guarantor_of,
    owner_of,
    spouse_of,
    suppliers_of,
)
from creditloop.world.planted.people import INDUSTRIES, KINDS, REGIONS, SIZES
from creditloop.world.planted.shard import Shard
from creditloop.world.writing.columns import (
    ABSENT,
    Codes,
    Maybe,
    Rows,
    choose,
    joined,
    numbered,
    of_bytes,
    sequence,
    stack,
    where,
    worded,
)
from creditloop.world.writing.schema import party_no

_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
"""GB 11643-1999: the check character is taken modulo 11."""
_CODE_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
"""GB 32100-2015: the check character is taken modulo 31."""
_CODE_SIGNS = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", dtype=np.uint8)


def parties(shard: Shard) -> Rows:
    """Return one row a party."""
    people = shard.people
    n = len(people)
    person = people.kind == PERSON
    home = shard.setting.bits("parties.address", people.number) % np.uint64(10**7)
    hub = HUBS.of(shard.setting, people.number)
    dormitory = (hub != NO_GROUP) & (hub_kind(shard.setting, np.maximum(hub, 0)) == DORMITORY)
    of_hub = shard.setting.bits("parties.dormitory", hub) % np.uint64(10**7)
    house = np.where(dormitory, of_hub, home).astype(np.int64)
    region = np.where(dormitory, hub % len(REGIONS), people.region)
    street = worded(region, [f"模拟省{name}区第" for name in REGIONS])
    return Rows(
        party=np.arange(n),
        columns={
            "kind": Codes(people.kind, KINDS),
            "customer_since": people.since,
            "region": Codes(people.region, REGIONS),
            "industry": Codes(people.industry, INDUSTRIES),
            "size": Codes(people.size, SIZES),
            "established_on": Maybe(people.established, ~person),
            "birth_year": Maybe(people.birth_year, ~people.firm),
            "sex": Codes(np.where(people.firm, ABSENT, np.where(people.female, 0, 1)), ("female", "male")),
            "id_number": id_numbers(people.number, people.birth_year, people.kind == FIRM),
            "phone": where(
                shard.setting.uniform("parties.phone", people.number) > 0.02,
                numbered("100", people.number, 8),
            ),
            "address": joined(street, numbered("", house, 7), "号"),
            "known_on": people.since,
        },
    )


def id_numbers(numbers: Ints, birth_year: Ints, firm: NDArray[np.bool_]) -> pa.Array:
    """Return identity numbers of people and social credit codes of firms, with right check characters."""
    born = birth_year * 10_000 + (1 + numbers % 12) * 100 + 1 + numbers // 12 % 28
    region = 990_000 + numbers // 1000 % 10_000
    identity = _digits((region * 10**8 + born) * 1000 + numbers % 1000, 17)
    check = (12 - (identity * _ID_WEIGHTS).sum(axis=1) % 11) % 11
    signs = np.concatenate(
        [identity + ord("0"), np.where(check == 10, ord("X"), check + ord("0"))[:, None]], axis=1
    )
    code = _digits(91_990_000 * 10**9 + numbers, 17)
    code_check = (31 - (code * _CODE_WEIGHTS).sum(axis=1) % 31) % 31
    code_signs = np.concatenate([code + ord("0"), _CODE_SIGNS[code_check][:, None]], axis=1)
    return choose(firm, of_bytes(code_signs.astype(np.uint8)), of_bytes(signs.astype(np.uint8)))


def _digits(numbers: Ints, width: int) -> Ints:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return numbers[:, None] // powers[None, :] % 10


RELATIONS = (
    "owner",
    "legal_person",
    "shareholder",
    "executive",
    "guarantor",
    "spouse",
    "supplier",
    "customer",
    "employer",
    "shared_address",
    "shared_device",
)
(
    OWNER,
    LEGAL_PERSON,
    SHAREHOLDER,
    EXECUTIVE,
    GUARANTOR,
    SPOUSE,
    SUPPLIER,
    CUSTOMER,
    EMPLOYER,
    SHARED_ADDRESS,
    SHARED_DEVICE,
) = range(11)
NANO = 10**9


def relations(shard: Shard) -> Rows:
    """Return who a party is related to, and how: `other_party` is the party's owner, guarantor, supplier, ….

    A firm's row `owner` names the person who owns it, `guarantor` who stands in for it, `supplier` who
    supplies it, `customer` whom it supplies.
    """
    setting, number = shard.setting, shard.people.number
    index, suppliers = suppliers_of(setting, number)
    guarantor = guarantor_of(setting, number)
    own = owner_of(setting, number)
    partner = _partner(shard, own)
    stands_in = (own != NOBODY) & (guaranteed_by(setting, np.maximum(own, 0)) == number)
    parts = [
        _relation(shard, OWNER, own),
        _relation(shard, LEGAL_PERSON, own),
        _relation(shard, GUARANTOR, guarantor),
        _relation(shard, GUARANTOR, np.where(stands_in, own, NOBODY)),
        _relation(shard, SHAREHOLDER, partner),
        _relation(shard, SPOUSE, spouse_of(setting, number)),
        _relation(shard, CUSTOMER, core_of(setting, number)),
        _relation(shard, EMPLOYER, shard.people.employer),
        _rows(shard, SUPPLIER, index, suppliers),
        _shared(shard),
    ]
    rows = stack([part for part in parts if len(part)])
    rows = rows.take(np.lexsort((rows.whole("kind"), rows.whole("since_on"), rows.party)))
    kind = rows.whole("kind")
    return rows.with_columns(
        relation_no=numbered("n", sequence(rows.party), 4),
        kind=Codes(kind, RELATIONS),
        share_nano=Maybe(_shares(rows.party, kind, partner != NOBODY), np.isin(kind, (OWNER, SHAREHOLDER))),
        amount_fen=Maybe(rows.whole("amount_fen"), np.isin(kind, (GUARANTOR, SUPPLIER, CUSTOMER))),
        ended_on=Maybe(rows.whole("since_on") + 400, rows.whole("ended") > 0),
        other_party=party_no(rows.whole("other")),
    ).without("other", "ended")


def _partner(shard: Shard, owner: Ints) -> Ints:
    """Return the second shareholder of some firms: whom the owner is married to."""
    spouse = np.where(owner == NOBODY, NOBODY, spouse_of(shard.setting, np.maximum(owner, 0)))
    return np.where(shard.setting.chance("links.spouse_holds", shard.people.number), spouse, NOBODY)


def _shares(party: Ints, kind: Ints, held_by_two: Flags) -> Ints:
    """Return shares that add up to all: the owner's, and the partner's where there is one."""
    of_partner = np.where(held_by_two[party], (10 + party % 40) * (NANO // 100), 0)
    return np.where(kind == OWNER, NANO - of_partner, of_partner)


def _relation(shard: Shard, kind: int, other: Ints) -> Rows:
    """Return a row for every party whose other is somebody."""
    index = np.flatnonzero(other != NOBODY)
    return _rows(shard, kind, index, other[index])


def _rows(shard: Shard, kind: int, index: Ints, other: Ints) -> Rows:
    months: Months = shard.setting.months
    pair = shard.people.number[index] * 31 + other * 17 + kind
    since = (
        months.first - 30 - (shard.setting.bits("relations.since", pair) % np.uint64(2000)).astype(np.int64)
    )
    late = shard.setting.uniform("relations.late", pair) < shard.setting.plan["links.begins_within"]
    since = np.where(late, months.first + (pair * 13) % 300, since)
    fixed = kind in (OWNER, GUARANTOR, SUPPLIER, CUSTOMER, SHARED_ADDRESS, SHARED_DEVICE)
    ended = (
        (shard.setting.uniform("relations.ended", pair) < 0.03) & (since + 400 < months.last) & (not fixed)
    )
    amount = np.floor(shard.people.income_fen[index] * 2 / 10_000).astype(np.int64) * 10_000
    return Rows(
        party=index,
        columns={
            "since_on": since,
            "kind": np.full(len(index), kind),
            "other": other,
            "amount_fen": amount,
            "ended": ended.astype(np.int64),
        },
    )


def _shared(shard: Shard) -> Rows:
    """Return who shares a device with the head of its gang, or address or device with that of its hub."""
    setting, number = shard.setting, shard.people.number
    gang, hub = GANGS.of(setting, number), HUBS.of(setting, number)
    kind = hub_kind(setting, np.maximum(hub, 0))
    parts = [
        _with_head(shard, GANGS, gang, SHARED_DEVICE),
        _with_head(shard, HUBS, np.where(kind == DORMITORY, hub, NO_GROUP), SHARED_ADDRESS),
        _with_head(shard, HUBS, np.where(kind == SHOP_TERMINAL, hub, NO_GROUP), SHARED_DEVICE),
    ]
    return stack(parts)


def _with_head(shard: Shard, cells: Cells, group: Ints, kind: int) -> Rows:
    head = cells.first_member(shard.setting, np.maximum(group, 0))
    joined_to = np.where((group != NO_GROUP) & (head != shard.people.number), head, NOBODY)
    return _relation(shard, kind, joined_to)
