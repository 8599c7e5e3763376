"""A person's credit-bureau report (征信报告), second generation (二代), read whole or refused.

Bytes go in at `parse_json` and `parse_xml` (`parsing`); `from_json` and `from_xml` take them apart into the
same elements; `reading` reads these by what the values declare about their keys (`places`, `scalars`): the
head and the person (`person`), accounts (`accounts`, `record`, `notes`), facilities, guarantees and queries
(`obligations`), public records (`public_records`), together a `BureauReport` (`report`). The values are
msgspec structs, frozen like the house's dataclasses and made ten times as fast. Codes are listed in
`account_codes` and `person_codes` (`code_table`); what is left out is in `not_loaded` with the reason.
`consistency` holds the report's statements against each other and against its date (`occurrences`). A
`fault` carries its path upwards and becomes the error that refuses the report. `rows` gives flat tables.
"""

from creditloop.data.bureau.consistency import RULES, ReportFinding, Rule
from creditloop.data.bureau.not_loaded import NOT_LOADED
from creditloop.data.bureau.parsing import ParsedReport, parse_json, parse_xml
from creditloop.data.bureau.person import PROTECTED
from creditloop.data.bureau.record import RepaymentRecord
from creditloop.data.bureau.report import BureauReport
from creditloop.data.bureau.rows import (
    TABLES,
    account_month_rows,
    account_rows,
    facility_rows,
    guarantee_rows,
    public_record_rows,
    query_rows,
)

__all__ = [
    "NOT_LOADED",
    "PROTECTED",
    "RULES",
    "TABLES",
    "BureauReport",
    "ParsedReport",
    "RepaymentRecord",
    "ReportFinding",
    "Rule",
    "account_month_rows",
    "account_rows",
    "facility_rows",
    "guarantee_rows",
    "parse_json",
    "parse_xml",
    "public_record_rows",
    "query_rows",
]
