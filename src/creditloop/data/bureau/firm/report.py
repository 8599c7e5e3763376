"""A firm's second-generation bureau report (二代企业信用报告) as one value.

In XML the sections stand in an element `Document`, in JSON in the outermost object.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau.firm.accounts import Account, Discount, UnpaidInterest
from creditloop.data.bureau.firm.firm_codes import CREDIT_CODE
from creditloop.data.bureau.firm.not_loaded import NOT_LOADED
from creditloop.data.bureau.firm.obligations import (
    DiscountLiability,
    Facility,
    GuaranteeAccount,
    GuaranteeLiability,
    GuaranteeTotal,
    Liability,
)
from creditloop.data.bureau.firm.public_records import (
    AgencyRating,
    Enforcement,
    HousingFund,
    Judgment,
    Note,
    PaymentAccount,
    Penalty,
    UnpaidTax,
    Utility,
)
from creditloop.data.bureau.firm.subject import Head, Identity
from creditloop.data.bureau.reading.elements import compile_reader
from creditloop.data.bureau.reading.places import FILLED, OPTIONAL, part, parts
from creditloop.data.bureau.reading.reports import ReportReader


class Credit(Struct, frozen=True):
    """What the firm owes (EDA)."""

    accounts: Annotated[tuple[Account, ...], parts("ED01", Account, OPTIONAL)]
    discounts: Annotated[tuple[Discount, ...], parts("ED02", Discount, OPTIONAL)]
    unpaid_interest: Annotated[tuple[UnpaidInterest, ...], parts("ED03", UnpaidInterest, OPTIONAL)]


class Guarantees(Struct, frozen=True):
    """What institutions have taken upon themselves for the firm (EDB)."""

    accounts: Annotated[tuple[GuaranteeAccount, ...], parts("ED04", GuaranteeAccount, OPTIONAL)]
    totals: Annotated[tuple[GuaranteeTotal, ...], parts("ED05", GuaranteeTotal, OPTIONAL)]


class Liabilities(Struct, frozen=True):
    """What the firm answers for (相关还款责任 EDD)."""

    loans: Annotated[tuple[Liability, ...], parts("ED07", Liability, OPTIONAL)]
    discounts: Annotated[tuple[DiscountLiability, ...], parts("ED08", DiscountLiability, OPTIONAL)]
    guarantees: Annotated[tuple[GuaranteeLiability, ...], parts("ED09", GuaranteeLiability, OPTIONAL)]


class Courts(Struct, frozen=True):
    """Records of courts (EFB)."""

    judgments: Annotated[tuple[Judgment, ...], parts("EF02", Judgment, OPTIONAL)]
    enforcements: Annotated[tuple[Enforcement, ...], parts("EF03", Enforcement, OPTIONAL)]


NO_CREDIT = Credit((), (), ())
NO_GUARANTEES = Guarantees((), ())
NO_LIABILITIES = Liabilities((), (), ())
NO_COURTS = Courts((), ())


class FirmReport(Struct, frozen=True):
    """A report (企业信用报告); nothing in it may be used as known before `known_at`."""

    head: Annotated[Head, part("EAA.EA01", Head, FILLED)]
    identity: Annotated[Identity | None, part("ECA", Identity, OPTIONAL)]
    credit_section: Annotated[Credit | None, part("EDA", Credit, OPTIONAL)]
    guarantee_section: Annotated[Guarantees | None, part("EDB", Guarantees, OPTIONAL)]
    facilities: Annotated[tuple[Facility, ...], parts("EDC.ED06", Facility, OPTIONAL)]
    liability_section: Annotated[Liabilities | None, part("EDD", Liabilities, OPTIONAL)]
    utilities: Annotated[
        tuple[PaymentAccount[Utility], ...],
        parts("EEA.EE01", PaymentAccount[Utility], OPTIONAL, prefixed=True),
    ]
    unpaid_tax: Annotated[tuple[UnpaidTax, ...], parts("EFA.EF01", UnpaidTax, OPTIONAL)]
    court_section: Annotated[Courts | None, part("EFB", Courts, OPTIONAL)]
    penalties: Annotated[tuple[Penalty, ...], parts("EFC.EF04", Penalty, OPTIONAL)]
    housing_fund: Annotated[
        tuple[PaymentAccount[HousingFund], ...],
        parts("EFD.EF05", PaymentAccount[HousingFund], OPTIONAL, prefixed=True),
    ]
    ratings: Annotated[tuple[AgencyRating, ...], parts("EHA.EH01", AgencyRating, OPTIONAL)]
    notes: Annotated[tuple[Note, ...], parts("EIA.EI01", Note, OPTIONAL)]

    @property
    def number(self) -> str:
        """The report's number (报告编号)."""
        return self.head.mark.number

    @property
    def known_at(self) -> datetime:
        """When the report was made, in UTC: the earliest instant at which anything in it was known."""
        return self.head.mark.known_at

    @property
    def credit_code(self) -> str | None:
        """The firm's unified social credit code (统一社会信用代码), if the report gives it."""
        return next((mark.number for mark in self.head.firm.marks if mark.kind == CREDIT_CODE), None)

    @property
    def credit(self) -> Credit:
        """What the firm owes; nothing if there is no such section."""
        return self.credit_section or NO_CREDIT

    @property
    def guarantees(self) -> Guarantees:
        """What institutions have taken upon themselves for the firm."""
        return self.guarantee_section or NO_GUARANTEES

    @property
    def liabilities(self) -> Liabilities:
        """What the firm answers for."""
        return self.liability_section or NO_LIABILITIES

    @property
    def courts(self) -> Courts:
        """Records of courts."""
        return self.court_section or NO_COURTS

    @property
    def no_credit_record(self) -> bool:
        """Whether the firm has no credit record (信贷白户): no account, facility or liability of any kind."""
        sections = (self.credit, self.guarantees, self.liabilities)
        return not (self.facilities or any(part for one in sections for part in _parts(one)))


def _parts(section: Credit | Guarantees | Liabilities) -> list[tuple[object, ...]]:
    return [getattr(section, name) for name in section.__struct_fields__]


READER = ReportReader(compile_reader(FirmReport, not_loaded=NOT_LOADED), of=FirmReport)
"""Reads a firm's report."""
