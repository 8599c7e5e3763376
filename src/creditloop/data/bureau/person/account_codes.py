"""Codes of accounts, lines, guarantees and public records in a second-generation report (二代信用报告).

Found in public sources: `xyy15926/aki7proj:azkaban/pboc_conf.py` (all of them unless said otherwise), the
class `PbcReportCodeMapping` of a rating firm (joint borrowing, closing of cases, kinds of liable persons,
business kinds of firms), loan forms in two public enumerations of the same list. The English is ours.
Where two sources list different codes for one meaning (担保方式 其他: 8 and 9) both are listed.
"""

from collections.abc import Mapping

from creditloop.data.bureau.reading.code_table import CodeTable, code_table

ACCOUNT_TYPES = code_table(
    "账户类型",
    "account type",
    {
        "C1": ("催收账户", "account under collection"),
        "D1": ("非循环贷账户", "non-revolving loan"),
        "R1": ("循环贷账户", "revolving loan"),
        "R2": ("贷记卡账户", "credit card"),
        "R3": ("准贷记卡账户", "quasi-credit card"),
        "R4": ("循环额度下分账户", "drawing under a revolving limit"),
    },
)
_LOAN_STATES = {
    "1": ("正常", "normal"),
    "2": ("逾期", "overdue"),
    "3": ("结清", "settled"),
    "4": ("呆账", "bad debt"),
    "6": ("担保物不足", "collateral short"),
    "8": ("司法追偿", "pursued in court"),
}
_CARD_STATES = {
    "1": ("正常", "normal"),
    "2": ("冻结", "frozen"),
    "3": ("止付", "payment stopped"),
    "31": ("银行止付", "payment stopped by the bank"),
    "4": ("销户", "closed"),
    "5": ("呆账", "bad debt"),
    "6": ("未激活", "not activated"),
    "8": ("司法追偿", "pursued in court"),
}
ACCOUNT_STATES: Mapping[str, CodeTable] = {
    "C1": code_table(
        "账户状态", "account state", {"1": ("催收", "under collection"), "2": ("结束", "ended")}
    ),
    "D1": code_table(
        "账户状态",
        "account state",
        {**_LOAN_STATES, "5": ("转出", "transferred out"), "7": ("强制平仓", "closed out by force")},
    ),
    "R1": code_table(
        "账户状态", "account state", {**_LOAN_STATES, "5": ("银行止付", "payment stopped by the bank")}
    ),
    "R2": code_table("账户状态", "account state", _CARD_STATES),
    "R3": code_table("账户状态", "account state", _CARD_STATES),
    "R4": code_table("账户状态", "account state", _LOAN_STATES),
}
"""What an account's state means depends on its type; keys are `ACCOUNT_TYPES`."""
CLOSED: Mapping[str, str] = {"D1": "3", "R1": "3", "R4": "3", "R2": "4", "R3": "4"}
"""The state in which nothing is owed any more (结清, 销户), by account type."""

