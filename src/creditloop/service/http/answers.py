"""What the API answers, described once for the wire and for its description (OpenAPI).

Money is integer fen, a hundredth of the book's one currency; rates and shares are integers in nano (10⁻⁹).
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """Base of everything answered: exactly the fields described, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


PartyId = Annotated[
    str, Field(description="主体编号 party, named by its source", examples=["taiwan_cards/7"])
]
Hash = Annotated[str, Field(description="版本哈希 SHA-256 of the document's text: the version that decided")]


class Health(Answer):
    """Whether the service can work now."""

    status: Annotated[str, Field(description="服务状态", examples=["ok"])]
    version: Annotated[str, Field(description="软件版本", examples=["0.1.0"])]


class Classification(Answer):
    """A customer's five-tier classification (五级分类) and what it was made from."""

    product: str
    business_date: Annotated[date, Field(description="业务日期 the day it is about")]
    rules_as_of: Annotated[date, Field(description="规则日期 the day whose rules judged")]
    owed_fen: Annotated[int, Field(description="欠款 owed, in fen, ≥ 0")]
    credit_fen: Annotated[int, Field(description="溢缴款 credit balance, in fen, ≥ 0")]
    limit_fen: Annotated[int, Field(description="授信额度 limit in the source, in fen")]
    months_late: Annotated[int | None, Field(description="逾期月数 months late as the source says")]
    days_past_due: Annotated[int | None, Field(description="逾期天数（估计） days past due, estimated")]
    bucket: Annotated[str, Field(description="逾期阶段", examples=["M1"])]
    bucket_rule: str
    regulatory_class: Annotated[str, Field(description="监管口径分类 class by the regulation")]
    regulatory_rule: str
    bank_class: Annotated[str, Field(description="执行分类 class in force, the stricter of two")]
    bank_rule: str
    batch_id: Annotated[UUID, Field(description="批次 the run it was recorded in")]
    days_past_due_policy: Hash
    five_tier_policy: Hash


class AccountBalance(Answer):
    """What stands on one account of a customer."""

    account: Annotated[str, Field(examples=["card_receivable"])]
    zh: str
    en: str
    balance_fen: Annotated[int, Field(description="余额 in fen; a debit is positive")]


class BookEvent(Answer):
    """Something that changed what a customer owes."""

    sequence: Annotated[int, Field(description="序号 1, 2, 3 … per customer")]
    kind: Annotated[str, Field(examples=["payment"])]
    value_date: Annotated[date, Field(description="起息日")]
    booking_date: Annotated[date, Field(description="记账日")]
    amount_fen: Annotated[int, Field(description="金额 signed change of what is owed, in fen")]
    owed_after_fen: Annotated[
        int, Field(description="变动后欠款 owed after it; negative is a credit balance")
    ]
    derived: Annotated[
        bool, Field(description="推算而得 computed from reported figures, not reported itself")
    ]
    source_ref: Annotated[str, Field(description="来源行 table, batch and row it came from")]
    hash: Annotated[str, Field(description="链式哈希 hash over this event and the one before")]


class Balances(Answer):
    """A customer's balances on a day, and the events that add up to them."""

    party_id: PartyId
    as_of: Annotated[date, Field(description="截至日 value date, the day included")]
    currency: Annotated[str, Field(examples=["TWD"])]
    owed_fen: Annotated[
        int, Field(description="欠款净额 what the events add up to; negative is a credit balance")
    ]
    accounts: list[AccountBalance]
    events: list[BookEvent]


class Decision(Answer):
    """A decision about one party, with its whole working."""

    decision_id: UUID
    batch_id: Annotated[UUID, Field(description="批次 the run it was recorded in")]
    party_id: PartyId
    product: str
    business_date: Annotated[date, Field(description="业务日期 the features are as of the end of this day")]
    rules_as_of: Annotated[date, Field(description="规则日期 the day whose rules decided")]
    outcome: Annotated[str, Field(description="结论", examples=["keep"])]
    outcome_proposed: Annotated[
        str | None, Field(description="策略建议 what the strategy suggests to a person")
    ]
    scope: Annotated[str | None, Field(description="适用范围", examples=["reviewed"])]
    grade: Annotated[str | None, Field(description="评级", examples=["B"])]
    score: Annotated[int | None, Field(description="评分, higher is safer")]
    pd_nano: Annotated[int | None, Field(description="违约概率 in nano")]
    limit_fen: Annotated[int | None, Field(description="现有额度 in fen")]
    limit_proposed_fen: Annotated[int | None, Field(description="建议额度 in fen")]
    rate_annual_nano: Annotated[int | None, Field(description="年利率 in nano: decided, not charged")]
    rule: Annotated[str, Field(description="决定结论的规则 the rule that decided")]
    reasons: Annotated[list[str], Field(description="原因码 in order; the working has their wording")]
    factors: Annotated[list[str], Field(description="主要扣分因素 features that cost the score most")]
    working: Annotated[
        dict[str, Any],
        Field(
            description="决策过程 every value read, the score by parts, every step and rule; what decided,"
            " the nearest misses, the reasons in order, sources asked and their cost"
        ),
    ]


