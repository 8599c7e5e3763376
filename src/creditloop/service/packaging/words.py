"""What things of a package are called (用词): steps, documents, why one is withheld, why a node objects."""

from collections.abc import Mapping

RECORD_KINDS: Mapping[str, tuple[str, str]] = {
    "agreement": ("签订借款合同", "agreement signed"),
    "break_glass": ("应急放行", "break-glass"),
    "change": ("变更利率、日期或计划", "change of rate, dates or plan"),
    "charge": ("收费", "charge"),
    "classification": ("五级分类变动", "another class"),
    "contact": ("催收联系", "contact"),
    "decision": ("作出审批决定", "decision"),
    "key_change": ("密钥变更", "change of a key"),
    "objection": ("提出异议", "objection"),
    "overdue": ("发生逾期或回正", "overdue or cured"),
    "party_change": ("参与方变更", "change of a party"),
    "payout": ("放款", "payout"),
    "recovery": ("核销后回收", "recovery after write-off"),
    "refund": ("退款", "refund"),
    "repayment": ("还款", "repayment"),
    "reversal": ("冲正", "reversal"),
    "statement": ("出具对账单", "statement"),
    "waiver": ("减免", "waiver"),
    "warning": ("贷后预警", "warning"),
    "write_off": ("核销", "write-off"),
}
"""The steps of a loan's life."""
LOAN_STATES: Mapping[str, tuple[str, str]] = {
    "on_book": ("已放款入账", "paid out and on the book"),
    "awaiting": ("放款待终局，尚未放款", "its payout waits, nothing is paid out yet"),
    "refused": ("放款被网络拒绝，未放款", "the network refused its payout, nothing was paid out"),
    "lapsed": ("放款逾日失效，未放款", "the day of its payout was over, nothing was paid out"),
}
"""Where a loan stands."""
DOCUMENT_KINDS: Mapping[str, tuple[str, str]] = {
    "agreement": ("借款合同", "agreement"),
    "contact": ("催收联系记录", "contact record"),
    "decision": ("审批决定及依据", "decision with its working"),
    "event": ("事件", "event"),
    "other": ("其他", "other"),
    "overdue": ("逾期记录", "overdue record"),
    "payout": ("放款凭证", "payout"),
    "repayment": ("还款凭证", "repayment"),
    "statement": ("对账单", "statement"),
    "write_off": ("核销记录", "write-off record"),
}
"""What a document is."""
WITHHELD: Mapping[str, tuple[str, str]] = {
    "confidential": ("保密", "confidential"),
    "destroyed": ("已依法销毁", "destroyed"),
    "not_held": ("不由制作方持有", "not held by the packager"),
}
"""Why a document is not in a package."""
REASONS: Mapping[str, tuple[str, str]] = {
    "agreement_differs": ("借款合同不一致", "another agreement"),
    "agreement_not_signed": ("借款合同未双签", "agreement not signed by both"),
    "limit_exceeded": ("超出可用额度", "above the limit"),
    "loan_unknown": ("借据不明", "loan not known"),
    "previous_differs": ("前序记录不一致", "another record before it"),
    "programme_unknown": ("联合贷款方案不明", "programme not known"),
    "sequence_wrong": ("前序记录未获同意", "follows a record not agreed to"),
    "share_differs": ("出资比例不一致", "other shares"),
    "share_not_in_force": ("出资协议未生效", "shares not in force"),
}
"""Why nodes object, as far as the reasons are ours; other parties' rules may have others."""


def reason_zh(reason: str) -> str:
    """Return a reason in Chinese with its name on the log; the name alone if it is none of ours."""
    return f"{REASONS[reason][0]} {reason}" if reason in REASONS else reason
