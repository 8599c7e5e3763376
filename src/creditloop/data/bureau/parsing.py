"""The doors: bytes of a report, as JSON or XML, to the checked report and its contradictions.

1. The bytes are taken apart (`from_json`, `from_xml`); both give the same dictionaries, lists and texts.
2. They are read by the declared structure (`reading`): every key, text and code.
3. The rules that reject are applied, then those that keep (`consistency`).
Whatever fails refuses the report whole; nothing is half read.
"""

from dataclasses import dataclass
from typing import Any

from creditloop.data.bureau.consistency import ReportFinding, find_contradictions, refuse_contradictions
from creditloop.data.bureau.fault import Fault, refusal
from creditloop.data.bureau.from_json import element_from_json
from creditloop.data.bureau.from_xml import element_from_xml
from creditloop.data.bureau.report import READER, BureauReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReport:
    """A report, and the findings (数据问题) about it."""

    report: BureauReport
    findings: tuple[ReportFinding, ...]


def parse_json(data: bytes) -> ParsedReport:
    """Read a person's bureau report (个人信用报告) from JSON.

    Raises: ContractBroken naming the path of the fault, what was found and what was expected.
    """
    try:
        return _checked(element_from_json(data))
    except Fault as fault:
        raise refusal(fault) from fault


def parse_xml(data: bytes) -> ParsedReport:
    """Read a person's bureau report (个人信用报告) from XML; the same values as from JSON.

    Raises: ContractBroken naming the path of the fault, what was found and what was expected.
    """
    try:
        return _checked(element_from_xml(data, lists=READER.lists))
    except Fault as fault:
        raise refusal(fault) from fault


def _checked(element: dict[str, Any]) -> ParsedReport:
    report: BureauReport = READER.read(element)
    refuse_contradictions(report)
    return ParsedReport(report=report, findings=find_contradictions(report))
