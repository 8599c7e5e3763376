"""The doors: bytes of a report, as JSON or XML, to the checked report and its contradictions.

1. The bytes are read by the declared structure (`reading`): every key, text and code.
2. The rules that reject are applied, then those that keep (`person.consistency`, `firm.consistency`).
Whatever fails refuses the report whole; nothing is half read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from creditloop.data.bureau.firm import (
    FIRM_READER,
    FirmReport,
    find_firm_contradictions,
    refuse_firm_contradictions,
)
from creditloop.data.bureau.person import (
    READER,
    BureauReport,
    find_contradictions,
    refuse_contradictions,
)
from creditloop.data.bureau.reading import Fault, ReportFinding, refusal

_FIRM_HEAD, _PERSON_HEAD = b"EA01AI01", b"PA01AI01"
"""Keys of the report's number, which every report of either kind has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReport:
    """A person's report, and the findings (数据问题) about it."""

    report: BureauReport
    findings: tuple[ReportFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFirmReport:
    """A firm's report, and the findings (数据问题) about it."""

    report: FirmReport
    findings: tuple[ReportFinding, ...]


def parse_json(data: bytes) -> ParsedReport:
    """Read a person's bureau report (个人信用报告) from JSON.

    Raises: ContractBroken naming the path of the fault, what was found and what was expected.
    """
    return _or_refused(READER.from_json, _person, data)


def parse_xml(data: bytes) -> ParsedReport:
    """Read a person's bureau report (个人信用报告) from XML; the same values as from JSON.

    Raises: ContractBroken naming the path of the fault, what was found and what was expected.
    """
    return _or_refused(READER.from_xml, _person, data)


def parse_firm_json(data: bytes) -> ParsedFirmReport:
    """Read a firm's bureau report (企业信用报告) from JSON.

    Raises: ContractBroken naming the path of the fault, what was found and what was expected.
    """
    return _or_refused(FIRM_READER.from_json, _firm, data)


def parse_firm_xml(data: bytes) -> ParsedFirmReport:
    """Read a firm's bureau report (企业信用报告) from XML; the same values as from JSON.

    Raises: ContractBroken naming the path of the fault, what was found and what was expected.
    """
    return _or_refused(FIRM_READER.from_xml, _firm, data)


def parse_report(data: bytes) -> ParsedReport | ParsedFirmReport:
    """Read a report of either kind, JSON if it begins with a brace and else XML.

    A report that has a firm's number and no person's is a firm's; every other is read as a person's.

    Raises: ContractBroken naming the path of the fault, what was found and what was expected.
    """
    is_json = data.lstrip()[:1] == b"{"
    if _FIRM_HEAD in data and _PERSON_HEAD not in data:
        return parse_firm_json(data) if is_json else parse_firm_xml(data)
    return parse_json(data) if is_json else parse_xml(data)


Report = TypeVar("Report")
Parsed = TypeVar("Parsed")


def _or_refused(read: Callable[[bytes], Report], checked: Callable[[Report], Parsed], data: bytes) -> Parsed:
    try:
        return checked(read(data))
    except Fault as fault:
        raise refusal(fault) from fault


def _person(report: BureauReport) -> ParsedReport:
    refuse_contradictions(report)
    return ParsedReport(report=report, findings=find_contradictions(report))


def _firm(report: FirmReport) -> ParsedFirmReport:
    refuse_firm_contradictions(report)
    return ParsedFirmReport(report=report, findings=find_firm_contradictions(report))
