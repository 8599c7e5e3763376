"""Options that several commands share, named once."""

from datetime import date
from typing import Annotated

import typer

from creditloop.kernel.dates import date_from_text
from creditloop.service.bank import DATABASE, Bank, open_bank
from creditloop.service.places import find_places

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Database = Annotated[str, typer.Option(help="Name of the bank's database on the embedded server.")]
BusinessDate = Annotated[
    str, typer.Option(metavar="YYYY-MM-DD", help="The day the answer is about (业务日期).")
]
RulesAsOf = Annotated[
    str, typer.Option(metavar="YYYY-MM-DD", help="The day whose rules are used (规则日期).")
]


def bank_of(database: str = DATABASE) -> Bank:
    """Open the bank that the process's environment names."""
    return open_bank(places=find_places(), database=database)


def day(text: str) -> date:
    """Read a date option."""
    return date_from_text(text)
