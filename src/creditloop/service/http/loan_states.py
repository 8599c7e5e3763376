"""What the API answers about loans that are there: standing, plan, payments, statement, events."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from creditloop.service.http.answers import Answer, Hash, PartyId
from creditloop.service.http.loan_answers import DrawdownCheck

LoanId = Annotated[str, Field(description="借据编号 made by the caller", examples=["JJ-20260105-0001"])]


class Parts(Answer):
    """Amounts by what they are of, in fen."""

    penalty_fen: Annotated[int, Field(description="罚息")]
    fee_fen: Annotated[int, Field(description="费用")]
    interest_fen: Annotated[int, Field(description="利息")]
    principal_fen: Annotated[int, Field(description="本金")]


class BookedBalances(Answer):
    """What is on the books of a loan, in fen."""

    principal_fen: Annotated[int, Field(description="贷款本金")]
    interest_fen: Annotated[int, Field(description="应收利息 earned, due or not; below 0: paid ahead")]
    fee_fen: Annotated[int, Field(description="应收费用")]
    penalty_fen: Annotated[int, Field(description="应收罚息")]
    overpaid_fen: Annotated[int, Field(description="溢缴款 to the customer's credit")]


class LastClose(Answer):
    """How a loan stood at its last close of a day (日终)."""

    business_date: date
    classification: Annotated[str, Field(description="五级分类", examples=["normal"])]
    stage: Annotated[int, Field(description="预期信用损失阶段 1 to 3; 0 if nothing is owed")]
    dpd: int


class LoanTermsAgreed(Answer):
    """What was agreed for a loan."""

    product: str
    method: Annotated[str, Field(description="还款方式")]
    principal_fen: int
    rate_annual_nano: Annotated[int, Field(description="年利率 in nano")]
    start: Annotated[date, Field(description="放款日")]
    instalments: int
    last_due: date
    lenders: Annotated[dict[str, str], Field(description="出资比例", examples=[{"own": "3/10"}])]
    terms_hash: Hash
    rules_hash: Hash
    agreement_hash: Annotated[str | None, Field(description="合同哈希 of the text that was signed")]


class Instalment(Answer):
    """One due date as it stands (应还明细)."""

    nr: int
    kind: Annotated[str, Field(examples=["instalment"])]
    start: date
    due: date
    amounts: Annotated[Parts, Field(description="应还 due")]
    paid: Annotated[Parts, Field(description="已还")]
    waived: Annotated[Parts, Field(description="减免")]
    open: Annotated[Parts, Field(description="未还 neither paid nor waived")]
    paid_on: Annotated[date | None, Field(description="结清日 since when nothing is open")]


class LoanPlan(Answer):
    """A loan's plan as it stands on a day, and as it was agreed."""

    loan_id: LoanId
    on: date
    instalments: list[Instalment]
    agreed: Annotated[list[Instalment], Field(description="合同约定 what was agreed; nothing of it is paid")]


class Loan(Answer):
    """A loan (借据) as it stands on a day."""

    loan_id: LoanId
    party_id: PartyId
    on: Annotated[date, Field(description="截至日 income earned before this day is recognised")]
    status: Annotated[str, Field(examples=["approved", "active", "overpaid", "closed"])]
    dpd: Annotated[int, Field(description="逾期天数")]
    written_off: bool
    terms: LoanTermsAgreed
    balances: BookedBalances
    owed: Annotated[Parts, Field(description="全部未还 all that is open, due or not")]
    past_due: Annotated[Parts, Field(description="逾期未还 open and due before the day")]
    next_due: date | None
    next_due_fen: Annotated[int, Field(description="下期应还 what is open on the next due date")]
    last_close: LastClose | None
    plan: list[Instalment]


class PartyLoans(Answer):
    """The loans of a customer."""

    party_id: PartyId
    loans: list[str]


class NodeObjection(Answer):
    """A party of the evidence network that objects to a record, and why."""

    node: str
    reason: Annotated[str, Field(description="异议原因 a name", examples=["limit_exceeded"])]


class LoanPayout(Answer):
    """How a loan's payout stands (放款状态); that of a joint loan may wait for the evidence network."""

    loan_id: LoanId
    state: Annotated[str, Field(examples=["awaiting", "paid_out", "refused", "lapsed"])]
    waits_for: Annotated[
        str | None, Field(description="等待事项 null unless it waits", examples=["final_record"])
    ]
    record: Annotated[
        str | None,
        Field(
            description="上链状态 how far the record of its order is; null: it did not have to wait",
            examples=["pending", "sent", "again", "final", "refused"],
        ),
    ]
    since: Annotated[datetime | None, Field(description="起始时刻 (UTC)")]
    until: Annotated[datetime | None, Field(description="时限 after it persons may answer for it (UTC)")]
    over_time: Annotated[bool, Field(description="超时 it waits for longer than the policy gives it")]
    objections: Annotated[list[NodeObjection], Field(description="异议 of those who object to its record")]
    persons: Annotated[int, Field(description="应急放行 how many persons answer for it")]
    persons_needed: Annotated[int, Field(description="how many it takes")]
    by_break_glass: Annotated[bool, Field(description="it was paid out before its record was final")]


