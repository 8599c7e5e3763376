"""The head of a firm's report and the firm (报告头 EAA、基本信息 ECA), as values.

Structure, keys and Chinese terms: the class `XmlUtils` of a bank's report reader (paths of every segment)
and the style sheet and templates of `mnwyl123/SmartQUERY`; `企业信用报告` there. Which keys must be there is
not public: only what says which report and which firm it is, is asked for. English names are ours.
"""

from datetime import date, datetime
from typing import Annotated

from msgspec import Struct

from creditloop.data.bureau import codes
from creditloop.data.bureau.firm import firm_codes
from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import FILLED, OPTIONAL, code, part, parts, text, value
from creditloop.kernel.money import Fen


class ReportMark(Struct, frozen=True):
    """Which report this is (报告标识 EA01A)."""

    number: Annotated[str, text("EA01AI01", FILLED)]
    known_at: Annotated[datetime, value("EA01AR01", scalars.moment, FILLED)]


class Request(Struct, frozen=True):
    """Who asked and why (查询信息 EA01B)."""

    institution: Annotated[str | None, text("EA01BI01", OPTIONAL)]
    reason: Annotated[str | None, code("EA01BD02", firm_codes.QUERY_REASONS, OPTIONAL)]


class FirmMark(Struct, frozen=True):
    """A mark of the firm (企业身份标识 EA01CH); its kind as written, see `CREDIT_CODE` and `BUREAU_CODE`."""

    kind: Annotated[str, text("EA01CD01", FILLED)]
    number: Annotated[str, text("EA01CI01", FILLED)]


class FirmMarks(Struct, frozen=True):
    """The firm asked about (被查询企业 EA01C)."""

    name: Annotated[str | None, text("EA01CQ01", OPTIONAL)]
    count: Annotated[int, value("EA01CS01", scalars.count, FILLED)]
    marks: Annotated[tuple[FirmMark, ...], parts("EA01CH", FirmMark, OPTIONAL)]


class Disputes(Struct, frozen=True):
    """How many notes of dispute (异议标注) the report holds (EA01D)."""

    count: Annotated[int, value("EA01DS01", scalars.count, FILLED)]


class Head(Struct, frozen=True):
    """The head of the report (报告头 EA01)."""

    mark: Annotated[ReportMark, part("EA01A", ReportMark, FILLED)]
    request: Annotated[Request | None, part("EA01B", Request, OPTIONAL)]
    firm: Annotated[FirmMarks, part("EA01C", FirmMarks, FILLED)]
    disputes: Annotated[Disputes | None, part("EA01D", Disputes, OPTIONAL)]


class Profile(Struct, frozen=True):
    """The firm in outline (基本概况 EC01), codes as written."""

    economic_type: Annotated[str | None, text("EC010D01", OPTIONAL)]
    organisation_type: Annotated[str | None, text("EC010D02", OPTIONAL)]
    size: Annotated[str | None, text("EC010D03", OPTIONAL)]
    industry: Annotated[str | None, text("EC010D04", OPTIONAL)]
    founded_year: Annotated[int | None, value("EC010R01", scalars.year, OPTIONAL)]
    licence_until: Annotated[date | None, value("EC010R02", scalars.day, OPTIONAL)]
    existence: Annotated[str | None, text("EC010D05", OPTIONAL)]


class Owner(Struct, frozen=True):
    """Who put capital in (出资人 EC020H): what kind, and the share in nano; never who."""

    kind: Annotated[str | None, text("EC020D01", OPTIONAL)]
    owner_kind: Annotated[str | None, code("EC020D02", codes.BORROWER_KINDS, OPTIONAL)]
    share_nano: Annotated[int | None, value("EC020Q02", scalars.share, OPTIONAL)]


class Capital(Struct, frozen=True):
    """Registered capital and main owners (注册资本及主要出资人 EC02); capital in fen."""

    registered_fen: Annotated[Fen | None, value("EC020J01", scalars.amount, OPTIONAL)]
    owner_count: Annotated[int | None, value("EC020S01", scalars.count, OPTIONAL)]
    updated: Annotated[date | None, value("EC020R01", scalars.day, OPTIONAL)]
    owners: Annotated[tuple[Owner, ...], parts("EC020H", Owner, OPTIONAL)]


class Officer(Struct, frozen=True):
    """A position that is held (主要组成人员 EC030H), as written; never by whom."""

    position: Annotated[str | None, text("EC030D02", OPTIONAL)]


class Officers(Struct, frozen=True):
    """The firm's officers (主要组成人员 EC03)."""

    count: Annotated[int | None, value("EC030S01", scalars.count, OPTIONAL)]
    updated: Annotated[date | None, value("EC030R01", scalars.day, OPTIONAL)]
    officers: Annotated[tuple[Officer, ...], parts("EC030H", Officer, OPTIONAL)]


class ParentFirm(Struct, frozen=True):
    """The organisation above the firm (上级机构 EC04), codes as written."""

    kind: Annotated[str | None, text("EC040D01", OPTIONAL)]
    name: Annotated[str | None, text("EC040Q01", OPTIONAL)]
    mark_kind: Annotated[str | None, text("EC040D02", OPTIONAL)]
    mark: Annotated[str | None, text("EC040I01", OPTIONAL)]
    updated: Annotated[date | None, value("EC040R01", scalars.day, OPTIONAL)]


class Controller(Struct, frozen=True):
    """Who controls the firm in fact (实际控制人 EC050H): what kind; never who."""

    kind: Annotated[str | None, code("EC050D01", codes.BORROWER_KINDS, OPTIONAL)]


class Controllers(Struct, frozen=True):
    """Who controls the firm in fact (实际控制人 EC05)."""

    count: Annotated[int | None, value("EC050S01", scalars.count, OPTIONAL)]
    updated: Annotated[date | None, value("EC050R01", scalars.day, OPTIONAL)]
    controllers: Annotated[tuple[Controller, ...], parts("EC050H", Controller, OPTIONAL)]


class Identity(Struct, frozen=True):
    """The firm (基本信息 ECA)."""

    profile: Annotated[Profile | None, part("EC01", Profile, OPTIONAL)]
    capital: Annotated[Capital | None, part("EC02", Capital, OPTIONAL)]
    officers: Annotated[Officers | None, part("EC03", Officers, OPTIONAL)]
    parent: Annotated[ParentFirm | None, part("EC04", ParentFirm, OPTIONAL)]
    controllers: Annotated[Controllers | None, part("EC05", Controllers, OPTIONAL)]
