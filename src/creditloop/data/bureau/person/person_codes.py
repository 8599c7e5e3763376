"""Codes of the person, the queries and the notes in a second-generation report (二代信用报告).

Found in public sources: `xyy15926/aki7proj:azkaban/pboc_conf.py`, the class `PbcReportCodeMapping` of a
rating firm (documents, score reasons, notes, payment statuses of telephone accounts). The English is ours.
One code differs between them: the industry 信息传输 is `I` in one and `1` in the other; the standard it is
taken from (GB/T 4754) has `I`.
"""

from creditloop.data.bureau.reading.code_table import code_table

DOCUMENT_KINDS = code_table(
    "证件类型",
    "kind of document",
    {
        "1": ("户口簿", "household register"),
        "2": ("护照", "passport"),
        "5": ("港澳居民来往内地通行证", "mainland travel permit, Hong Kong and Macao"),
        "6": ("台湾同胞来往内地通行证", "mainland travel permit, Taiwan"),
        "8": ("外国人居留证", "foreigner's residence permit"),
        "9": ("警官证", "police officer's card"),
        "A": ("香港身份证", "Hong Kong identity card"),
        "B": ("澳门身份证", "Macao identity card"),
        "C": ("台湾身份证", "Taiwan identity card"),
        "X": ("其他证件", "other"),
        "10": ("身份证", "identity card"),
        "20": ("军人身份证件", "serviceman's card"),
    },
)
QUERY_REASONS = code_table(
    "查询原因",
    "reason of a query",
    {
        "01": ("贷后管理", "monitoring of a loan"),
        "02": ("贷款审批", "decision about a loan"),
        "03": ("信用卡审批", "decision about a card"),
        "08": ("担保资格审查", "examination of a guarantor"),
        "09": ("司法调查", "judicial investigation"),
        "16": ("公积金提取复核查询", "withdrawal from the housing fund"),
        "18": ("股指期货开户", "account for index futures"),
        "19": ("特约商户实名审查", "identity of a merchant"),
        "20": ("保前审查", "examination before insuring"),
        "21": ("保后管理", "monitoring of what is insured"),
        "22": ("法人代表、负责人、高管等资信审查", "examination of a firm's officers"),
        "23": ("客户准入资格审查", "admission of a customer"),
        "24": ("融资审批", "decision about financing"),
        "25": ("资信审查", "examination of credit"),
        "26": ("额度审批", "decision about a limit"),
    },
)
EDUCATIONS = code_table(
    "学历",
    "education",
    {
        "10": ("研究生", "postgraduate"),
        "20": ("本科", "university"),
        "30": ("大专", "college"),
        "40": ("中专、职高、技校", "vocational school"),
        "60": ("高中", "upper secondary school"),
        "90": ("其他", "other"),
        "91": ("初中及以下", "lower secondary school or less"),
        "99": ("未知", "unknown"),
    },
)
DEGREES = code_table(
    "学位",
    "degree",
    {
        "0": ("其他", "other"),
        "1": ("名誉博士", "honorary doctor"),
        "2": ("博士", "doctor"),
        "3": ("硕士", "master"),
        "4": ("学士", "bachelor"),
        "5": ("无", "none"),
        "9": ("未知", "unknown"),
    },
)
EMPLOYMENTS = code_table(
    "就业状况",
    "employment",
    {
        "11": ("国家公务员", "civil servant"),
        "13": ("专业技术人员", "professional"),
        "17": ("职员", "clerk"),
        "21": ("企业管理人员", "manager"),
        "24": ("工人", "worker"),
        "27": ("农民", "farmer"),
        "31": ("学生", "student"),
        "37": ("现役军人", "serviceman"),
        "51": ("自由职业者", "freelancer"),
        "54": ("个体经营者", "sole trader"),
        "70": ("无业人员", "without work"),
        "80": ("退(离)休人员", "retired"),
        "90": ("其他", "other"),
        "91": ("在职", "employed"),
        "99": ("未知", "unknown"),
    },
)
MARITAL_STATUSES = code_table(
    "婚姻状况",
    "marital status",
    {
        "10": ("未婚", "unmarried"),
        "20": ("已婚", "married"),
        "30": ("丧偶", "widowed"),
        "40": ("离婚", "divorced"),
        "91": ("单身", "single"),
        "99": ("未知", "unknown"),
    },
)
RESIDENCE_KINDS = code_table(
    "居住状况",
    "kind of residence",
    {
        "1": ("自置", "bought"),
        "2": ("按揭", "mortgaged"),
        "3": ("亲属楼宇", "relatives' home"),
        "4": ("集体宿舍", "dormitory"),
        "5": ("租房", "rented"),
        "6": ("共有住宅", "shared ownership"),
        "7": ("其他", "other"),
        "9": ("未知", "unknown"),
        "11": ("自有", "owned"),
        "12": ("借住", "borrowed"),
    },
)
EMPLOYER_KINDS = code_table(
    "单位性质",
    "kind of employer",
    {
        "10": ("机关、事业单位", "public body"),
        "20": ("国有企业", "state-owned firm"),
        "30": ("外资企业", "foreign-owned firm"),
        "40": ("个体、私营企业", "private firm"),
        "50": ("其他", "other"),
        "99": ("未知", "unknown"),
    },
)
INDUSTRIES = code_table(
    "行业",
    "industry, GB/T 4754",
    {
        "A": ("农、林、牧、渔业", "farming, forestry, fishing"),
        "B": ("采矿业", "mining"),
        "C": ("制造业", "manufacturing"),
        "D": ("电力、热力、燃气及水生产和供应业", "utilities"),
        "E": ("建筑业", "construction"),
        "F": ("批发和零售业", "trade"),
        "G": ("交通运输、仓储和邮储业", "transport, storage, post"),
        "H": ("住宿和餐饮业", "hotels and restaurants"),
        "I": ("信息传输、软件和信息技术服务业", "information technology"),
        "J": ("金融业", "finance"),
        "K": ("房地产业", "real estate"),
        "L": ("租赁和商务服务业", "leasing and business services"),
        "M": ("科学研究和技术服务业", "research and technical services"),
        "N": ("水利、环境和公共设施管理业", "water, environment, public facilities"),
        "O": ("居民服务、修理和其他服务业", "household and repair services"),
        "P": ("教育", "education"),
        "Q": ("卫生和社会工作", "health and social work"),
        "R": ("文化、体育和娱乐业", "culture, sport, entertainment"),
        "S": ("公共管理、社会保障和社会组织", "public administration"),
        "T": ("国际组织", "international organisations"),
        "9": ("未知", "unknown"),
    },
)
OCCUPATIONS = code_table(
    "职业",
    "occupation",
    {
        "0": ("国家机关、党群组织、企业、事业单位负责人", "head of an organisation"),
        "1": ("专业技术人员", "professional"),
        "3": ("办事人员和有关人员", "clerk"),
        "4": ("商业、服务业人员", "trade and services"),
        "5": ("农、林、牧、渔、水利业生产人员", "farming, forestry, fishing"),
        "6": ("生产、运输设备操作人员及有关人员", "production and transport"),
        "X": ("军人", "serviceman"),
        "Y": ("不便分类的其他从业人员", "not classified"),
        "Z": ("未知", "unknown"),
    },
)
POSITIONS = code_table(
    "职务",
    "position",
    {
        "1": ("高级领导", "senior manager"),
        "2": ("中级领导", "middle manager"),
        "3": ("一般员工", "employee"),
        "4": ("其他", "other"),
        "9": ("未知", "unknown"),
    },
)
TITLES = code_table(
    "职称",
    "professional title",
    {
        "0": ("无", "none"),
        "1": ("高级", "senior"),
        "2": ("中级", "middle"),
        "3": ("初级", "junior"),
        "9": ("未知", "unknown"),
    },
)
SCORE_REASONS = code_table(
    "分数说明",
    "reason of the bureau's score",
    {
        "00": ("无影响因素", "none"),
        "01": ("存在逾期还款记录", "late payments on record"),
        "02": ("存在展期记录", "extensions on record"),
        "03": ("当前债务相对较多", "owes much"),
        "04": ("当前信用卡债务笔数相对较多", "many card debts"),
        "05": ("当前债务笔数相对较多", "many debts"),
        "06": ("当前信用卡额度使用率相对较高", "card limits used up"),
        "07": ("信用历史较短", "short credit history"),
        "08": ("信用卡历史较短", "short card history"),
        "09": ("近期新增债务笔数较多", "many new debts"),
        "10": ("近期硬查询次数较多", "many recent queries for credit"),
        "11": ("近期没有信用活动", "no recent activity"),
        "12": ("信用活动相对较为单一", "little variety of activity"),
        "13": ("近期信用卡信息相对不足", "little recent about cards"),
        "14": ("近期贷款信息相对不足", "little recent about loans"),
        "15": ("近期信用信息相对不足", "little recent about credit"),
        "16": ("债务种类相对不够丰富", "few kinds of debt"),
        "91": ("无信贷记录", "no credit record"),
        "92": ("信用历史小于3个月", "less than 3 months of history"),
        "93": ("缺少近两年的信贷信息", "nothing within two years"),
        "99": ("其他", "other"),
    },
)
FRAUD_ALERTS = code_table("防欺诈警示标志", "fraud alert", {"0": ("无", "none"), "1": ("有", "alert")})
POSTPAID_KINDS = code_table(
    "后付费账户类型",
    "kind of postpaid account",
    {"TE": ("电信缴费账户", "telephone"), "UE": ("公用事业缴费账户", "utility")},
)
POSTPAID_SERVICES = code_table(
    "后付费业务类型",
    "postpaid service",
    {
        "0": ("其他业务", "other"),
        "1": ("固定电话", "fixed telephone"),
        "2": ("移动电话", "mobile telephone"),
        "3": ("互联网接入", "internet access"),
        "4": ("数据专线及集群业务", "leased lines"),
        "5": ("卫星业务", "satellite"),
        "6": ("组合业务", "combined"),
    },
)
POSTPAID_MONTHS = code_table(
    "缴费状态",
    "payment status of a postpaid month",
    {
        "#": ("未知", "unknown"),
        "*": ("服务已开通但本月不需缴费", "nothing due this month"),
        "N": ("正常", "paid"),
        "0": ("欠费超过宽限期不足1个月", "past the grace period, less than a month"),
        "1": ("欠费超过宽限期1个月不足2个月", "1 month past the grace period"),
        "2": ("欠费超过宽限期2个月不足3个月", "2 months past the grace period"),
        "3": ("欠费超过宽限期3个月不足4个月", "3 months past the grace period"),
        "4": ("欠费超过宽限期4个月不足5个月", "4 months past the grace period"),
        "5": ("欠费超过宽限期5个月不足6个月", "5 months past the grace period"),
        "6": ("欠费超过宽限期6个月以上", "6 months or more past the grace period"),
        "C": ("销户", "closed"),
        "G": ("结束", "ended"),
    },
)
HOUSING_FUND_STATES = code_table(
    "公积金缴费状态",
    "state of the housing fund account",
    {"1": ("缴交", "paying in"), "2": ("封存", "sealed"), "3": ("销户", "closed")},
)
