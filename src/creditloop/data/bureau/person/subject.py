"""The head of a report and the person it is about (报告头、个人基本信息), as values.

Structure, keys and Chinese terms: `moutainhigh/huaxia-plaze-server2`, package
`modules/pboc/domain/{prh,pim,pmm,prm,pom,psm}` (with the published cardinalities), and the field list of
`xyy15926/aki7proj`. English names are ours.
"""

from datetime import date, datetime
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau.person import person_codes as codes
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import FILLED, OPTIONAL, code, part, text, value
from creditloop.data.bureau.reading.places import codes as listed

PROTECTED = frozenset({"born", "education", "degree", "marital_status"})
"""Fields that are protected attributes (受保护属性): not to be read to decide about a person."""


class ReportMark(Struct, frozen=True):
    """Which report this is (报告标识 PA01A)."""

    number: Annotated[str, text("PA01AI01", FILLED)]
    known_at: Annotated[datetime, value("PA01AR01", scalars.moment, FILLED)]


class Request(Struct, frozen=True):
    """Who asked, about whom and why (本次查询请求 PA01B)."""

    document_kind: Annotated[str, code("PA01BD01", codes.DOCUMENT_KINDS, FILLED)]
    document_number: Annotated[str, text("PA01BI01", FILLED, secret=True)]
    institution: Annotated[str | None, text("PA01BI02")]
    reason: Annotated[str, code("PA01BD02", codes.QUERY_REASONS, FILLED)]


class FraudAlert(Struct, frozen=True):
    """A warning that somebody else may act in the person's name (防欺诈警示 PA01D)."""

    alert: Annotated[str, code("PA01DQ01", codes.FRAUD_ALERTS, FILLED)]
    since: Annotated[date | None, value("PA01DR01", scalars.day)]
    until: Annotated[date | None, value("PA01DR02", scalars.day)]


class Disputes(Struct, frozen=True):
    """How many notes of dispute (异议标注) the report holds (PA01E)."""

    count: Annotated[int, value("PA01ES01", scalars.count, FILLED)]


class Head(Struct, frozen=True):
    """The head of the report (报告头 PRH)."""

    mark: Annotated[ReportMark, part("PA01A", ReportMark, FILLED)]
    request: Annotated[Request, part("PA01B", Request, FILLED)]
    fraud_alert: Annotated[FraudAlert | None, part("PA01D", FraudAlert)]
    disputes: Annotated[Disputes | None, part("PA01E", Disputes)]


class Profile(Struct, frozen=True):
    """The person in outline (基本概况 PB01A)."""

    born: Annotated[date | None, value("PB01AR01", scalars.day)]
    education: Annotated[str | None, code("PB01AD02", codes.EDUCATIONS)]
    degree: Annotated[str | None, code("PB01AD03", codes.DEGREES)]
    employment: Annotated[str | None, code("PB01AD04", codes.EMPLOYMENTS)]


class Identity(Struct, frozen=True):
    """The person's identity (身份信息 PB01)."""

    profile: Annotated[Profile | None, part("PB01A", Profile, OPTIONAL)]


class Marriage(Struct, frozen=True):
    """The person's marriage (婚姻信息 PB02), without the spouse."""

    marital_status: Annotated[str | None, code("PB020D01", codes.MARITAL_STATUSES)]


class Residence(Struct, frozen=True):
    """A residence (居住信息 PB03), without the address."""

    kind: Annotated[str | None, code("PB030D01", codes.RESIDENCE_KINDS)]
    updated: Annotated[date | None, value("PB030R01", scalars.day)]


class Occupation(Struct, frozen=True):
    """A position held (职业信息 PB04), without the employer's name and address."""

    employment: Annotated[str | None, code("PB040D01", codes.EMPLOYMENTS)]
    employer_kind: Annotated[str | None, code("PB040D02", codes.EMPLOYER_KINDS)]
    industry: Annotated[str | None, code("PB040D03", codes.INDUSTRIES)]
    occupation: Annotated[str | None, code("PB040D04", codes.OCCUPATIONS)]
    position: Annotated[str | None, code("PB040D05", codes.POSITIONS)]
    title: Annotated[str | None, code("PB040D06", codes.TITLES)]
    since_year: Annotated[int | None, value("PB040R01", scalars.year)]
    updated: Annotated[date | None, value("PB040R02", scalars.day)]


class Score(Struct, frozen=True):
    """The bureau's own score (数字解读 PC01), 0 to 1000, higher is safer; None where it gives none."""

    score: Annotated[int | None, value("PC010Q01", scalars.score)]
    percentile: Annotated[int | None, value("PC010Q02", scalars.percentile)]
    reason_count: Annotated[int | None, value("PC010S01", scalars.count)]
    reasons: Annotated[tuple[str, ...], listed("PC010D01", codes.SCORE_REASONS)]
