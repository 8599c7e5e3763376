"""What a report holds and is not loaded (与征信无关的杂质), each with the reason.

Only what bears on ability or willingness to repay is kept. Keys are paths of the report; what stands at or
below them is skipped unread. A key that is neither read nor listed here is refused.
"""

from collections.abc import Mapping

from creditloop.data.contracts import Words

_PERSON = Words(zh="与还款能力和意愿无关", en="bears on neither ability nor willingness to repay")
_PROTECTED = Words(zh="受保护属性,不得用于决策", en="a protected attribute, not to decide by")
_IDENTITY = Words(zh="身份在查询前另行核验", en="identity is verified before the report is asked for")
_CONTACT = Words(zh="联系方式与还款无关", en="ways to reach a person say nothing about repayment")
_OTHER = Words(zh="他人信息,未获其授权", en="about another person, who gave no consent")
_SUMMARY = Words(
    zh="由明细计算,只留一处真相", en="sums of what stands below; computed from it, so there is one truth"
)
_FREE = Words(zh="自由文本,类型和日期已载入", en="free text; its kind and date are loaded")
_UNCLEAR = Words(
    zh="公开资料对代码含义互相矛盾,以金额为准",
    en="public sources contradict each other about its meaning; the amount beside it is loaded",
)

_NOTED = {
    "PDA.PD01": "PD01Z",
    "PCA.PD02": "PD02Z",
    "PCR.PD03": "PD03Z",
    "PND.PE01": "PE01Z",
    "POT.PF01": "PF01Z",
    "PCJ.PF02": "PF02Z",
    "PCE.PF03": "PF03Z",
    "PAP.PF04": "PF04Z",
    "PHF.PF05": "PF05Z",
}
"""Items that carry notes (标注及声明), and the key of the notes."""

NOT_LOADED: Mapping[str, Words] = {
    "PRH.PA01.PA01B.PA01BQ01": _IDENTITY,
    "PRH.PA01.PA01C": _IDENTITY,
    "PRH.PA01.PA01D.PA01DQ02": _CONTACT,
    "PIM.PB01.PB01A.PB01AD01": _PROTECTED,
    "PIM.PB01.PB01A.PB01AD05": _PROTECTED,
    "PIM.PB01.PB01A.PB01AQ01": _CONTACT,
    "PIM.PB01.PB01A.PB01AQ02": _CONTACT,
    "PIM.PB01.PB01A.PB01AQ03": _PROTECTED,
    "PIM.PB01.PB01B": _CONTACT,
    "PMM.PB02.PB020Q01": _OTHER,
    "PMM.PB02.PB020D02": _OTHER,
    "PMM.PB02.PB020I01": _OTHER,
    "PMM.PB02.PB020Q02": _OTHER,
    "PMM.PB02.PB020Q03": _OTHER,
    "PRM.PB03.PB030Q01": _CONTACT,
    "PRM.PB03.PB030Q02": _CONTACT,
    "POM.PB04.PB040Q01": _CONTACT,
    "POM.PB04.PB040Q02": _CONTACT,
    "POM.PB04.PB040Q03": _CONTACT,
    "PCO": _SUMMARY,
    "PNO": _SUMMARY,
    "PPO": _SUMMARY,
    "PQO": _SUMMARY,
    "PND.PE01.PE01A.PE01AD03": _UNCLEAR,
    "PHF.PF05.PF05A.PF05AQ01": _PERSON,
    "PHF.PF05.PF05A.PF05AQ02": _UNCLEAR,
    "PHF.PF05.PF05A.PF05AQ03": _UNCLEAR,
    "PHF.PF05.PF05A.PF05AQ04": _CONTACT,
    "PBS": Words(
        zh="低保救助:不得因受助而不利", en="poverty relief: to be helped must not count against a person"
    ),
    "PPQ": _PERSON,
    "PAH": _PERSON,
    "POS.PG01.PG010H.PG010Q01": _FREE,
    **{f"{item}.{key}.{key}H.{key}Q01": _FREE for item, key in _NOTED.items()},
}
