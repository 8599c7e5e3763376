"""The chart of accounts (科目表) of the card book, and which account faces the customer in which event.

Amounts are signed: a debit (借) is positive, a credit (贷) negative. What a customer owes is the sum of the
two customer accounts; it stands in `card_receivable` while positive and in `customer_credit` while negative,
so a credit balance is a liability of the bank and never a negative loan. The clearing accounts (过渡科目)
take the other side of what was migrated or reported; the old bank's general ledger stands behind them.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Side(StrEnum):
    """The side on which an account normally stands (余额方向): debit 借 or credit 贷."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account: its code in the book, its name in both languages, and where its balance normally stands.

    Attributes:
        code: as it stands in `book.posting.account`.
        kind: asset 资产, liability 负债 or clearing 过渡.
        normal_side: a balance on the other side wants a look (the customer accounts never have one).
    """

    code: str
    zh: str
    en: str
    kind: str
    normal_side: Side


CARD_RECEIVABLE = "card_receivable"
CUSTOMER_CREDIT = "customer_credit"
MIGRATION_CLEARING = "migration_clearing"
PAYMENT_CLEARING = "payment_clearing"
CHARGES_CLEARING = "charges_clearing"
ADJUSTMENT_CLEARING = "adjustment_clearing"

CUSTOMER_ACCOUNTS = (CARD_RECEIVABLE, CUSTOMER_CREDIT)
"""The accounts that say what a customer owes, or is owed."""

ACCOUNTS = (
    Account(
        code=CARD_RECEIVABLE,
        zh="应收信用卡账款",
        en="card receivable: what the customer owes",
        kind="asset",
        normal_side=Side.DEBIT,
    ),
    Account(
        code=CUSTOMER_CREDIT,
        zh="溢缴款",
        en="customer credit balance: what the bank owes the customer",
        kind="liability",
        normal_side=Side.CREDIT,
    ),
    Account(
        code=MIGRATION_CLEARING,
        zh="迁移过渡",
        en="migration clearing: the other side of opening balances",
        kind="clearing",
        normal_side=Side.CREDIT,
    ),
    Account(
        code=PAYMENT_CLEARING,
        zh="还款过渡",
        en="payment clearing: the other side of reported payments",
        kind="clearing",
        normal_side=Side.DEBIT,
    ),
    Account(
        code=CHARGES_CLEARING,
        zh="账单净增过渡",
        en="charges clearing: purchases, cash, interest and fees less refunds, as billed by the old bank",
        kind="clearing",
        normal_side=Side.CREDIT,
    ),
    Account(
        code=ADJUSTMENT_CLEARING,
        zh="退款与调整过渡",
        en="adjustment clearing: months in which refunds or corrections exceed the charges",
        kind="clearing",
        normal_side=Side.DEBIT,
    ),
)
"""The chart, in the order reports print it."""


class EventKind(StrEnum):
    """What can happen to a card account in this book."""

    OPENING_BALANCE = "opening_balance"
    PAYMENT = "payment"
    NET_CHARGES = "net_charges"
    REFUND_OR_ADJUSTMENT = "refund_or_adjustment"


CONTRA_ACCOUNT = MappingProxyType(
    {
        EventKind.OPENING_BALANCE: MIGRATION_CLEARING,
        EventKind.PAYMENT: PAYMENT_CLEARING,
        EventKind.NET_CHARGES: CHARGES_CLEARING,
        EventKind.REFUND_OR_ADJUSTMENT: ADJUSTMENT_CLEARING,
    }
)
"""The account that takes the other side of each kind of event (对方科目)."""
