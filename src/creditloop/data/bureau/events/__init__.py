"""From a bureau report to the bank's event sources: files that `import_file` takes under their contracts.

`event_rows` (`rows`) gives one table for each contract (`frames`: bureau_accounts, bureau_months,
bureau_queries, bureau_guarantees, bureau_records) from a person's report (`person_events`) or a firm's
(`firm_events`); every row is known on the report's day. Report codes become contract values by the tables in
`values`; a code without a value goes in as `code_…`, for the contract to find, and what cannot be told in a
contract's columns stays out: both are an `EventFinding` (`gathering`). `numbers` makes numbers that last.
"""

from creditloop.data.bureau.events.frames import EVENT_COLUMNS, write_events
from creditloop.data.bureau.events.gathering import EVENT_FINDINGS, EventFinding
from creditloop.data.bureau.events.rows import EventRows, event_rows

__all__ = [
    "EVENT_COLUMNS",
    "EVENT_FINDINGS",
    "EventFinding",
    "EventRows",
    "event_rows",
    "write_events",
]
