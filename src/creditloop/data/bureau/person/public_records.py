"""Public records (公共信息): unpaid tax, judgments, enforcement, penalties, housing fund, as values.

Structure, keys, cardinalities and Chinese terms: `moutainhigh/huaxia-plaze-server2`, package
`modules/pboc/domain/{pot,pcj,pce,pap,phf}`, and the field list of `xyy15926/aki7proj`. English names are
ours. The report does not say which part the person had in a lawsuit: a plaintiff is not a risk.
"""

from datetime import date
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau.person import account_codes, person_codes
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import FILLED, code, text, value
from creditloop.kernel.money import Fen


class UnpaidTax(Struct, frozen=True):
    """Tax owed at a day (欠税记录 PF01A)."""

    office: Annotated[str | None, text("PF01AQ01")]
    amount_fen: Annotated[Fen | None, value("PF01AJ01", scalars.amount)]
    counted: Annotated[date, value("PF01AR01", scalars.day, FILLED)]


class Judgment(Struct, frozen=True):
    """A civil case (民事判决记录 PF02A); texts as written."""

    court: Annotated[str | None, text("PF02AQ01")]
    cause: Annotated[str | None, text("PF02AQ02")]
    filed: Annotated[date, value("PF02AR01", scalars.day, FILLED)]
    closing: Annotated[str | None, code("PF02AD01", account_codes.JUDGMENT_CLOSINGS)]
    result: Annotated[str | None, text("PF02AQ03")]
    effective: Annotated[date | None, value("PF02AR02", scalars.day)]
    subject: Annotated[str | None, text("PF02AQ04")]
    amount_fen: Annotated[Fen | None, value("PF02AJ01", scalars.amount)]


class Enforcement(Struct, frozen=True):
    """An enforcement (强制执行记录 PF03A); texts as written."""

    court: Annotated[str | None, text("PF03AQ01")]
    cause: Annotated[str | None, text("PF03AQ02")]
    filed: Annotated[date, value("PF03AR01", scalars.day, FILLED)]
    closing: Annotated[str | None, code("PF03AD01", account_codes.ENFORCEMENT_CLOSINGS)]
    state: Annotated[str | None, text("PF03AQ03")]
    closed: Annotated[date | None, value("PF03AR02", scalars.day)]
    subject: Annotated[str | None, text("PF03AQ04")]
    amount_fen: Annotated[Fen | None, value("PF03AJ01", scalars.amount)]
    enforced: Annotated[str | None, text("PF03AQ05")]
    enforced_fen: Annotated[Fen | None, value("PF03AJ02", scalars.amount)]


class Penalty(Struct, frozen=True):
    """An administrative penalty (行政处罚记录 PF04A)."""

    authority: Annotated[str | None, text("PF04AQ01")]
    content: Annotated[str | None, text("PF04AQ02")]
    amount_fen: Annotated[Fen | None, value("PF04AJ01", scalars.amount)]
    effective: Annotated[date, value("PF04AR01", scalars.day, FILLED)]
    until: Annotated[date | None, value("PF04AR02", scalars.day)]
    review: Annotated[str | None, text("PF04AQ03")]


class HousingFund(Struct, frozen=True):
    """Payments into the housing fund (住房公积金参缴记录 PF05A); the monthly amount in fen."""

    joined: Annotated[date, value("PF05AR01", scalars.day, FILLED)]
    state: Annotated[str | None, code("PF05AD01", person_codes.HOUSING_FUND_STATES)]
    first_month: Annotated[date | None, value("PF05AR02", scalars.month)]
    paid_to: Annotated[date | None, value("PF05AR03", scalars.month)]
    monthly_fen: Annotated[Fen | None, value("PF05AJ01", scalars.amount)]
    updated: Annotated[date | None, value("PF05AR04", scalars.day)]
