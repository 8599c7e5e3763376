"""A firm's credit report (企业信用报告), second generation.

The head and the firm (`subject`), what it owes (`accounts`), what institutions answer for it, have granted it
and what it answers for (`obligations`), public records (`public_records`), together a `FirmReport`
(`report`). Codes are listed in `firm_codes`; what is left out is in `not_loaded` with the reason.
`consistency` holds the report's statements against each other and against its date.
"""

from creditloop.data.bureau.firm.accounts import Account, Performance
from creditloop.data.bureau.firm.consistency import (
    FIRM_RULES,
    find_firm_contradictions,
    refuse_firm_contradictions,
)
from creditloop.data.bureau.firm.not_loaded import NOT_LOADED as FIRM_NOT_LOADED
from creditloop.data.bureau.firm.report import READER as FIRM_READER
from creditloop.data.bureau.firm.report import FirmReport

__all__ = [
    "FIRM_NOT_LOADED",
    "FIRM_READER",
    "FIRM_RULES",
    "Account",
    "FirmReport",
    "Performance",
    "find_firm_contradictions",
    "refuse_firm_contradictions",
]
