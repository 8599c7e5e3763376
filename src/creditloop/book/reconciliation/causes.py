"""The most likely causes of breaks (差异成因), a table in both languages.

`docs/reconciliation.md` shows the same table, and a test compares the two. A cause is a first guess for
whoever looks at the break, never a reason to close it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """The most likely cause of a break, in words."""

    zh: str
    en: str


CAUSES: Mapping[str, Cause] = {
    # balances
    "not_in_book": Cause(
        "核心有此借据而我方台账没有：放款未接收，或借据号不同",
        "a loan of the core that our book has not: its pay-out was not taken in, or its number is another",
    ),
    "not_in_core": Cause(
        "我方有此借据而核心没有：核心未建账，或已在核心结清",
        "a loan of ours that the core has not: not opened there, or closed there already",
    ),
    "listed_twice_in_core": Cause(
        "核心文件中同一借据出现两次：导出程序重复取数",
        "the core's file lists the loan twice: its export took it twice",
    ),
    "principal_booked_on_one_side": Cause(
        "一方多记或少记了一笔放款、还本或核销",
        "a pay-out, a repayment of principal or a write-off is booked on one side only",
    ),
    "accrual_differs": Cause(
        "计息口径不同：利率、计息基准、起息日或四舍五入",
        "interest is counted by another rule: rate, day count, first day or rounding",
    ),
    "rounding": Cause(
        "尾差一分：两方舍入位置不同",
        "one fen: the sides round at another place",
    ),
    "fee_booked_on_one_side": Cause(
        "一方多记或少记了一笔费用或费用减免",
        "a fee, or its being forgone, is booked on one side only",
    ),
    "penalty_rule_differs": Cause(
        "罚息口径不同：宽限期、罚息利率、计罚基数或复利",
        "penalty interest is counted by another rule: days of grace, rate, base or compounding",
    ),
    "dpd_counted_otherwise": Cause(
        "逾期天数口径不同：起算日、宽限期或节假日顺延",
        "days past due are counted by another rule: first day, grace or holidays",
    ),
    "class_judged_otherwise": Cause(
        "五级分类口径不同，或一方有人工认定",
        "the class follows another rule, or a person set it on one side",
    ),
    "class_undecided": Cause(
        "我方分类待定：规则无法判断，等人工认定",
        "our class is undecided: the rules could not tell, a person has to",
    ),
    "follows_from_transaction": Cause(
        "同一借据当日有流水差异，余额差异多由其引起",
        "the loan has a break of a transaction on the day; the balance most likely follows from it",
    ),
    "moved_without_transaction": Cause(
        "核心余额变动无对应流水：手工调账，或流水文件漏行",
        "the core's balance moved by what no transaction tells: adjusted by hand, or a row is "
        "left out of its file",
    ),
    # transactions
    "posted_twice_in_book": Cause(
        "我方重复记账",
        "we booked it twice",
    ),
    "posted_twice_in_core": Cause(
        "核心重复记账",
        "the core booked it twice",
    ),
    "paid_twice": Cause(
        "渠道重复扣款或付款，应退回客户或追回",
        "the channel moved the money twice: pay it back, or claim it back",
    ),
    "money_without_booking": Cause(
        "资金已成功而两方均未记账：回执丢失或记账失败",
        "the money settled and nothing is booked: the answer was lost, or booking failed",
    ),
    "booked_but_money_failed": Cause(
        "支付失败而已记账：应冲正",
        "the payment failed and it is booked: undo the booking",
    ),
    "booked_while_money_pending": Cause(
        "支付处理中而已记账：等待结果，未成功则冲正",
        "the payment is under way and it is booked: wait for its end, undo the booking if it fails",
    ),
    "book_did_not_post": Cause(
        "我方漏记",
        "we did not book it",
    ),
    "core_did_not_post": Cause(
        "核心漏记",
        "the core did not book it",
    ),
    "money_not_reported": Cause(
        "两方已记账而渠道无记录：柜面或其他渠道收付，或渠道文件漏行",
        "booked on both sides and not in the channel's file: paid at the counter or another way, "
        "or a row is left out",
    ),
    "book_alone": Cause(
        "只有我方有此笔：误记，或对方文件漏行",
        "only we have it: booked by mistake, or left out of the other files",
    ),
    "core_alone": Cause(
        "只有核心有此笔：误记，或我方未接收且渠道文件漏行",
        "only the core has it: booked there by mistake, or we never got it and the channel left it out",
    ),
    "cut_off": Cause(
        "日切时间不同：同一笔记在前后两日",
        "another hour of the day's cut-off: the same item on two neighbouring days",
    ),
    "book_amount_differs": Cause(
        "核心与资金一致，我方金额不同：我方记错",
        "the core and the money agree, we do not: ours is wrong",
    ),
    "core_amount_differs": Cause(
        "我方与资金一致，核心金额不同：核心记错",
        "we and the money agree, the core does not: the core's is wrong",
    ),
    "money_amount_differs": Cause(
        "两方记账一致，资金金额不同：部分成功，或渠道内扣手续费",
        "both books agree, the money does not: paid in part, or the channel kept its fee",
    ),
    "all_amounts_differ": Cause(
        "三方金额各不相同，需逐笔核查",
        "all three amounts differ: look at each",
    ),
    "allocation_differs": Cause(
        "总额一致而本息费分配不同：冲抵顺序不同",
        "the total agrees, its parts do not: another order of allocation",
    ),
    # partners
    "partner_did_not_report": Cause(
        "我方应付而合作行文件没有：对方漏行或口径不含此笔",
        "owed by us and not in the partner's file: left out there, or not counted by its rules",
    ),
    "partner_alone": Cause(
        "合作行文件有而我方没有：对方多计，或我方未分摊",
        "in the partner's file and not with us: counted there by mistake, or we did not split it",
    ),
    "partner_said_twice": Cause(
        "合作行文件重复",
        "the partner's file says it twice",
    ),
    "partner_rounding": Cause(
        "分摊尾差一分：舍入位置不同",
        "one fen of the split: rounded at another place",
    ),
    "partner_share_differs": Cause(
        "分摊比例或基数不同",
        "another share, or another base of the split",
    ),
}
"""Every cause that is ever named."""
