"""Public records and services of a firm (EEA、EFA–EFD、EHA、EIA), as values.

Structure, keys and Chinese terms: see `subject`. Here the report says which part the firm had in a lawsuit
(诉讼地位), by a list no public source gives: as written. Amounts are in fen. English names are ours.
"""

from datetime import date
from typing import Annotated, Generic, TypeVar

from msgspec import Struct

from creditloop.data.bureau import codes
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import FILLED, OPTIONAL, code, counted, own_part, text, value
from creditloop.kernel.money import Fen

Terms = TypeVar("Terms")


class UnpaidTax(Struct, frozen=True):
    """Tax owed at a day (欠税 EF01)."""

    number: Annotated[str, text("EF010I01", FILLED)]
    office: Annotated[str | None, text("EF010Q01", OPTIONAL)]
    amount_fen: Annotated[Fen | None, value("EF010J01", scalars.amount, OPTIONAL)]
    counted: Annotated[date, value("EF010R01", scalars.day, FILLED)]


class Judgment(Struct, frozen=True):
    """A civil judgment (民事判决 EF02); codes and texts as written."""

    number: Annotated[str, text("EF020I01", FILLED)]
    court: Annotated[str | None, text("EF020Q01", OPTIONAL)]
    case_number: Annotated[str | None, text("EF020I02", OPTIONAL)]
    filed: Annotated[date, value("EF020R01", scalars.day, FILLED)]
    cause: Annotated[str | None, text("EF020Q02", OPTIONAL)]
    role: Annotated[str | None, text("EF020D01", OPTIONAL)]
    procedure: Annotated[str | None, text("EF020D02", OPTIONAL)]
    subject: Annotated[str | None, text("EF020Q03", OPTIONAL)]
    amount_fen: Annotated[Fen | None, value("EF020J01", scalars.amount, OPTIONAL)]
    closing: Annotated[str | None, text("EF020D03", OPTIONAL)]
    effective: Annotated[date | None, value("EF020R02", scalars.day, OPTIONAL)]
    result: Annotated[str | None, text("EF020Q04", OPTIONAL)]


class Enforcement(Struct, frozen=True):
    """An enforcement (强制执行 EF03); codes and texts as written."""

    number: Annotated[str, text("EF030I01", FILLED)]
    court: Annotated[str | None, text("EF030Q01", OPTIONAL)]
    case_number: Annotated[str | None, text("EF030I02", OPTIONAL)]
    filed: Annotated[date, value("EF030R01", scalars.day, FILLED)]
    cause: Annotated[str | None, text("EF030Q02", OPTIONAL)]
    subject: Annotated[str | None, text("EF030Q03", OPTIONAL)]
    amount_fen: Annotated[Fen | None, value("EF030J01", scalars.amount, OPTIONAL)]
    state: Annotated[str | None, text("EF030Q04", OPTIONAL)]
    closing: Annotated[str | None, text("EF030D01", OPTIONAL)]
    enforced: Annotated[str | None, text("EF030Q05", OPTIONAL)]
    enforced_fen: Annotated[Fen | None, value("EF030J02", scalars.amount, OPTIONAL)]


class Penalty(Struct, frozen=True):
    """An administrative penalty (行政处罚 EF04); texts as written."""

    number: Annotated[str, text("EF040I01", FILLED)]
    authority: Annotated[str | None, text("EF040Q01", OPTIONAL)]
    document_number: Annotated[str | None, text("EF040I02", OPTIONAL)]
    offence: Annotated[str | None, text("EF040Q02", OPTIONAL)]
    decision: Annotated[str | None, text("EF040Q03", OPTIONAL)]
    decided: Annotated[date, value("EF040R01", scalars.day, FILLED)]
    amount_fen: Annotated[Fen | None, value("EF040J01", scalars.amount, OPTIONAL)]
    performance: Annotated[str | None, text("EF040Q04", OPTIONAL)]
    review: Annotated[str | None, text("EF040Q05", OPTIONAL)]


class Utility(Struct, frozen=True):
    """A service paid after use (公用事业缴费 EE01A); codes as written."""

    number: Annotated[str, text("EE01AI01", FILLED)]
    institution: Annotated[str | None, text("EE01AQ01", OPTIONAL)]
    kind: Annotated[str | None, text("EE01AD01", OPTIONAL)]
    state: Annotated[str | None, text("EE01AD02", OPTIONAL)]
    owed_fen: Annotated[Fen | None, value("EE01AJ01", scalars.amount, OPTIONAL)]
    month: Annotated[date | None, value("EE01AR01", scalars.month, OPTIONAL)]


class HousingFund(Struct, frozen=True):
    """Payments into the housing fund (住房公积金缴费 EF05A); the state as written."""

    number: Annotated[str, text("EF05AI01", FILLED)]
    first_month: Annotated[date | None, value("EF05AR01", scalars.month, OPTIONAL)]
    employee_count: Annotated[int | None, value("EF05AS01", scalars.count, OPTIONAL)]
    base_fen: Annotated[Fen | None, value("EF05AJ01", scalars.amount, OPTIONAL)]
    last_paid: Annotated[date | None, value("EF05AR02", scalars.day, OPTIONAL)]
    paid_to: Annotated[date | None, value("EF05AR03", scalars.month, OPTIONAL)]
    state: Annotated[str | None, text("EF05AD01", OPTIONAL)]
    owed_fen: Annotated[Fen | None, value("EF05AJ02", scalars.amount, OPTIONAL)]
    month: Annotated[date | None, value("EF05AR04", scalars.month, OPTIONAL)]


class PaymentMonth(Struct, frozen=True):
    """A month of payment (缴费情况 EE01BH, EF05BH); the state as written."""

    month: Annotated[date, value("R01", scalars.month, FILLED)]
    state: Annotated[str | None, text("D01", OPTIONAL)]
    due_fen: Annotated[Fen | None, value("J01", scalars.amount, OPTIONAL)]
    paid_fen: Annotated[Fen | None, value("J02", scalars.amount, OPTIONAL)]
    owed_fen: Annotated[Fen | None, value("J03", scalars.amount, OPTIONAL)]


class PaymentAccount(Struct, Generic[Terms], frozen=True):
    """What is paid month by month: to a utility (公用事业缴费账户 EE01), into the housing fund (EF05)."""

    terms: Annotated[Terms, own_part("A", FILLED)]
    months: Annotated[tuple[PaymentMonth, ...], counted("B", PaymentMonth, prefixed=True)]


class AgencyRating(Struct, frozen=True):
    """A rating by an agency (评级 EH01); the result as written."""

    number: Annotated[str, text("EH010I01", FILLED)]
    agency: Annotated[str | None, text("EH010Q01", OPTIONAL)]
    rated: Annotated[date | None, value("EH010R01", scalars.day, OPTIONAL)]
    result: Annotated[str | None, text("EH010D01", OPTIONAL)]


class Note(Struct, frozen=True):
    """A note or statement (声明及异议标注 EI01), with what it is about as written; never the free text."""

    about_kind: Annotated[str | None, text("EI010D01", OPTIONAL)]
    about: Annotated[str | None, text("EI010I01", OPTIONAL)]
    kind: Annotated[str, code("EI010D02", codes.NOTE_KINDS, FILLED)]
    added: Annotated[date | None, value("EI010R01", scalars.day, OPTIONAL)]
