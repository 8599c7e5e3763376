"""Loan accounts (借贷账户 PDA), as values.

Structure, keys, cardinalities and Chinese terms: `moutainhigh/huaxia-plaze-server2`, package
`modules/pboc/domain/pda`, and the field list of `xyy15926/aki7proj`. English names are ours.
"""

from datetime import date
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau import codes as shared
from creditloop.data.bureau.person import account_codes as codes
from creditloop.data.bureau.person.notes import Note
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import (
    FILLED,
    OPTIONAL,
    RecordKeys,
    code,
    counted,
    part,
    record,
    text,
    value,
)
from creditloop.data.bureau.reading.record import RepaymentRecord
from creditloop.kernel.money import Fen

_24_MONTHS = RecordKeys(
    first="PD01DR01",
    last="PD01DR02",
    items="PD01DH",
    month="PD01DR03",
    status="PD01DD01",
    months_max=24,
    statuses=codes.REPAYMENT_STATUSES,
)
_60_MONTHS = RecordKeys(
    first="PD01ER01",
    last="PD01ER02",
    count="PD01ES01",
    items="PD01EH",
    month="PD01ER03",
    status="PD01ED01",
    overdue="PD01EJ01",
    months_max=60,
    statuses=codes.REPAYMENT_STATUSES,
)


class AccountTerms(Struct, frozen=True):
    """What was agreed (基本信息 PD01A); amounts in fen.

    Attributes:
        facility_mark: 授信协议编号: the mark of the facility the account draws on.
        limit_fen: limit of the account itself; shared_limit_fen: limit it shares with others.
        transfer_status: repayment status when the claim was transferred, of accounts under collection.
    """

    number: Annotated[str, text("PD01AI01", FILLED)]
    account_type: Annotated[str, code("PD01AD01", codes.ACCOUNT_TYPES, FILLED)]
    institution_kind: Annotated[str, code("PD01AD02", shared.INSTITUTIONS, FILLED)]
    institution: Annotated[str | None, text("PD01AI02")]
    mark: Annotated[str | None, text("PD01AI03", OPTIONAL)]
    facility_mark: Annotated[str | None, text("PD01AI04", OPTIONAL)]
    business_kind: Annotated[str | None, code("PD01AD03", codes.BUSINESS_KINDS, OPTIONAL)]
    opened: Annotated[date, value("PD01AR01", scalars.day, FILLED)]
    currency: Annotated[str | None, code("PD01AD04", shared.CURRENCIES, OPTIONAL)]
    principal_fen: Annotated[Fen | None, value("PD01AJ01", scalars.amount, OPTIONAL)]
    limit_fen: Annotated[Fen | None, value("PD01AJ02", scalars.amount, OPTIONAL)]
    shared_limit_fen: Annotated[Fen | None, value("PD01AJ03", scalars.amount, OPTIONAL)]
    due: Annotated[date | None, value("PD01AR02", scalars.day, OPTIONAL)]
    repayment_method: Annotated[str | None, code("PD01AD05", codes.REPAYMENT_METHODS, OPTIONAL)]
    repayment_frequency: Annotated[str | None, code("PD01AD06", codes.REPAYMENT_FREQUENCIES, OPTIONAL)]
    instalment_count: Annotated[int | None, value("PD01AS01", scalars.count, OPTIONAL)]
    guarantee_kind: Annotated[str | None, code("PD01AD07", codes.GUARANTEE_KINDS, OPTIONAL)]
    loan_form: Annotated[str | None, code("PD01AD08", shared.LOAN_FORMS, OPTIONAL)]
    joint_borrowing: Annotated[str | None, code("PD01AD09", codes.JOINT_BORROWING, OPTIONAL)]
    transfer_status: Annotated[str | None, code("PD01AD10", codes.TRANSFER_STATUSES, OPTIONAL)]


class LatestState(Struct, frozen=True):
    """How it stands (最新表现 PD01B); `state` by `ACCOUNT_STATES` of the account's type."""

    state: Annotated[str | None, text("PD01BD01")]
    closed: Annotated[date | None, value("PD01BR01", scalars.day)]
    transferred_month: Annotated[date | None, value("PD01BR04", scalars.month, OPTIONAL)]
    balance_fen: Annotated[Fen | None, value("PD01BJ01", scalars.balance)]
    last_repaid: Annotated[date | None, value("PD01BR02", scalars.day)]
    last_repaid_fen: Annotated[Fen | None, value("PD01BJ02", scalars.amount, OPTIONAL)]
    loan_class: Annotated[str | None, code("PD01BD03", shared.CLASSES, OPTIONAL)]
    repayment_status: Annotated[str | None, code("PD01BD04", codes.REPAYMENT_STATUSES, OPTIONAL)]
    reported: Annotated[date | None, value("PD01BR03", scalars.day)]


