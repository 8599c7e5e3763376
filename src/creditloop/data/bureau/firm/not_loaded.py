"""What a firm's report holds and is not loaded (与征信无关的杂质), each with the reason.

Keys are paths of the report; what stands at or below them is skipped unread. A key that is neither read nor
listed here is refused.
"""

from collections.abc import Mapping

from creditloop.data.contracts import Words

_OTHER = Words(zh="他人信息,未获其授权", en="about another person, who gave no consent")
_CONTACT = Words(zh="联系方式与还款无关", en="ways to reach a firm say nothing about repayment")
_SUMMARY = Words(
    zh="由明细计算,只留一处真相", en="sums of what stands below; computed from it, so there is one truth"
)
_UNRELATED = Words(
    zh="与还款能力和意愿无关",
    en="permits, awards, patents, inspection say nothing about repayment",
)

NOT_LOADED: Mapping[str, Words] = {
    "EAA.EA01.EA01E": Words(
        zh="外币业务不折算入行内来源", en="a rate of exchange; amounts in other currencies are not converted"
    ),
    "EBA": _SUMMARY,
    "EBB": _SUMMARY,
    "EBC": _SUMMARY,
    "EBD": _SUMMARY,
    "EBE": _SUMMARY,
    "ECA.EC01.EC010Q01": _CONTACT,
    "ECA.EC01.EC010Q02": _CONTACT,
    "ECA.EC02.EC020H.EC020Q01": _OTHER,
    "ECA.EC02.EC020H.EC020D03": _OTHER,
    "ECA.EC02.EC020H.EC020I01": _OTHER,
    "ECA.EC03.EC030H.EC030Q01": _OTHER,
    "ECA.EC03.EC030H.EC030D01": _OTHER,
    "ECA.EC03.EC030H.EC030I01": _OTHER,
    "ECA.EC05.EC050H.EC050Q01": _OTHER,
    "ECA.EC05.EC050H.EC050D02": _OTHER,
    "ECA.EC05.EC050H.EC050I01": _OTHER,
    "EFE": _UNRELATED,
    "EFF": _UNRELATED,
    "EFG": Words(
        zh="地方融资规模控制,不适用于小微企业", en="control of local government financing, not of small firms"
    ),
    "EGA": Words(
        zh="财务报表另有来源,只留一处真相",
        en="financial statements are a source of their own",
    ),
    "EIA.EI01.EI010Q01": Words(zh="自由文本,类型和日期已载入", en="free text; its kind and date are loaded"),
}
