"""Courts and lists (司法与名单): cases, their texts, parties on lists.

Cases are planted once, for `judicial_cases` and `court_texts` alike: some firms are plaintiffs, which is no
risk; who stops paying is sued by its lender some months later, judged, enforced.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from creditloop.world.draws import Flags, Ints
from creditloop.world.planted.drivers import FRAUD
from creditloop.world.planted.shard import Shard
from creditloop.world.sources.events import chosen, drawn
from creditloop.world.sources.words import amount_words, day_words
from creditloop.world.writing.columns import (
    Codes,
    Maybe,
    Rows,
    by_party,
    joined,
    numbered,
    sequence,
    stack,
    worded,
)

STAGES = ("filed", "judged", "enforced", "dishonest", "restricted", "terminated", "closed")
FILED, JUDGED, ENFORCED, DISHONEST, RESTRICTED, TERMINATED, CLOSED = range(7)
ROLES = ("plaintiff", "defendant", "third_party", "executed")
PLAINTIFF, DEFENDANT, THIRD_PARTY, EXECUTED = range(4)
CAUSES = (
    "loan",
    "private_lending",
    "sale",
    "guarantee",
    "labour",
    "lease",
    "building",
    "intellectual",
    "traffic",
    "criminal",
    "other",
)
CRIMINAL = CAUSES.index("criminal")
CAUSE_WORDS = (
    "金融借款合同纠纷",
    "民间借贷纠纷",
    "买卖合同纠纷",
    "保证合同纠纷",
    "劳动争议",
    "租赁合同纠纷",
    "建设工程合同纠纷",
    "侵害发明专利权纠纷",
    "机动车交通事故责任纠纷",
    "诈骗罪",
    "物业服务合同纠纷",
)
NAME_IN_TEXTS = "客户"
"""How texts name a party: this, and its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Court cases of a shard's parties, in order of party and day filed: (cases,) each."""

    party: Ints
    number: Ints
    role: Ints
    cause: Ints
    filed: Ints
    judged: Ints
    enforced: Ints
    settled: Flags
    amount_fen: Ints


def cases_of(shard: Shard) -> Cases:
    """Plant the cases of a shard."""
    random = shard.generator("cases")
    plan, people, months, fates = shard.setting.plan, shard.people, shard.setting.months, shard.fates
    rates = np.where(people.trades, plan["courts.usual_trade"], plan["courts.usual_person"])
    usual = drawn(random, months, rates[:, None] * np.ones((1, months.count)))
    sued = np.flatnonzero(shard.stops & (random.random(len(people)) < plan["courts.sued"]))
    day = fates.day[sued] + random.integers(60, 150, len(sued))
    role = chosen(random, plan.numbers("courts.roles"), len(usual))
    cause = chosen(random, plan.numbers("courts.causes"), len(usual))
    party = np.concatenate([usual.party, sued])
    filed = np.concatenate([usual.day, day])
    order = np.lexsort((filed, party))
    order = order[filed[order] <= months.last]
    party, filed = party[order], filed[order]
    n = len(order)
    amount = np.floor(people.income_fen[party] * np.exp(random.standard_normal(n) * 0.8)).astype(np.int64)
    return Cases(
        party=party,
        number=sequence(party),
        filed=filed,
        role=np.concatenate([role, np.full(len(sued), DEFENDANT)])[order],
        cause=np.concatenate([cause, np.where(fates.driver[sued] == FRAUD, 9, 0)])[order],
        judged=filed + random.integers(45, 150, n),
        enforced=filed + random.integers(160, 260, n),
        settled=random.random(n) < plan["courts.settled"],
        amount_fen=np.maximum(amount, 100),
    )


def judicial_cases(shard: Shard) -> Rows:
    """Return the stages of cases; the loser of a case may become an enforcement debtor."""
    cases, last = cases_of(shard), shard.setting.months.last
    loses = (cases.role == DEFENDANT) & ~cases.settled
    stages = (
        (FILED, cases.filed, cases.role, np.ones(len(cases.party), np.bool_)),
        (JUDGED, cases.judged, cases.role, ~cases.settled),
        (CLOSED, cases.judged, cases.role, cases.settled),
        (ENFORCED, cases.enforced, np.full(len(cases.party), EXECUTED), loses),
        (
            DISHONEST,
            cases.enforced + 60,
            np.full(len(cases.party), EXECUTED),
            loses & (cases.number % 2 == 1),
        ),
    )
    parts = []
    for stage, day, role, happens in stages:
        told = happens & (day <= last)
        parts.append(
            Rows(
                party=cases.party[told],
                columns={
                    "case": cases.number[told],
                    "happened_on": day[told],
                    "stage": np.full(int(told.sum()), stage),
                    "role": role[told],
                    "cause": cases.cause[told],
                    "amount_fen": cases.amount_fen[told],
                },
            )
        )
    rows = by_party(stack(parts), "happened_on")
    columns = {name: column for name, column in rows.columns.items() if name != "case"}
    return Rows(
        party=rows.party,
        columns={
            **columns,
            "case_no": numbered("s", rows.whole("case"), 4),
            "stage": Codes(rows.whole("stage"), STAGES),
            "role": Codes(rows.whole("role"), ROLES),
            "cause": Codes(rows.whole("cause"), CAUSES),
        },
    )