class MonthlyPerformance(Struct, frozen=True):
    """How the latest month went (最近一次月度表现 PD01C); amounts in fen."""

    month: Annotated[date, value("PD01CR01", scalars.month, FILLED)]
    state: Annotated[str | None, text("PD01CD01")]
    balance_fen: Annotated[Fen | None, value("PD01CJ01", scalars.balance)]
    used_fen: Annotated[Fen | None, value("PD01CJ02", scalars.balance, OPTIONAL)]
    unbilled_instalments_fen: Annotated[Fen | None, value("PD01CJ03", scalars.amount, OPTIONAL)]
    loan_class: Annotated[str | None, code("PD01CD02", shared.CLASSES, OPTIONAL)]
    instalments_left: Annotated[int | None, value("PD01CS01", scalars.count, OPTIONAL)]
    due: Annotated[date | None, value("PD01CR02", scalars.day)]
    due_fen: Annotated[Fen | None, value("PD01CJ04", scalars.amount, OPTIONAL)]
    repaid_fen: Annotated[Fen | None, value("PD01CJ05", scalars.amount)]
    last_repaid: Annotated[date | None, value("PD01CR03", scalars.day)]
    overdue_instalments: Annotated[int | None, value("PD01CS02", scalars.count, OPTIONAL)]
    overdue_fen: Annotated[Fen | None, value("PD01CJ06", scalars.amount, OPTIONAL)]
    overdue_31_60_fen: Annotated[Fen | None, value("PD01CJ07", scalars.amount, OPTIONAL)]
    overdue_61_90_fen: Annotated[Fen | None, value("PD01CJ08", scalars.amount, OPTIONAL)]
    overdue_91_180_fen: Annotated[Fen | None, value("PD01CJ09", scalars.amount, OPTIONAL)]
    overdue_over_180_fen: Annotated[Fen | None, value("PD01CJ10", scalars.amount, OPTIONAL)]
    overdrawn_over_180_fen: Annotated[Fen | None, value("PD01CJ11", scalars.amount, OPTIONAL)]
    used_mean_6m_fen: Annotated[Fen | None, value("PD01CJ12", scalars.balance, OPTIONAL)]
    overdrawn_mean_6m_fen: Annotated[Fen | None, value("PD01CJ13", scalars.balance, OPTIONAL)]
    used_max_fen: Annotated[Fen | None, value("PD01CJ14", scalars.amount, OPTIONAL)]
    overdrawn_max_fen: Annotated[Fen | None, value("PD01CJ15", scalars.amount, OPTIONAL)]
    reported: Annotated[date | None, value("PD01CR04", scalars.day)]


class SpecialTransaction(Struct, frozen=True):
    """A special transaction (特殊交易 PD01FH): extension, payment by the guarantor, prepayment."""

    kind: Annotated[str, code("PD01FD01", codes.SPECIAL_TRANSACTIONS, FILLED)]
    occurred: Annotated[date, value("PD01FR01", scalars.day, FILLED)]
    due_moved_months: Annotated[int | None, value("PD01FS02", scalars.count)]
    amount_fen: Annotated[Fen | None, value("PD01FJ01", scalars.amount)]
    details: Annotated[str | None, text("PD01FQ01")]


class SpecialEvent(Struct, frozen=True):
    """A special event (特殊事件 PD01GH)."""

    month: Annotated[date, value("PD01GR01", scalars.month, FILLED)]
    kind: Annotated[str, code("PD01GD01", codes.SPECIAL_EVENTS, FILLED)]


class SpecialInstalment(Struct, frozen=True):
    """A limit for large special instalments (大额专项分期 PD01HH); amounts in fen."""

    limit_fen: Annotated[Fen | None, value("PD01HJ01", scalars.amount)]
    since: Annotated[date | None, value("PD01HR01", scalars.day)]
    until: Annotated[date | None, value("PD01HR02", scalars.day)]
    used_fen: Annotated[Fen | None, value("PD01HJ02", scalars.amount)]


class Account(Struct, frozen=True):
    """A loan account (借贷账户 PD01): C1, D1, R1 to R4."""

    terms: Annotated[AccountTerms, part("PD01A", AccountTerms, FILLED)]
    latest: Annotated[LatestState, part("PD01B", LatestState, FILLED)]
    performance: Annotated[MonthlyPerformance | None, part("PD01C", MonthlyPerformance, OPTIONAL)]
    record_24m: Annotated[RepaymentRecord | None, record("PD01D", _24_MONTHS)]
    record_60m: Annotated[RepaymentRecord | None, record("PD01E", _60_MONTHS)]
    special_transactions: Annotated[tuple[SpecialTransaction, ...], counted("PD01F", SpecialTransaction)]
    special_events: Annotated[tuple[SpecialEvent, ...], counted("PD01G", SpecialEvent)]
    special_instalments: Annotated[tuple[SpecialInstalment, ...], counted("PD01H", SpecialInstalment)]
    notes: Annotated[tuple[Note, ...], counted("PD01Z", Note, prefixed=True)]
