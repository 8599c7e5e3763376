"""What a firm owes (信贷记录 EDA): loan accounts, discounted bills, unpaid interest, as values.

Structure, keys and Chinese terms: see `subject`. An account's `months` are the reports a lender made of it
(还款表现), each at its day, not one for every month. Amounts are in fen. English names are ours.
"""

from datetime import date
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau import codes
from creditloop.data.bureau.firm import firm_codes
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import FILLED, OPTIONAL, code, counted, part, text, value
from creditloop.kernel.money import Fen


class AccountTerms(Struct, frozen=True):
    """What was agreed (基本信息 ED01A).

    Attributes:
        activity: whether it is settled, by `ACTIVITIES`.
        facility_mark: 授信协议编号: the mark of the facility the account draws on.
        business_kind: 借贷业务种类大类; business_detail: 细分, as written.
    """

    number: Annotated[str, text("ED01AI01", FILLED)]
    activity: Annotated[str, code("ED01AD01", firm_codes.ACTIVITIES, FILLED)]
    account_type: Annotated[str, code("ED01AD02", firm_codes.ACCOUNT_TYPES, FILLED)]
    term: Annotated[str | None, code("ED01AD03", firm_codes.TERMS, OPTIONAL)]
    institution_kind: Annotated[str | None, code("ED01AD04", codes.INSTITUTIONS, OPTIONAL)]
    institution: Annotated[str | None, text("ED01AI02", OPTIONAL)]
    facility_mark: Annotated[str | None, text("ED01AI03", OPTIONAL)]
    business_kind: Annotated[str, code("ED01AD05", codes.FIRM_BUSINESS_KINDS, FILLED)]
    business_detail: Annotated[str | None, text("ED01AD06", OPTIONAL)]
    opened: Annotated[date, value("ED01AR01", scalars.day, FILLED)]
    currency: Annotated[str | None, code("ED01AD07", codes.CURRENCIES, OPTIONAL)]
    principal_fen: Annotated[Fen | None, value("ED01AJ01", scalars.amount, OPTIONAL)]
    limit_fen: Annotated[Fen | None, value("ED01AJ02", scalars.amount, OPTIONAL)]
    due: Annotated[date | None, value("ED01AR02", scalars.day, OPTIONAL)]
    guarantee_kind: Annotated[str | None, code("ED01AD08", firm_codes.GUARANTEE_KINDS, OPTIONAL)]
    other_security: Annotated[str | None, text("ED01AD09", OPTIONAL)]
    loan_form: Annotated[str | None, code("ED01AD10", codes.LOAN_FORMS, OPTIONAL)]
    joint_borrowing: Annotated[str | None, text("ED01AD11", OPTIONAL)]
    closed: Annotated[date | None, value("ED01AR03", scalars.day, OPTIONAL)]
    reported: Annotated[date | None, value("ED01AR04", scalars.day, OPTIONAL)]


class Performance(Struct, frozen=True):
    """What a lender reported of an account at a day (还款表现 ED01BH)."""

    reported: Annotated[date, value("ED01BR01", scalars.day, FILLED)]
    balance_fen: Annotated[Fen | None, value("ED01BJ01", scalars.balance, OPTIONAL)]
    balance_changed: Annotated[date | None, value("ED01BR02", scalars.day, OPTIONAL)]
    loan_class: Annotated[str | None, code("ED01BD01", codes.CLASSES, OPTIONAL)]
    classified: Annotated[date | None, value("ED01BR03", scalars.day, OPTIONAL)]
    last_repaid: Annotated[date | None, value("ED01BR04", scalars.day, OPTIONAL)]
    last_repaid_fen: Annotated[Fen | None, value("ED01BJ02", scalars.amount, OPTIONAL)]
    repayment_form: Annotated[str | None, code("ED01BD02", firm_codes.REPAYMENT_FORMS, OPTIONAL)]
    due: Annotated[date | None, value("ED01BR05", scalars.day, OPTIONAL)]
    due_fen: Annotated[Fen | None, value("ED01BJ03", scalars.amount, OPTIONAL)]
    overdue_fen: Annotated[Fen | None, value("ED01BJ04", scalars.amount, OPTIONAL)]
    overdue_principal_fen: Annotated[Fen | None, value("ED01BJ05", scalars.amount, OPTIONAL)]
    overdue_months: Annotated[int | None, value("ED01BS02", scalars.count, OPTIONAL)]
    months_left: Annotated[int | None, value("ED01BS03", scalars.count, OPTIONAL)]


