"""What lenders answer for the firm, grant it, and what it answers for itself (EDB、EDC、EDD), as values.

Structure, keys and Chinese terms: see `subject`. Guarantee accounts (担保账户) are what a bank has taken upon
itself for the firm: acceptances, letters of credit, letters of guarantee. Amounts are in fen, kinds no public
source lists as written. English names are ours.
"""

from datetime import date
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau import codes
from creditloop.data.bureau.firm import firm_codes
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import FILLED, OPTIONAL, code, part, text, value
from creditloop.kernel.money import Fen


class GuaranteeTerms(Struct, frozen=True):
    """What was agreed (基本信息 ED04A); `margin_nano` is the share of the amount the firm has deposited."""

    number: Annotated[str, text("ED04AI01", FILLED)]
    account_type: Annotated[str | None, text("ED04AD01", OPTIONAL)]
    institution_kind: Annotated[str | None, code("ED04AD02", codes.INSTITUTIONS, OPTIONAL)]
    institution: Annotated[str | None, text("ED04AI02", OPTIONAL)]
    facility_mark: Annotated[str | None, text("ED04AI03", OPTIONAL)]
    business_kind: Annotated[str, text("ED04AD03", FILLED)]
    opened: Annotated[date, value("ED04AR01", scalars.day, FILLED)]
    currency: Annotated[str | None, code("ED04AD04", codes.CURRENCIES, OPTIONAL)]
    amount_fen: Annotated[Fen | None, value("ED04AJ01", scalars.amount, OPTIONAL)]
    due: Annotated[date | None, value("ED04AR02", scalars.day, OPTIONAL)]
    counter_guarantee: Annotated[str | None, code("ED04AD05", firm_codes.GUARANTEE_KINDS, OPTIONAL)]
    other_security: Annotated[str | None, text("ED04AD06", OPTIONAL)]
    margin_nano: Annotated[int | None, value("ED04AQ01", scalars.share, OPTIONAL)]


class GuaranteeState(Struct, frozen=True):
    """How it stands (在保责任 ED04B); marks of advances and joint debts as written."""

    reported: Annotated[date | None, value("ED04BR01", scalars.day, OPTIONAL)]
    activity: Annotated[str | None, code("ED04BD01", firm_codes.ACTIVITIES, OPTIONAL)]
    balance_fen: Annotated[Fen | None, value("ED04BJ01", scalars.balance, OPTIONAL)]
    loan_class: Annotated[str | None, code("ED04BD02", codes.CLASSES, OPTIONAL)]
    exposure_fen: Annotated[Fen | None, value("ED04BJ02", scalars.amount, OPTIONAL)]
    advanced: Annotated[str | None, text("ED04BD03", OPTIONAL)]
    joint_debt: Annotated[str | None, text("ED04BD04", OPTIONAL)]
    closed: Annotated[date | None, value("ED04BR02", scalars.day, OPTIONAL)]


class GuaranteeAccount(Struct, frozen=True):
    """An acceptance, letter of credit, letter of guarantee or the like (担保账户 ED04)."""

    terms: Annotated[GuaranteeTerms, part("ED04A", GuaranteeTerms, FILLED)]
    state: Annotated[GuaranteeState | None, part("ED04B", GuaranteeState, OPTIONAL)]


class GuaranteeTotal(Struct, frozen=True):
    """Guarantee accounts at one institution (担保账户分机构汇总 ED05); the balance by when it falls due."""

    number: Annotated[str, text("ED050I01", FILLED)]
    institution_kind: Annotated[str | None, code("ED050D01", codes.INSTITUTIONS, OPTIONAL)]
    institution: Annotated[str | None, text("ED050I02", OPTIONAL)]
    business_kind: Annotated[str | None, text("ED050D02", OPTIONAL)]
    loan_class: Annotated[str | None, code("ED050D03", codes.CLASSES, OPTIONAL)]
    unsettled_count: Annotated[int | None, value("ED050S01", scalars.count, OPTIONAL)]
    balance_fen: Annotated[Fen | None, value("ED050J01", scalars.balance, OPTIONAL)]
    due_30d_fen: Annotated[Fen | None, value("ED050J02", scalars.amount, OPTIONAL)]
    due_60d_fen: Annotated[Fen | None, value("ED050J03", scalars.amount, OPTIONAL)]
    due_90d_fen: Annotated[Fen | None, value("ED050J04", scalars.amount, OPTIONAL)]
    due_later_fen: Annotated[Fen | None, value("ED050J05", scalars.amount, OPTIONAL)]
    settled_count: Annotated[int | None, value("ED050S02", scalars.count, OPTIONAL)]
    advanced: Annotated[str | None, text("ED050D04", OPTIONAL)]


class Facility(Struct, frozen=True):
    """A line of credit granted by a lender (授信协议 ED06); kinds as written."""

    number: Annotated[str, text("ED060I01", FILLED)]
    institution_kind: Annotated[str | None, code("ED060D01", codes.INSTITUTIONS, OPTIONAL)]
    institution: Annotated[str | None, text("ED060I02", OPTIONAL)]
    limit_kind: Annotated[str | None, text("ED060D02", OPTIONAL)]
    revolving: Annotated[str | None, text("ED060D03", OPTIONAL)]
    currency: Annotated[str | None, code("ED060D04", codes.CURRENCIES, OPTIONAL)]
    limit_fen: Annotated[Fen | None, value("ED060J01", scalars.amount, OPTIONAL)]
    used_fen: Annotated[Fen | None, value("ED060J04", scalars.balance, OPTIONAL)]
    ceiling_fen: Annotated[Fen | None, value("ED060J03", scalars.amount, OPTIONAL)]
    ceiling_number: Annotated[str | None, text("ED060I03", OPTIONAL)]
    since: Annotated[date | None, value("ED060R01", scalars.day, OPTIONAL)]
    until: Annotated[date | None, value("ED060R02", scalars.day, OPTIONAL)]
    reported: Annotated[date | None, value("ED060R03", scalars.day, OPTIONAL)]


