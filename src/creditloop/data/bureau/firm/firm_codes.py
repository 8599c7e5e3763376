"""Codes of a firm's second-generation report (企业信用报告).

Found in public sources: `mnwyl123/SmartQUERY` (`WebRoot/uploadFiles/xsl/XMLtoTHML_E.xsl`, which picks the
report's parts by code, and `dbsrcipt/MySQL/init_data/ONE_DICTIONARIES.sql`), the enumerations
`CreditReport…Enum` and `SearchGoalEnum` of `caochun/zswl-mithras`. Terms are grouped by that style sheet: 10
is 短期借款, 20 and 30 are 中长期借款. Codes no public source lists are read as written. The English is ours.
"""

from creditloop.data.bureau.reading.code_table import code_table

QUERY_REASONS = code_table(
    "查询原因",
    "reason of a query, a firm's",
    {
        "01": ("贷前(保前)审查", "examination before lending or insuring"),
        "02": ("贷中操作", "handling a loan"),
        "03": ("贷后(在保)管理", "monitoring of a loan or of what is insured"),
        "04": ("其他原因", "other"),
        "05": ("关联查询", "query about a related party"),
        "17": ("额度审批", "decision about a limit"),
        "18": ("担保审查", "examination of a guarantee"),
    },
)
ACTIVITIES = code_table(
    "账户活动状态", "whether anything is owed", {"1": ("未结清", "unsettled"), "2": ("已结清", "settled")}
)
ACCOUNT_TYPES = code_table(
    "借贷账户类型",
    "account type, a firm's",
    {
        "C1": ("催收账户", "account under collection"),
        "D1": ("非循环贷账户", "non-revolving loan"),
        "R1": ("循环贷账户", "revolving loan"),
        "R4": ("循环额度下分账户", "drawing under a revolving limit"),
    },
)
TERMS = code_table(
    "借款期限",
    "term of a loan",
    {
        "10": ("短期借款", "short"),
        "20": ("中长期借款", "medium or long"),
        "30": ("中长期借款", "medium or long"),
    },
)
GUARANTEE_KINDS = code_table(
    "担保方式",
    "kind of security, a firm's",
    {
        "0": ("信用/免担保", "none"),
        "1": ("保证", "guarantee"),
        "2": ("质押", "pledge"),
        "3": ("抵押", "mortgage"),
        "4": ("组合", "combined"),
    },
)
REPAYMENT_FORMS = code_table(
    "最近一次还款形式",
    "form of the last repayment",
    {
        "10": ("正常还款", "paid as agreed"),
        "21": ("担保代偿", "paid by the guarantor"),
        "22": ("政策性还款", "paid under a public policy"),
        "31": ("资产重组", "restructured"),
        "32": ("减免", "remitted"),
        "41": ("债权转让", "claim sold"),
        "42": ("债权置换", "claim exchanged"),
        "43": ("资产剥离", "assets split off"),
        "51": ("债转股", "debt turned into shares"),
        "52": ("以资抵债", "settled with assets"),
        "61": ("诉讼追偿", "recovered in court"),
        "62": ("破产清偿", "paid out of bankruptcy"),
        "63": ("委托处置", "disposed of by another"),
        "99": ("其他", "other"),
    },
)
UNPAID_INTEREST_KINDS = code_table(
    "欠息类型",
    "kind of unpaid interest",
    {"1": ("表内", "on the balance sheet"), "2": ("表外", "off the balance sheet")},
)
ACCEPTANCE, LETTER_OF_CREDIT = "51", "61"
"""Kinds of guarantee business told apart: 银行承兑汇票, 信用证; any other is 银行保函及其他业务."""
CREDIT_CODE, BUREAU_CODE = "20", "10"
"""Kinds of a firm's marks the sources tell apart: 统一社会信用代码, 中征码."""
UNDER_RECOVERY = frozenset({"41", "51"})
"""Business kinds that the report groups as 被追偿业务: 垫款, 资产处置."""