class CustomerWarning(Answer):
    """A warning (预警) on a customer."""

    party_id: PartyId
    business_date: date
    level: Annotated[str, Field(examples=["alert", "watch", "notice", "refer"])]
    level_rule: str
    risk: Annotated[int | None, Field(description="风险值 0 to 1000; none where it could not be evaluated")]
    signals: list[str]
    measures: Annotated[list[str], Field(description="建议措施")]
    values: Annotated[dict[str, Any], Field(description="读取的值 every value the policy read")]
    batch_id: UUID


class Warnings(Answer):
    """A page of a month's warnings."""

    product: str
    business_date: date
    rules_as_of: date
    batch_id: UUID
    policy: Hash
    evaluated: Annotated[int, Field(description="评估户数 customers judged in all")]
    warnings: list[CustomerWarning]


class CollectionCase(Answer):
    """A collection case (催收案件)."""

    case_id: UUID
    party_id: PartyId
    opened_on: date
    months_late: int | None
    amount_fen: int
    value_at_risk_fen: int | None
    grade: str
    level: str
    route: Annotated[str, Field(examples=["message", "call", "agency", "litigation", "refer"])]
    rule: str
    reason_code: str
    reason_zh: str
    reason_en: str
    stopped: Annotated[bool, Field(description="停止联系 a complaint or objection is open: nobody contacts")]
    contacts_on_day: int
    batch_id: UUID


class CollectionCases(Answer):
    """A page of the collection queue."""

    on: Annotated[date, Field(description="业务日期 as the queue stood at the end of this day")]
    cases: list[CollectionCase]


class ContactEvent(Answer):
    """Something a customer said, from which contact stops."""

    event_id: UUID
    party_id: PartyId
    kind: Annotated[str, Field(examples=["complaint", "objection"])]
    at: Annotated[datetime, Field(description="时刻 (UTC)")]
    on_day: date
    person: Annotated[str, Field(description="登记人 who noted it")]
    note: str
    simulated: bool


class ReviewStep(Answer):
    """What a person did about a case."""

    action: Annotated[str, Field(examples=["signed", "withdrawn"])]
    person: str
    role: str
    outcome: str | None
    limit_fen: int | None
    reason: str
    acted_on: date
    simulated: Annotated[bool, Field(description="模拟 done by a script, not by a person")]


class ReviewCase(Answer):
    """A case of manual review (人工复核) and all that was done about it."""

    case_id: UUID
    decision_id: UUID
    party_id: PartyId
    product: str
    opened_on: date
    due_on: date
    amount_fen: Annotated[int | None, Field(description="金额 says whose mandate it is")]
    mandate: str
    outcome_proposed: str | None
    limit_fen: int | None
    limit_proposed_fen: int | None
    reasons: list[str]
    status: Annotated[str, Field(examples=["open", "half_signed", "closed"])]
    outcome: str | None
    limit_decided_fen: int | None
    overrides: Annotated[bool | None, Field(description="推翻 differs from what the strategy proposed")]
    simulated: bool
    actions: list[ReviewStep]


class Reviews(Answer):
    """A page of the queue of manual review."""

    cases: list[ReviewCase]


class LimitPosition(Answer):
    """How a customer's limit is used (额度占用)."""

    limit_fen: int
    frozen: bool
    offered_fen: int | None
    owed_fen: int
    consumed_fen: int
    available_fen: int
    above_limit_fen: int
    utilisation_nano: int | None


class Customer(Answer):
    """What the bank knows of a customer on a day; what it does not know is null."""

    party_id: PartyId
    classification: Classification | None
    limit: LimitPosition | None
    warning: Annotated[CustomerWarning | None, Field(description="最近预警 the last warning")]
    case: Annotated[UUID | None, Field(description="催收案件 the open case, if any")]
    decisions: Annotated[list[UUID], Field(description="决策 every decision, the newest last")]


class Checkpoint(Answer):
    """The last signed checkpoint (检查点) of the evidence log."""

    checkpoint: Annotated[
        str, Field(description="C2SP tlog-checkpoint: origin, size, root, signature; check it with the public"
                   " key of the log, obtained by another way")
    ]  # fmt: skip


class Proof(Answer):
    """The proof of one row (存证证明): `creditloop evidence check` verifies it offline."""

    table: Annotated[str, Field(examples=["book.event"])]
    batch_id: UUID
    row_no: int
    proof: Annotated[str, Field(description="canonical JSON text of the proof, to be kept as it is")]


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    code: Annotated[str, Field(description="错误码 stable", examples=["unknown_id"])]
    detail: str
    instance: Annotated[str, Field(description="编号 name it when asking about the problem")]
    got: str | None = None
    expected: str | None = None
    where: dict[str, str] | None = None
    hint: str | None = None