def court_texts(shard: Shard) -> Rows:
    """Return judgments, rulings of enforcement, withdrawals: short texts with the facts of their case."""
    cases, last = cases_of(shard), shard.setting.months.last
    told = np.concatenate(
        [
            np.flatnonzero(cases.judged <= last),
            np.flatnonzero((cases.enforced <= last) & ~cases.settled & (cases.role == DEFENDANT)),
        ]
    )
    enforced = np.arange(len(told)) >= int((cases.judged <= last).sum())
    day = np.where(enforced, cases.enforced[told], cases.judged[told])
    rows = by_party(
        Rows(
            party=cases.party[told],
            columns={"published_on": day, "case": told, "enforced": enforced.astype(np.int64)},
        ),
        "published_on",
    )
    case, by_force = rows.whole("case"), rows.whole("enforced") > 0
    return Rows(
        party=rows.party,
        columns={
            "published_on": rows.whole("published_on"),
            "document_no": numbered("w", sequence(rows.party), 4),
            "text": _texts(shard, cases, case, by_force, rows.whole("published_on")),
        },
    )


def _texts(shard: Shard, cases: Cases, case: Ints, enforced: Flags, day: Ints) -> pa.Array:
    """Return one text a document: court and number, the parties, the cause, what was decided, the day."""
    name = numbered(f"{NAME_IN_TEXTS}p", shard.people.number[cases.party[case]], 8)
    other = numbered("模拟公司", case % 1000, 3)
    against, for_ = cases.role[case] == DEFENDANT, cases.role[case] == PLAINTIFF
    who = np.where(enforced, 3, np.where(for_, 0, np.where(against, 1, 2)))
    openings = [
        joined("原告：", name, "。被告：", other, "。"),
        joined("原告：", other, "。被告：", name, "。"),
        joined("原告：", other, "。被告：", other, "分公司。第三人：", name, "。"),
        joined("申请执行人：", other, "。被执行人：", name, "。"),
    ]
    amount = amount_words(cases.amount_fen[case])
    decided = [
        joined("判决如下：被告于本判决生效之日起十日内向原告支付人民币", amount, "元。"),
        joined("裁定如下：准许原告撤回起诉，标的额人民币", amount, "元。"),
        joined("裁定如下：强制执行人民币", amount, "元。"),
    ]
    how = np.where(enforced, 2, np.where(cases.settled[case], 1, 0))
    cause = worded(cases.cause[case], CAUSE_WORDS)
    criminal = (cases.cause[case] == CRIMINAL) & (how == 0)
    title = worded(np.where(criminal, 3, how), ("民事判决书", "民事裁定书", "执行裁定书", "刑事判决书"))
    return joined(
        "模拟市人民法院",
        title,
        "。",
        _choose(who, openings),
        "案由：",
        cause,
        "。",
        _choose(how, decided),
        day_words(day),
        "。",
    )


def _choose(index: Ints, texts: list[pa.Array]) -> pa.Array:
    return pa.concat_arrays(texts).take(pa.array(index * len(index) + np.arange(len(index))))


def listed_parties(shard: Shard) -> Rows:
    """Return who stands on a list and why: after fraud, after a default, and some by complaint or mistake."""
    random = shard.generator("listed_parties")
    plan, people, months, fates = shard.setting.plan, shard.people, shard.setting.months, shard.fates
    fraud = np.flatnonzero(
        shard.owes & (fates.driver == FRAUD) & (random.random(len(people)) < plan["courts.listed_fraud"])
    )
    fell = np.flatnonzero(
        shard.stops & (fates.driver != FRAUD) & (random.random(len(people)) < plan["courts.listed_default"])
    )
    usual = np.flatnonzero(random.random(len(people)) < plan["courts.listed_usual"])
    any_day = months.first + random.integers(0, months.last - months.first, len(usual))
    parts = [
        _entries(fraud, fates.day[fraud] + random.integers(10, 90, len(fraud)), black=1, cause=0, by=0),
        _entries(fell, fates.day[fell] + random.integers(120, 200, len(fell)), black=0, cause=1, by=2),
        _entries(usual, any_day, black=0, cause=6, by=1),
    ]
    rows = by_party(stack(parts), "listed_on")
    rows = rows.take(rows.whole("listed_on") <= months.last)
    return rows.with_columns(
        entry_no=numbered("e", sequence(rows.party), 3),
        list=Codes(1 - rows.whole("list"), ("black", "grey")),
        cause=Codes(
            rows.whole("cause"),
            ("fraud", "court", "written_off", "identity", "agency", "laundering", "complaint", "other"),
        ),
        told_by=Codes(rows.whole("told_by"), ("own", "partner", "court", "authority")),
        appeal=Codes(
            chosen(random, plan.numbers("courts.appeals"), len(rows)), ("none", "open", "refused", "upheld")
        ),
        expires_on=Maybe(rows.whole("listed_on") + 730, rows.whole("list") == 0),
    )


def _entries(party: Ints, day: Ints, *, black: int, cause: int, by: int) -> Rows:
    n = len(party)
    return Rows(
        party=party,
        columns={
            "listed_on": day,
            "list": np.full(n, black),
            "cause": np.full(n, cause),
            "told_by": np.full(n, by),
        },
    )
