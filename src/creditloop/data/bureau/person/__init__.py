"""A person's credit report (个人信用报告), second generation.

The head and the person (`subject`), accounts (`accounts`, `notes`), facilities, guarantees and queries
(`obligations`), public records (`public_records`), together a `BureauReport` (`report`). Codes are listed in
`account_codes` and `person_codes`; what is left out is in `not_loaded` with the reason. `consistency` holds
the report's statements against each other and against its date. `rows` gives flat tables.
"""

from creditloop.data.bureau.person.consistency import RULES, find_contradictions, refuse_contradictions
from creditloop.data.bureau.person.not_loaded import NOT_LOADED
from creditloop.data.bureau.person.report import READER, BureauReport
from creditloop.data.bureau.person.rows import (
    TABLES,
    table_rows,
)
from creditloop.data.bureau.person.subject import PROTECTED

__all__ = [
    "NOT_LOADED",
    "PROTECTED",
    "READER",
    "RULES",
    "TABLES",
    "BureauReport",
    "find_contradictions",
    "refuse_contradictions",
    "table_rows",
]
