"""Credit-bureau reports (征信报告) of persons and firms, second generation (二代), read whole or refused.

Bytes go in at `parse_json`, `parse_xml` (a person's), `parse_firm_json`, `parse_firm_xml` (a firm's), or
`parse_report`, which sees what it is given (`parsing`). What the values declare about their keys is read by
`reading`; `person` and `firm` hold the values, codes, rules and what is left out of each; `codes` are those
both use. The values are msgspec structs, frozen like the house's dataclasses and made ten times as fast.
`table_rows` gives flat tables of a person's report; `events` turns a report of either kind into files of the
bank's event sources (`event_rows`, `write_events`).
"""

from creditloop.data.bureau.events import (
    EVENT_COLUMNS,
    EVENT_FINDINGS,
    EventFinding,
    EventRows,
    event_rows,
    write_events,
)
from creditloop.data.bureau.firm import FIRM_NOT_LOADED, FIRM_RULES, FirmReport
from creditloop.data.bureau.parsing import (
    ParsedFirmReport,
    ParsedReport,
    parse_firm_json,
    parse_firm_xml,
    parse_json,
    parse_report,
    parse_xml,
)
from creditloop.data.bureau.person import (
    NOT_LOADED,
    PROTECTED,
    RULES,
    TABLES,
    BureauReport,
    table_rows,
)
from creditloop.data.bureau.reading import RepaymentRecord, ReportFinding, Rule

__all__ = [
    "EVENT_COLUMNS",
    "EVENT_FINDINGS",
    "FIRM_NOT_LOADED",
    "FIRM_RULES",
    "NOT_LOADED",
    "PROTECTED",
    "RULES",
    "TABLES",
    "BureauReport",
    "EventFinding",
    "EventRows",
    "FirmReport",
    "ParsedFirmReport",
    "ParsedReport",
    "RepaymentRecord",
    "ReportFinding",
    "Rule",
    "event_rows",
    "parse_firm_json",
    "parse_firm_xml",
    "parse_json",
    "parse_report",
    "parse_xml",
    "table_rows",
    "write_events",
]
