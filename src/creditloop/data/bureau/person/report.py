"""A person's second-generation bureau report (二代个人信用报告) as one value.

The sections and their keys: `moutainhigh/huaxia-plaze-server2`, class `modules/pboc/domain/Bank` and the
classes beside it. In XML they stand in an element `Document`, in JSON in the outermost object.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau.person.accounts import Account
from creditloop.data.bureau.person.not_loaded import NOT_LOADED
from creditloop.data.bureau.person.notes import Noted
from creditloop.data.bureau.person.obligations import Facility, Liability, Postpaid, Query, Statement
from creditloop.data.bureau.person.public_records import (
    Enforcement,
    HousingFund,
    Judgment,
    Penalty,
    UnpaidTax,
)
from creditloop.data.bureau.person.subject import Head, Identity, Marriage, Occupation, Residence, Score
from creditloop.data.bureau.reading.elements import compile_reader
from creditloop.data.bureau.reading.places import FILLED, part, parts
from creditloop.data.bureau.reading.reports import ReportReader


class BureauReport(Struct, frozen=True):
    """A report (个人信用报告); nothing in it may be used as known before `known_at`."""

    head: Annotated[Head, part("PRH.PA01", Head, FILLED)]
    identity: Annotated[Identity | None, part("PIM.PB01", Identity)]
    marriage: Annotated[Marriage | None, part("PMM.PB02", Marriage)]
    residences: Annotated[tuple[Residence, ...], parts("PRM.PB03", Residence)]
    occupations: Annotated[tuple[Occupation, ...], parts("POM.PB04", Occupation)]
    score: Annotated[Score | None, part("PSM.PC01", Score)]
    accounts: Annotated[tuple[Account, ...], parts("PDA.PD01", Account)]
    facilities: Annotated[tuple[Noted[Facility], ...], parts("PCA.PD02", Noted[Facility], prefixed=True)]
    guarantees: Annotated[tuple[Noted[Liability], ...], parts("PCR.PD03", Noted[Liability], prefixed=True)]
    postpaid: Annotated[tuple[Noted[Postpaid], ...], parts("PND.PE01", Noted[Postpaid], prefixed=True)]
    unpaid_tax: Annotated[tuple[Noted[UnpaidTax], ...], parts("POT.PF01", Noted[UnpaidTax], prefixed=True)]
    judgments: Annotated[tuple[Noted[Judgment], ...], parts("PCJ.PF02", Noted[Judgment], prefixed=True)]
    enforcements: Annotated[
        tuple[Noted[Enforcement], ...], parts("PCE.PF03", Noted[Enforcement], prefixed=True)
    ]
    penalties: Annotated[tuple[Noted[Penalty], ...], parts("PAP.PF04", Noted[Penalty], prefixed=True)]
    housing_fund: Annotated[
        tuple[Noted[HousingFund], ...], parts("PHF.PF05", Noted[HousingFund], prefixed=True)
    ]
    statements: Annotated[tuple[Statement, ...], parts("POS.PG01", Statement)]
    queries: Annotated[tuple[Query, ...], parts("POQ.PH01", Query)]

    @property
    def number(self) -> str:
        """The report's number (报告编号)."""
        return self.head.mark.number

    @property
    def known_at(self) -> datetime:
        """When the report was made, in UTC: the earliest instant at which anything in it was known."""
        return self.head.mark.known_at

    @property
    def no_credit_record(self) -> bool:
        """Whether the person has no credit record (信贷白户): no account, no facility, no guarantee."""
        return not (self.accounts or self.facilities or self.guarantees)


READER = ReportReader(compile_reader(BureauReport, not_loaded=NOT_LOADED), of=BureauReport)
"""Reads a person's report."""
