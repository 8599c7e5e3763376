"""Options that several commands share, named once."""

import getpass
from datetime import date
from typing import Annotated

import typer

from creditloop.kernel.dates import date_from_text

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Database = Annotated[str, typer.Option(help="Name of the bank's database on the embedded server.")]
BusinessDate = Annotated[
    str, typer.Option(metavar="YYYY-MM-DD", help="The day the answer is about (业务日期).")
]
Reason = Annotated[str, typer.Option(help="Why personal data is read; goes to the log of reads.")]
Simulated = Annotated[
    bool, typer.Option("--simulated", help="The person is made up; it stands with the act wherever it shows.")
]
LOOK_UP = "looked up at the command line"
"""The reason if none is said."""
RulesAsOf = Annotated[
    str, typer.Option(metavar="YYYY-MM-DD", help="The day whose rules are used (规则日期).")
]


def reader() -> str:
    """Return who reads at the command line: the operating system's name of the user."""
    return f"cli:{getpass.getuser()}"


def day(text: str) -> date:
    """Read a date option."""
    return date_from_text(text)