class SpecialTransaction(Struct, frozen=True):
    """A special transaction (特定交易 ED01CH), its kind as written."""

    kind: Annotated[str, text("ED01CD01", FILLED)]
    occurred: Annotated[date, value("ED01CR01", scalars.day, FILLED)]
    amount_fen: Annotated[Fen | None, value("ED01CJ01", scalars.amount, OPTIONAL)]
    due_moved_months: Annotated[int | None, value("ED01CS02", scalars.count, OPTIONAL)]
    details: Annotated[str | None, text("ED01CQ01", OPTIONAL)]


class Account(Struct, frozen=True):
    """A loan account (借贷账户 ED01), without discounted bills."""

    terms: Annotated[AccountTerms, part("ED01A", AccountTerms, FILLED)]
    performance: Annotated[tuple[Performance, ...], counted("ED01B", Performance)]
    special_transactions: Annotated[tuple[SpecialTransaction, ...], counted("ED01C", SpecialTransaction)]

    @property
    def latest(self) -> Performance | None:
        """The last report of the account; None if there is none."""
        return max(self.performance, key=lambda one: one.reported, default=None)


class Discount(Struct, frozen=True):
    """Discounted bills at one lender (贴现账户分机构汇总 ED02); the business kind as written."""

    number: Annotated[str, text("ED020I01", FILLED)]
    institution_kind: Annotated[str | None, code("ED020D01", codes.INSTITUTIONS, OPTIONAL)]
    institution: Annotated[str | None, text("ED020I02", OPTIONAL)]
    business_kind: Annotated[str | None, text("ED020D02", OPTIONAL)]
    loan_class: Annotated[str | None, code("ED020D03", codes.CLASSES, OPTIONAL)]
    unsettled_count: Annotated[int | None, value("ED020S01", scalars.count, OPTIONAL)]
    balance_fen: Annotated[Fen | None, value("ED020J01", scalars.balance, OPTIONAL)]
    overdue_fen: Annotated[Fen | None, value("ED020J02", scalars.amount, OPTIONAL)]
    overdue_principal_fen: Annotated[Fen | None, value("ED020J03", scalars.amount, OPTIONAL)]
    settled_count: Annotated[int | None, value("ED020S02", scalars.count, OPTIONAL)]
    settled_fen: Annotated[Fen | None, value("ED020J04", scalars.amount, OPTIONAL)]


class UnpaidInterest(Struct, frozen=True):
    """Interest that was due and not paid (欠息 ED03)."""

    number: Annotated[str, text("ED030I01", FILLED)]
    institution_kind: Annotated[str | None, code("ED030D01", codes.INSTITUTIONS, OPTIONAL)]
    institution: Annotated[str | None, text("ED030I02", OPTIONAL)]
    currency: Annotated[str | None, code("ED030D02", codes.CURRENCIES, OPTIONAL)]
    balance_fen: Annotated[Fen | None, value("ED030J01", scalars.amount, OPTIONAL)]
    balance_changed: Annotated[date | None, value("ED030R01", scalars.day, OPTIONAL)]
    kind: Annotated[str | None, code("ED030D03", firm_codes.UNPAID_INTEREST_KINDS, OPTIONAL)]
    reported: Annotated[date | None, value("ED030R02", scalars.day, OPTIONAL)]
