"""Which day a screen is of (业务日期): the last business date the bank has on record, and the day of an act.

A figure is of a business date: the book of a month's end, the outcomes known on a day. What is overdue or due
is so on that date, not on the clock's. What a person does now happens on the day it is at the bank now.
"""

from datetime import date, timedelta

from creditloop.admit import find_batches
from creditloop.data import imports
from creditloop.kernel.storage import Connection
from creditloop.monitor import find_runs
from creditloop.oversight import find_model_runs
from creditloop.recover import find_routing_runs
from creditloop.service.console.source_rows import adopted_contract
from creditloop.service.console.visit import Visit
from creditloop.service.work import Work


def business_day(visit: Visit, connection: Connection) -> date:
    """Return the day asked for (`on`), else the last business date on record, else the clock's day."""
    asked = visit.day("on")
    if asked is not None:
        return asked
    recorded = [
        *(one.dates.business_date for one in find_runs(connection)),
        *(one.dates.business_date for one in find_batches(connection)),
        *(one.dates.business_date for one in find_routing_runs(connection)),
        *(one.dates.business_date for one in find_model_runs(connection)),
    ]
    return max(recorded, default=visit.bank.clock().date())


def acting_day(work: Work) -> date:
    """Return the day it is at the bank now, by the clock of the contract imported last; UTC without any."""
    imported = imports(work.connection)
    hours = adopted_contract(work, imported[-1].contract_hash).utc_offset_hours if imported else 0
    return (work.now + timedelta(hours=hours)).date()
