"""What things of a package are called (用词): steps, documents, why one is withheld, why a node objects."""

from collections.abc import Mapping

RECORD_KINDS: Mapping[str, tuple[str, str]] = {
    "agreement": ("签订借款合同", "agreement signed"),
    "break_glass": ("紧急放行", "break-glass"),
    "contact": ("催收联系", "contact"),
    "decision": ("作出审批决定", "decision"),
    "key_change": ("密钥变更", "change of a key"),
    "objection": ("提出异议", "objection"),
    "overdue": ("发生逾期", "overdue"),
    "party_change": ("参与方变更", "change of a party"),
    "payout": ("放款", "payout"),
    "repayment": ("还款", "repayment"),
    "statement": ("出具对账单", "statement"),
    "write_off": ("核销", "write-off"),
}
"""The steps of a loan's life."""
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
