"""Facilities, guarantees, postpaid accounts and queries (授信协议、相关还款责任、后付费、查询), as values.

Structure, keys, cardinalities and Chinese terms: `moutainhigh/huaxia-plaze-server2`, package
`modules/pboc/domain/{pca,pcr,pnd,pos,poq}`, and the field list of `xyy15926/aki7proj`. English names are
ours; a line of credit is called a facility, for the limit a borrower has at this bank is `limit` here.
"""

from datetime import date
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau import codes
from creditloop.data.bureau.person import account_codes, person_codes
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import FILLED, OPTIONAL, code, parts, text, value
from creditloop.kernel.money import Fen


class Facility(Struct, frozen=True):
    """What a lender has granted (授信协议基本信息 PD02A); amounts in fen.

    Attributes:
        limit_fen: 授信额度; ceiling_fen: 授信限额, below which the limits of one ceiling stay together.
    """

    number: Annotated[str, text("PD02AI01", FILLED)]
    institution_kind: Annotated[str | None, code("PD02AD01", codes.INSTITUTIONS)]
    institution: Annotated[str | None, text("PD02AI02")]
    mark: Annotated[str | None, text("PD02AI03")]
    use: Annotated[str | None, code("PD02AD02", account_codes.LIMIT_USES)]
    limit_fen: Annotated[Fen | None, value("PD02AJ01", scalars.amount)]
    currency: Annotated[str | None, code("PD02AD03", codes.CURRENCIES)]
    since: Annotated[date, value("PD02AR01", scalars.day, FILLED)]
    until: Annotated[date | None, value("PD02AR02", scalars.day)]
    state: Annotated[str | None, code("PD02AD04", account_codes.FACILITY_STATES)]
    used_fen: Annotated[Fen | None, value("PD02AJ04", scalars.balance)]
    ceiling_fen: Annotated[Fen | None, value("PD02AJ03", scalars.amount)]
    ceiling_number: Annotated[str | None, text("PD02AI04", OPTIONAL)]


class Liability(Struct, frozen=True):
    """What the person answers for (相关还款责任 PD03A); amounts in fen.

    Attributes:
        business_kind: by `BUSINESS_KINDS` if the main borrower is a person, else by `FIRM_BUSINESS_KINDS`.
        account_type: of the account guaranteed; kinds of a firm's accounts are not published, so not checked.
        liable_fen: 相关还款责任金额; balance_fen: what is owed on the account guaranteed.
        overdue_months: 逾期月数, given for firms.
    """

    borrower_kind: Annotated[str, code("PD03AD08", codes.BORROWER_KINDS, FILLED)]
    institution_kind: Annotated[str | None, code("PD03AD01", codes.INSTITUTIONS)]
    institution: Annotated[str | None, text("PD03AQ01")]
    business_kind: Annotated[str | None, text("PD03AD02")]
    opened: Annotated[date, value("PD03AR01", scalars.day, FILLED)]
    due: Annotated[date | None, value("PD03AR02", scalars.day)]
    liability: Annotated[str, code("PD03AD03", codes.LIABILITIES, FILLED)]
    contract_number: Annotated[str | None, text("PD03AQ02")]
    liable_fen: Annotated[Fen | None, value("PD03AJ01", scalars.amount)]
    currency: Annotated[str | None, code("PD03AD04", codes.CURRENCIES)]
    balance_fen: Annotated[Fen | None, value("PD03AJ02", scalars.balance)]
    loan_class: Annotated[str | None, code("PD03AD05", codes.CLASSES)]
    account_type: Annotated[str | None, text("PD03AD06")]
    repayment_status: Annotated[str | None, code("PD03AD07", account_codes.REPAYMENT_STATUSES)]
    overdue_months: Annotated[int | None, value("PD03AS01", scalars.count)]
    reported: Annotated[date | None, value("PD03AR03", scalars.day)]


class Postpaid(Struct, frozen=True):
    """A service paid after use (后付费业务 PE01A); `months` is the payment record of 24 months as written."""

    kind: Annotated[str | None, code("PE01AD01", person_codes.POSTPAID_KINDS)]
    institution: Annotated[str | None, text("PE01AQ01")]
    service: Annotated[str | None, code("PE01AD02", person_codes.POSTPAID_SERVICES)]
    opened: Annotated[date | None, value("PE01AR01", scalars.day)]
    owed_fen: Annotated[Fen | None, value("PE01AJ01", scalars.amount)]
    month: Annotated[date | None, value("PE01AR02", scalars.month)]
    months: Annotated[
        str | None, value("PE01AQ02", scalars.string_of(person_codes.POSTPAID_MONTHS, length=24))
    ]


class StatementNote(Struct, frozen=True):
    """A note on the report as a whole or on the person's particulars (PG010H)."""

    kind: Annotated[str, code("PG010D03", codes.NOTE_KINDS, FILLED)]
    added: Annotated[date | None, value("PG010R01", scalars.day)]


class Statement(Struct, frozen=True):
    """Notes that stand on no single item (其他标注及声明 PG01), with what they are about as written."""

    about_kind: Annotated[str | None, text("PG010D01")]
    about: Annotated[str | None, text("PG010D02")]
    count: Annotated[int, value("PG010S01", scalars.count, FILLED)]
    notes: Annotated[tuple[StatementNote, ...], parts("PG010H", StatementNote)]


class Query(Struct, frozen=True):
    """Somebody looked at the person's report (查询记录 PH01)."""

    queried: Annotated[date, value("PH010R01", scalars.day, FILLED)]
    institution_kind: Annotated[str | None, code("PH010D01", codes.INSTITUTIONS)]
    institution: Annotated[str | None, text("PH010Q02")]
    reason: Annotated[str, code("PH010Q03", person_codes.QUERY_REASONS, FILLED)]