class LoanOpening(Answer):
    """What came of asking for a loan: an outcome of the bank, and the loan if it is open."""

    outcome: Annotated[
        str,
        Field(description="结论", examples=["approve", "refer", "decline", "awaiting", "refused", "lapsed"]),
    ]
    repeated: Annotated[bool, Field(description="it was opened, or put off, before, by the same agreement")]
    check: Annotated[
        DrawdownCheck | None, Field(description="支用检查; null: it was opened or put off before")
    ]
    loan: Annotated[Loan | None, Field(description="null unless it is open")]
    payout: Annotated[LoanPayout | None, Field(description="放款等待 null unless it waits or waited")] = None


class AgreementMade(Answer):
    """An agreement to be signed (借款合同): nothing is kept until a loan is opened by it."""

    loan_id: LoanId
    agreement_hash: Annotated[str, Field(description="合同哈希 SHA-256 of `text` in UTF-8: what is signed")]
    text: Annotated[str, Field(description="合同文本 canonical JSON")]


class SettledPart(Answer):
    """What a payment settled of one part of one instalment (冲抵明细)."""

    instalment: int
    due: date
    part: Annotated[str, Field(examples=["interest"])]
    amount_fen: int


class ChangedFigure(Answer):
    """An amount that is another one since a backdated payment (更正)."""

    subject: str
    name: str
    day: date
    what: str
    was: int
    now: int
    why: str


class LoanLeg(Answer):
    """A posting of an event (分录)."""

    account: Annotated[str, Field(examples=["loan_principal"])]
    lender: Annotated[str, Field(examples=["own"])]
    amount_fen: Annotated[int, Field(description="a debit is positive")]


class _Receipt(Answer):
    """An event that is booked: its days, and the loan after it."""

    loan_id: LoanId
    kind: Annotated[str, Field(examples=["repaid", "prepaid", "reversed"])]
    sequence: int
    value_date: Annotated[date, Field(description="起息日 from when it counts")]
    booked_on: Annotated[date, Field(description="记账日 the open day it was booked on")]
    corrections: Annotated[list[ChangedFigure], Field(description="what it changed besides itself")]
    status: str
    dpd: int
    owed_after: Annotated[Parts, Field(description="all that is open after it, due or not")]
    repeated: Annotated[bool, Field(description="it was booked before; nothing was written")]


class PaymentReceipt(_Receipt):
    """A payment that is booked."""

    payment_id: Annotated[str, Field(description="流水号 made by the caller")]
    amount_fen: int
    settled: Parts
    overpaid_fen: Annotated[int, Field(description="溢缴 left over, to the customer's credit")]
    lines: list[SettledPart]


class ChangeReceipt(_Receipt):
    """A change of a loan that is booked (贷后变更)."""

    event_id: Annotated[str, Field(description="编号 made by the caller")]
    legs: Annotated[list[LoanLeg], Field(description="分录 with its corrections; adds up to zero")]


class Payoff(Answer):
    """What settles a loan on a day (结清试算), as a prepayment of that day."""

    loan_id: LoanId
    on: date
    parts: Annotated[Parts, Field(description="the fee for repaying early is among the fees")]
    overpaid_fen: int
    total_fen: Annotated[int, Field(description="应付总额 the parts less what is overpaid")]


class LoanEventEntry(Answer):
    """An event of a loan as it stands in the book."""

    sequence: int
    event_id: str
    kind: Annotated[str, Field(examples=["disbursed", "repaid"])]
    value_date: date
    booked_on: date
    booked_at: Annotated[datetime, Field(description="时刻 (UTC)")]
    content: Annotated[str, Field(description="what it says, canonical JSON: what is hashed")]
    legs: Annotated[list[LoanLeg], Field(description="分录 adds up to zero")]
    previous_hash: str
    hash: Annotated[str, Field(description="链式哈希 over this event and the one before")]
    batch_id: Annotated[UUID, Field(description="批次 names its row to `GET /v1/evidence/proof`")]


class LoanEvents(Answer):
    """A loan's events, in the order they were booked."""

    loan_id: LoanId
    events: list[LoanEventEntry]


class StatementEntry(Answer):
    """An event of a statement, and what it moved."""

    booked_on: date
    value_date: date
    kind: str
    event_id: str
    moved: Annotated[BookedBalances, Field(description="signed; what lowers the debt is below 0")]


class LoanStatement(Answer):
    """A loan's statement (对账单): opening + what moved + what the days earned = closing, part by part."""

    loan_id: LoanId
    party_id: PartyId
    since: Annotated[date, Field(description="期初日 included")]
    through: Annotated[date, Field(description="期末日 included")]
    opening: Annotated[BookedBalances, Field(description="期初 at the close of the day before")]
    entries: list[StatementEntry]
    accrued: Annotated[BookedBalances, Field(description="计提 what the days of the period earned")]
    closing: Annotated[BookedBalances, Field(description="期末 at the close of the last day")]
