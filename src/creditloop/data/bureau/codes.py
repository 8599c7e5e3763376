"""Codes that a person's and a firm's report share (代码表).

Found in public sources: `xyy15926/aki7proj:azkaban/pboc_conf.py`, the class `PbcReportCodeMapping` of a
rating firm, and the enumerations `CreditReport…Enum` of `caochun/zswl-mithras`, which give the five-tier
classes, a firm's business kinds, forms of lending and liabilities the same codes. That kinds of institutions
are one list for persons and firms is our reading: both reports name the field alike. The English is ours.
"""

from creditloop.data.bureau.reading.code_table import CodeTable, code_table
from creditloop.data.contracts import Words

CLASSES = code_table(
    "五级分类",
    "five-tier class",
    {
        "1": ("正常", "normal"),
        "2": ("关注", "special mention"),
        "3": ("次级", "substandard"),
        "4": ("可疑", "doubtful"),
        "5": ("损失", "loss"),
        "6": ("违约", "default"),
        "9": ("未分类", "not classified"),
    },
)
INSTITUTIONS = code_table(
    "机构类型",
    "kind of institution",
    {
        "11": ("商业银行", "commercial bank"),
        "12": ("村镇银行", "village bank"),
        "14": ("住房储蓄银行", "building society"),
        "15": ("外资银行", "foreign bank"),
        "16": ("财务公司", "group finance company"),
        "21": ("信托公司", "trust company"),
        "22": ("融资租赁公司", "leasing company"),
        "23": ("汽车金融公司", "car finance company"),
        "24": ("消费金融公司", "consumer finance company"),
        "25": ("贷款公司", "loan company"),
        "26": ("金融资产管理公司", "asset management company"),
        "31": ("证券公司", "securities firm"),
        "41": ("保险公司", "insurer"),
        "51": ("小额贷款公司", "micro-lender"),
        "52": ("公积金管理中心", "housing fund centre"),
        "53": ("融资担保公司", "guarantee company"),
        "54": ("保理公司", "factoring company"),
        "99": ("其他机构", "other institution"),
    },
)
FIRM_BUSINESS_KINDS = code_table(
    "企业借贷业务种类",
    "kind of business, a firm's",
    {
        "10": ("企业债", "corporate bond"),
        "11": ("贷款", "loan"),
        "12": ("贸易融资", "trade finance"),
        "13": ("保理融资", "factoring"),
        "14": ("融资租赁", "leasing"),
        "15": ("证券类融资", "securities financing"),
        "16": ("透支", "overdraft"),
        "21": ("票据贴现", "bill discounting"),
        "31": ("黄金借贷", "gold lending"),
        "41": ("垫款", "advance"),
        "51": ("资产处置", "disposal of assets"),
    },
)
LOAN_FORMS = code_table(
    "贷款发放形式",
    "form of lending",
    {
        "1": ("新增", "new"),
        "2": ("收回再贷", "lent again after repayment"),
        "3": ("借新还旧", "new loan repays an old one"),
        "4": ("资产重组", "restructured"),
        "5": ("其他机构转入", "taken over from another institution"),
        "9": ("其他", "other"),
    },
)
BORROWER_KINDS = code_table(
    "主借款人身份类别", "kind of main borrower", {"1": ("个人", "person"), "2": ("企业", "firm")}
)
LIABILITIES = code_table(
    "相关还款责任人类型",
    "kind of liable person",
    {
        "1": ("共同借款人", "co-borrower"),
        "2": ("保证人", "guarantor"),
        "3": ("票据承兑人", "acceptor of a bill"),
        "4": ("应收账款债务人", "debtor of a receivable"),
        "5": ("供应链中核心企业", "core firm of a supply chain"),
        "9": ("其他", "other"),
    },
)
_CURRENCIES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP
LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB
PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
"""
CURRENCIES = CodeTable(
    name=Words(zh="币种", en="currency, ISO 4217"),
    codes={code: Words(zh=code, en=code) for code in _CURRENCIES.split()},
)
NOTE_KINDS = code_table(
    "标注及声明类型",
    "kind of note",
    {
        "1": ("异议标注", "the person disputes it"),
        "2": ("特殊标注", "special mark"),
        "3": ("本人声明", "statement of the person"),
        "4": ("机构说明", "explanation of the institution"),
        "5": ("征信中心说明", "explanation of the bureau"),
    },
)
