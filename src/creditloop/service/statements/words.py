"""The words of a statement in both languages: headings, columns, what each kind of event is called."""

from collections.abc import Mapping

_EVENTS = {
    "disbursed": ("放款", "Pay-out"),
    "repaid": ("还款", "Repayment"),
    "prepaid": ("提前还款", "Prepayment"),
    "charged": ("收费", "Charge"),
    "waived": ("减免", "Waiver"),
    "refunded": ("退款", "Refund"),
    "credit_refunded": ("溢缴款退回", "Overpayment paid back"),
    "charged_back": ("付款被退回", "Payment taken back"),
    "accrued": ("计提", "Accrual"),
    "rate_reset": ("利率调整", "Change of rate"),
    "rescheduled": ("还款计划变更", "Change of the plan"),
    "reaged": ("重新安排还款", "Re-aged"),
    "reamortised": ("重新摊还", "Re-amortised"),
    "restructured": ("贷款重组", "Restructuring"),
    "due_dates_moved": ("还款日顺延", "Due dates moved"),
    "written_off": ("核销", "Write-off"),
    "reversed": ("冲正", "Reversal"),
}
_WORDS = {
    "title": ("贷款对账单", "Loan statement"),
    "period": ("对账期间", "Period"),
    "to": ("至", "to"),
    "loan": ("借据编号", "Loan"),
    "customer": ("客户编号", "Customer"),
    "product": ("贷款产品", "Product"),
    "paid_out": ("放款", "Paid out"),
    "on": ("放款日", "Paid out on"),
    "amounts": ("金额单位：人民币元", "Amounts in yuan"),
    "rates": ("贷款年化利率", "Annualised rates"),
    "summary": ("账户汇总", "Summary"),
    "principal": ("本金", "Principal"),
    "interest": ("利息", "Interest"),
    "fee": ("费用", "Fees"),
    "penalty": ("罚息", "Penalty"),
    "overpaid": ("溢缴款", "Overpaid"),
    "total": ("合计", "Total"),
    "opening": ("期初余额", "Opening balance"),
    "events": ("本期交易合计", "Events of the period"),
    "accrued": ("本期计提合计", "Accrued in the period"),
    "closing": ("期末余额", "Closing balance"),
    "lines": ("交易明细", "Events"),
    "lines_note": (
        "负数为您应还金额的减少。补记和冲正的交易含对以前计提的更正，合计可不等于其金额。",
        "Below zero: you owe less. What is booked later or undone corrects earlier accruals with itself.",
    ),
    "no_lines": ("本期没有交易。", "Nothing was booked in this period."),
    "number": ("序号", "No."),
    "kind": ("交易", "Event"),
    "event_id": ("交易编号", "Event id"),
    "value_date": ("生效日", "Value date"),
    "booked_on": ("入账日", "Booked on"),
    "amount": ("金额", "Amount"),
    "undone": ("已冲正：", "undone by "),
    "months": ("计提明细（按月）", "Accruals by month"),
    "dues": ("还款明细", "Instalments"),
    "dues_note": (
        "本期内到期的，以及尚未还清的各期；罚息和费用计至期末。",
        "What fell due in the period or is still to be paid; penalty and fees to the end of the period.",
    ),
    "due": ("到期日", "Due"),
    "due_total": ("应还", "To pay"),
    "paid": ("已还", "Paid"),
    "waived": ("减免", "Waived"),
    "open": ("未还", "Open"),
    "next": ("下一还款日", "Next due date"),
    "next_amount": ("届时应还", "To be paid then"),
    "overdue": ("已逾期未还", "Past due"),
    "days": ("天", "days"),
    "none": ("无", "none"),
    "notices": ("告知事项", "What you should know"),
    "simulated": ("模拟数据", "simulated"),
    "simulated_note": (
        "本对账单所涉客户为模拟数据，不涉及真实客户。",
        "The customer of this statement is made up; nobody real is meant.",
    ),
    "agreement": ("借款合同指纹", "Agreement"),
    "document": ("告知事项规则指纹", "Notices by"),
    "page": ("页", "page"),
}


def _in(place: int) -> dict[str, object]:
    return {
        **{name: texts[place] for name, texts in _WORDS.items()},
        "event": {kind: texts[place] for kind, texts in _EVENTS.items()},
    }


WORDS: Mapping[str, Mapping[str, object]] = {"zh": _in(0), "en": _in(1)}
"""By language; `event` holds the kinds of events by the name they are stored with."""
EVENT_WORDS: Mapping[str, tuple[str, str]] = _EVENTS
"""The kinds of events in Chinese and English."""
