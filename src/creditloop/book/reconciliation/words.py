"""The words of a reconciliation (对账): what is compared, and how its sides can disagree (差异)."""

from collections.abc import Mapping
from enum import StrEnum


class Record(StrEnum):
    """What is compared."""

    BALANCE = "balance"
    """余额: what a loan owes at the day's close, ours and the core's."""
    TRANSACTION = "transaction"
    """流水: one reference of one loan, ours, the core's and the money's."""
    PARTNER = "partner"
    """合作行: what a partner gets of one reference, ours and the partner's own file."""


class BreakKind(StrEnum):
    """How the sides disagree (差异类型); of one item the first in this order is named."""

    DUPLICATED = "duplicated"
    """重复: a side says it twice."""
    STATUS_DIFFERS = "status_differs"
    """状态不符: the money failed or is under way and it is booked, or it settled and nothing is booked."""
    MISSING = "missing"
    """单边: a side says nothing of it."""
    LATE = "late"
    """跨日: a side says it on the day before or after."""
    AMOUNT_DIFFERS = "amount_differs"
    """金额不符: the sides say different amounts."""
    STANDING_DIFFERS = "standing_differs"
    """状态项不符: days past due or the class are others."""
    SUM_DIFFERS = "sum_differs"
    """合计不符: the core's balance moved by something else than its transactions add up to."""


CASH_IN = frozenset(
    {
        "repayment_principal",
        "repayment_interest",
        "repayment_fee",
        "repayment_penalty",
        "repayment_overpaid",
        "recovery",
    }
)
"""Kinds of transactions for which money comes in."""
CASH_OUT = frozenset({"disbursement", "refund"})
"""Kinds of transactions for which money goes out."""
WITHOUT_CASH = frozenset({"reversal", "waiver", "write_off", "capitalisation"})
"""Kinds of transactions that move no money."""
KINDS = CASH_IN | CASH_OUT | WITHOUT_CASH

MOVES_PRINCIPAL: Mapping[str, int] = {"disbursement": 1, "repayment_principal": -1}
"""Kinds that move the principal, and which way."""
MAY_MOVE_PRINCIPAL = frozenset({"refund", "reversal", "write_off", "capitalisation"})
"""Kinds that may move the principal by a part of their amount, or not: such a loan's sum is not checked."""

SETTLED, FAILED, PENDING = "settled", "failed", "pending"

CLASSES = ("none", "normal", "special_mention", "substandard", "doubtful", "loss", "undecided")
"""The five-tier class by the number of our tier, 0 to 6."""

AMOUNTS = ("principal_fen", "interest_fen", "fee_fen", "penalty_fen")
"""The balances of a loan that are compared."""


class ClosingReason(StrEnum):
    """Why a person closed a break (关闭原因)."""

    CORRECTED_IN_BOOK = "corrected_in_book"
    """我方已更正."""
    CORRECTED_IN_CORE = "corrected_in_core"
    """核心已更正."""
    CORRECTED_IN_MONEY = "corrected_in_money"
    """资金方已更正或已退回."""
    OTHER_DAY = "other_day"
    """跨日已对上."""
    FILE_WRONG = "file_wrong"
    """文件有误，已重发."""
    ACCEPTED = "accepted"
    """已查明，各方认可."""


REASONS: Mapping[ClosingReason, tuple[str, str]] = {
    ClosingReason.CORRECTED_IN_BOOK: ("我方已更正", "corrected in our book"),
    ClosingReason.CORRECTED_IN_CORE: ("核心已更正", "corrected in the core"),
    ClosingReason.CORRECTED_IN_MONEY: ("资金方已更正或已退回", "corrected or paid back on the money side"),
    ClosingReason.OTHER_DAY: ("跨日已对上", "matched on another day"),
    ClosingReason.FILE_WRONG: ("文件有误，已重发", "the file was wrong and came again"),
    ClosingReason.ACCEPTED: ("已查明，各方认可", "explained, and every side agrees"),
}
"""The reasons in words: Chinese, English."""