REPAYMENT_STATUSES = code_table(
    "还款状态",
    "repayment status",
    {
        "N": ("正常还款", "paid as agreed"),
        "*": ("当月不需还款且之前没有拖欠", "nothing due this month, nothing owed from before"),
        "1": ("逾期1-30天", "1 to 30 days late"),
        "2": ("逾期31-60天", "31 to 60 days late"),
        "3": ("逾期61-90天", "61 to 90 days late"),
        "4": ("逾期91-120天", "91 to 120 days late"),
        "5": ("逾期121-150天", "121 to 150 days late"),
        "6": ("逾期151-180天", "151 to 180 days late"),
        "7": ("逾期180天以上", "more than 180 days late"),
        "D": ("担保人代还", "paid by the guarantor"),
        "Z": ("以资抵债", "settled with assets"),
        "B": ("呆账", "bad debt"),
        "C": ("结清、正常销户", "settled, closed in order"),
        "G": ("(非正常)结束", "ended otherwise"),
        "M": ("约定还款日后月底前还款", "paid after the due date and before the month's end"),
        "A": ("账单日调整,当月不出单", "no bill this month, the bill day was moved"),
        "#": ("未知", "unknown"),
        "/": ("跳过", "skipped"),
    },
)
BUSINESS_KINDS = code_table(
    "个人借贷业务种类",
    "kind of business, a person's",
    {
        "11": ("个人住房商业贷款", "mortgage loan"),
        "12": ("个人商用房(含商住两用)贷款", "commercial property loan"),
        "13": ("个人住房公积金贷款", "housing fund loan"),
        "21": ("个人汽车消费贷款", "car loan"),
        "31": ("个人助学贷款", "student loan"),
        "32": ("国家助学贷款", "state student loan"),
        "33": ("商业助学贷款", "commercial student loan"),
        "41": ("个人经营性贷款", "business loan"),
        "42": ("个人创业担保贷款", "start-up loan"),
        "51": ("农户贷款", "farm household loan"),
        "52": ("经营性农户贷款", "farm business loan"),
        "53": ("消费性农户贷款", "farm household consumer loan"),
        "61": ("约定购回式证券交易", "agreed repurchase of securities"),
        "62": ("股票质押式回购交易", "pledged share repurchase"),
        "63": ("融资融券业务", "margin trading"),
        "64": ("其他证券类融资", "other securities financing"),
        "71": ("准贷记卡", "quasi-credit card"),
        "81": ("贷记卡", "credit card"),
        "82": ("大额专项分期卡", "card for large special instalments"),
        "91": ("其他个人消费贷款", "other consumer loan"),
        "92": ("融资租赁业务", "leasing"),
        "99": ("其他贷款", "other loan"),
        "A1": ("资产处置", "disposal of assets"),
        "B1": ("代偿债务", "debt paid by another"),
    },
)
REPAYMENT_FREQUENCIES = code_table(
    "还款频率",
    "repayment frequency",
    {
        "01": ("日", "day"),
        "02": ("周", "week"),
        "03": ("月", "month"),
        "04": ("季", "quarter"),
        "05": ("半年", "half-year"),
        "06": ("年", "year"),
        "07": ("一次性", "once"),
        "08": ("不定期", "irregular"),
        "12": ("旬", "ten days"),
        "13": ("双周", "two weeks"),
        "14": ("双月", "two months"),
        "99": ("其他", "other"),
    },
)
REPAYMENT_METHODS = code_table(
    "还款方式",
    "repayment method",
    {
        "11": ("分期等额本息", "equal instalments"),
        "12": ("分期等额本金", "equal principal"),
        "13": ("到期还本分期结息", "interest first, principal at the end"),
        "14": ("等比累进分期还款", "instalments growing by a ratio"),
        "15": ("等额累进分期还款", "instalments growing by an amount"),
        "19": ("其他类型分期还款", "other instalments"),
        "21": ("到期一次还本付息", "bullet"),
        "22": ("预先付息到期还本", "interest in advance, principal at the end"),
        "23": ("随时还", "at any time"),
        "29": ("其他", "other, without instalments"),
        "31": ("按期结息,到期还本", "revolving: interest first, principal at the end"),
        "32": ("按期结息,自由还本", "revolving: interest first, principal at will"),
        "33": ("按期计算还本付息", "revolving: both each period"),
        "39": ("循环贷款下其他还款方式", "revolving: other"),
        "90": ("不区分还款方式", "not told apart"),
    },
)
GUARANTEE_KINDS = code_table(
    "担保方式",
    "kind of security",
    {
        "1": ("质押", "pledge"),
        "2": ("抵押", "mortgage"),
        "3": ("保证", "guarantee"),
        "4": ("信用/免担保", "none"),
        "5": ("组合(含保证)", "combined, with a guarantee"),
        "6": ("组合(不含保证)", "combined, without a guarantee"),
        "7": ("农户联保", "farm households jointly"),
        "8": ("其他", "other"),
        "9": ("其他", "other"),
    },
)
JOINT_BORROWING = code_table(
    "共同借款标志",
    "joint borrowing",
    {"0": ("无", "none"), "1": ("主借款人", "main borrower"), "2": ("从借款人", "co-borrower")},
)
TRANSFER_STATUSES = code_table(
    "债权转移时的还款状态",
    "repayment status when the claim was transferred",
    {
        "0": ("债务人即将违约时自动垫款", "advanced when default was near"),
        **{code: (w.zh, w.en) for code, w in REPAYMENT_STATUSES.codes.items() if code in "1234567"},
        "9": ("未知", "unknown"),
    },
)
SPECIAL_TRANSACTIONS = code_table(
    "特殊交易类型",
    "special transaction",
    {
        "1": ("展期", "extension"),
        "2": ("担保人(第三方)代偿", "paid by guarantor or third party"),
        "3": ("以资抵债", "settled with assets"),
        "4": ("提前还款", "prepayment"),
        "5": ("提前结清", "settled early"),
        "6": ("强制平仓,未结清", "closed out by force, not settled"),
        "7": ("强制平仓,已结清", "closed out by force, settled"),
        "8": ("司法追偿", "pursued in court"),
        "9": ("其他", "other"),
        "11": ("债务减免", "debt reduced"),
        "12": ("资产剥离", "assets split off"),
        "13": ("资产转让", "claim sold"),
        "14": ("信用卡个性化分期", "individual instalments on a card"),
        "16": ("银行主动延期", "deferred by the bank"),
        "17": ("强制平仓", "closed out by force"),
    },
)
SPECIAL_EVENTS = code_table(
    "特殊事件类型",
    "special event",
    {
        "11": ("信用卡因调整账单日本月不出单", "no bill, the bill day was moved"),
        "12": ("已注销信用卡账户重启", "closed card opened again"),
        "21": ("转出", "transferred out"),
    },
)
LIMIT_USES = code_table(
    "授信额度用途",
    "use of the limit",
    {
        "10": ("循环贷款额度", "revolving loans"),
        "20": ("非循环贷款额度", "non-revolving loans"),
        "30": ("信用卡共享额度", "shared by cards"),
        "31": ("信用卡独立额度", "of one card"),
    },
)
FACILITY_STATES = code_table(
    "授信协议状态", "state of the facility", {"1": ("有效", "valid"), "2": ("到期/失效", "ended")}
)
JUDGMENT_CLOSINGS = code_table(
    "民事判决结案方式",
    "how the case was closed",
    {"1": ("判决", "judgment"), "2": ("调解", "mediation"), "3": ("其他", "other")},
)
ENFORCEMENT_CLOSINGS = code_table(
    "强制执行结案方式",
    "how the enforcement was closed",
    {
        "001": ("不予执行", "not enforced"),
        "002": ("自动履行", "performed without force"),
        "003": ("和解履行完毕", "settled and performed"),
        "004": ("执行完毕", "enforced in full"),
        "005": ("终结执行", "ended"),
        "006": ("提级执行", "taken over by a higher court"),
        "007": ("指定执行", "given to another court"),
        "255": ("其他", "other"),
    },
)
