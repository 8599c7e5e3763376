"""Field notes (尽调笔记): what a loan officer saw at a visit, in sentences that tell the truth of the day."""

import numpy as np
import pyarrow as pa

from creditloop.world.draws import Ints
from creditloop.world.planted.drivers import CONTAGION, INCOME_LOSS, OVER_INDEBTEDNESS, OWNER_EVENT
from creditloop.world.planted.shard import Shard
from creditloop.world.sources.events import drawn
from creditloop.world.sources.government import headcount
from creditloop.world.sources.words import amount_words, day_words
from creditloop.world.writing.columns import Rows, by_party, joined, numbered, sequence, worded

CALM = (
    "生产经营正常，设备运转，订单稳定。",
    "门店客流正常，货架充足，账目清楚。",
    "新增一条生产线，计划扩产，已签订采购合同。",
    "未见异常，员工在岗，库存周转正常。",
)
WORRYING = {
    INCOME_LOSS: ("近期订单流失，主要客户减少采购，部分设备停产。", "存货积压明显，资金周转紧张。"),
    OVER_INDEBTEDNESS: ("负责人称在多家机构他处借款，近期还款压力大。", "存在民间借贷，每月利息支出较高。"),
    OWNER_EVENT: ("到访时负责人失联，员工称已多日未见。", "员工反映拖欠工资两个月，现场情绪不稳。"),
    CONTAGION: ("下游核心企业拖欠货款，应收账款无法收回。", "为关联企业提供担保，对方已停产停业。"),
}


def field_notes(shard: Shard) -> Rows:
    """Return notes of visits to trading parties: the day, who was at work, what was seen, sales told."""
    random = shard.generator("field_notes")
    plan, people, months, fates = shard.setting.plan, shard.people, shard.setting.months, shard.fates
    rates = np.where(people.trades, plan["notes.visits_month"], 0.0)[:, None] * np.ones((1, months.count))
    visits = drawn(random, months, rates)
    rows = by_party(
        Rows(party=visits.party, columns={"visited_on": visits.day, "month": visits.month}), "visited_on"
    )
    party, month, day = rows.party, rows.whole("month"), rows.whole("visited_on")
    worried = (fates.onset[party] <= day) & fates.defaults[party]
    seen = _seen(np.where(worried, fates.driver[party], 0), random.integers(0, 4, len(rows)))
    told = np.rint(shard.activity[party, month] * np.exp(0.1 * random.standard_normal(len(rows)))).astype(
        np.int64
    )
    text = joined(
        day_words(day),
        "走访客户p",
        numbered("", people.number[party], 8),
        "，现场员工约",
        pa.array(headcount(shard)[party, month]).cast(pa.string()),
        "人。",
        seen,
        "负责人自述当月销售收入约",
        amount_words(told // 10_000_00 * 10_000_00),
        "元。",
    )
    return Rows(
        party=party, columns={"visited_on": day, "note_no": numbered("u", sequence(party), 4), "text": text}
    )


def _seen(driver: Ints, which: Ints) -> pa.Array:
    """Return the sentence that fits each cause; of none, or one that leaves nothing to see, a calm one."""
    words = list(CALM)
    index = which.copy()
    for cause, sentences in WORRYING.items():
        index = np.where(driver == cause, len(words) + which % len(sentences), index)
        words.extend(sentences)
    return worded(index, words)