class Liability(Struct, frozen=True):
    """A loan of another that the firm answers for (相关还款责任借贷账户 ED07).

    Attributes:
        account_type, business_kind, business_detail, repayment_status: by lists that depend on whether the
            main borrower is a person or a firm, as written.
    """

    number: Annotated[str, text("ED070I01", FILLED)]
    borrower_kind: Annotated[str, code("ED070D01", codes.BORROWER_KINDS, FILLED)]
    account_type: Annotated[str | None, text("ED070D02", OPTIONAL)]
    liability: Annotated[str, code("ED070D03", codes.LIABILITIES, FILLED)]
    liable_currency: Annotated[str | None, code("ED070D10", codes.CURRENCIES, OPTIONAL)]
    liable_fen: Annotated[Fen | None, value("ED070J01", scalars.amount, OPTIONAL)]
    contract_number: Annotated[str | None, text("ED070I03", OPTIONAL)]
    institution_kind: Annotated[str | None, code("ED070D04", codes.INSTITUTIONS, OPTIONAL)]
    institution: Annotated[str | None, text("ED070I02", OPTIONAL)]
    business_kind: Annotated[str | None, text("ED070D05", OPTIONAL)]
    business_detail: Annotated[str | None, text("ED070D06", OPTIONAL)]
    opened: Annotated[date, value("ED070R01", scalars.day, FILLED)]
    due: Annotated[date | None, value("ED070R02", scalars.day, OPTIONAL)]
    currency: Annotated[str | None, code("ED070D07", codes.CURRENCIES, OPTIONAL)]
    principal_fen: Annotated[Fen | None, value("ED070J05", scalars.amount, OPTIONAL)]
    limit_fen: Annotated[Fen | None, value("ED070J06", scalars.amount, OPTIONAL)]
    balance_fen: Annotated[Fen | None, value("ED070J02", scalars.balance, OPTIONAL)]
    loan_class: Annotated[str | None, code("ED070D08", codes.CLASSES, OPTIONAL)]
    overdue_fen: Annotated[Fen | None, value("ED070J03", scalars.amount, OPTIONAL)]
    overdue_principal_fen: Annotated[Fen | None, value("ED070J04", scalars.amount, OPTIONAL)]
    overdue_months: Annotated[int | None, value("ED070S01", scalars.count, OPTIONAL)]
    repayment_status: Annotated[str | None, text("ED070D09", OPTIONAL)]
    months_left: Annotated[int | None, value("ED070S02", scalars.count, OPTIONAL)]
    reported: Annotated[date | None, value("ED070R03", scalars.day, OPTIONAL)]


class DiscountLiability(Struct, frozen=True):
    """Discounted bills of others the firm answers for, at one lender (ED08)."""

    number: Annotated[str, text("ED080I01", FILLED)]
    liability: Annotated[str, code("ED080D01", codes.LIABILITIES, FILLED)]
    institution_kind: Annotated[str | None, code("ED080D02", codes.INSTITUTIONS, OPTIONAL)]
    institution: Annotated[str | None, text("ED080I02", OPTIONAL)]
    business_kind: Annotated[str | None, text("ED080D03", OPTIONAL)]
    loan_class: Annotated[str | None, code("ED080D04", codes.CLASSES, OPTIONAL)]
    liable_fen: Annotated[Fen | None, value("ED080J01", scalars.amount, OPTIONAL)]
    account_count: Annotated[int | None, value("ED080S01", scalars.count, OPTIONAL)]
    balance_fen: Annotated[Fen | None, value("ED080J02", scalars.balance, OPTIONAL)]
    overdue_fen: Annotated[Fen | None, value("ED080J03", scalars.amount, OPTIONAL)]
    overdue_principal_fen: Annotated[Fen | None, value("ED080J04", scalars.amount, OPTIONAL)]
    principal_fen: Annotated[Fen | None, value("ED080J05", scalars.amount, OPTIONAL)]
    contract_number: Annotated[str | None, text("ED080I03", OPTIONAL)]


class GuaranteeLiability(Struct, frozen=True):
    """Guarantee accounts of others the firm answers for, at one institution (ED09)."""

    number: Annotated[str, text("ED090I01", FILLED)]
    liability: Annotated[str, code("ED090D01", codes.LIABILITIES, FILLED)]
    institution_kind: Annotated[str | None, code("ED090D02", codes.INSTITUTIONS, OPTIONAL)]
    institution: Annotated[str | None, text("ED090I02", OPTIONAL)]
    business_kind: Annotated[str | None, text("ED090D03", OPTIONAL)]
    loan_class: Annotated[str | None, code("ED090D04", codes.CLASSES, OPTIONAL)]
    liable_fen: Annotated[Fen | None, value("ED090J01", scalars.amount, OPTIONAL)]
    account_count: Annotated[int | None, value("ED090S01", scalars.count, OPTIONAL)]
    balance_fen: Annotated[Fen | None, value("ED090J02", scalars.balance, OPTIONAL)]
    guaranteed_fen: Annotated[Fen | None, value("ED090J03", scalars.amount, OPTIONAL)]
    contract_number: Annotated[str | None, text("ED090I03", OPTIONAL)]
