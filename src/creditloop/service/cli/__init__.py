"""The command line: `creditloop …`, also `python -m creditloop`.

One file per group of commands: `database` (up, down, status), `data` (import, findings, lineage, reads),
`policy`, `book` (post, balances, history, refunds), `portfolio`, `evidence`, `demo`, `jobs` (work). A
command reads its arguments, opens the bank, calls the rooms, and hands a record to `output`, which prints
it as tables or as one JSON object.
"""

from creditloop.service.cli.program import main

__all__ = ["main"]
