"""Days and months that have to lie in the report's past, and do not, with where they stand."""

from collections.abc import Iterator, Sequence
from datetime import date

from creditloop.data.bureau.person.accounts import Account
from creditloop.data.bureau.person.notes import Note
from creditloop.data.bureau.person.report import BureauReport
from creditloop.data.bureau.reading.record import RepaymentRecord
from creditloop.data.bureau.reading.scalars import index_of

Steps = tuple[str | int, ...]
"""Keys and indices that lead to a place, outermost first."""
Late = Iterator[tuple[Steps, date]]
Given = Sequence[tuple[Steps, date | None]]


def days_after(report: BureauReport, made: date) -> Late:
    """Give every day on which something is said to have happened, though it lies after `made`."""
    for index, account in enumerate(report.accounts):
        steps = ("PDA", "PD01", index)
        yield from _after(made, steps, _account_days(account))
        yield from _notes_after(made, steps, "PD01Z", account.notes)
    yield from _obligations_after(report, made)
    yield from _public_after(report, made)
    for index, statement in enumerate(report.statements):
        for number, note in enumerate(statement.notes):
            yield from _after(made, ("POS", "PG01", index, "PG010H", number), [(("PG010R01",), note.added)])
    for index, query in enumerate(report.queries):
        if query.queried > made:
            yield ("POQ", "PH01", index, "PH010R01"), query.queried


def _after(made: date, steps: Steps, given: Given) -> Late:
    return (((*steps, *place), day) for place, day in given if day is not None and day > made)


def _notes_after(made: date, steps: Steps, key: str, notes: tuple[Note, ...]) -> Late:
    added = [((key, f"{key}H", index, f"{key}R01"), note.added) for index, note in enumerate(notes)]
    return _after(made, steps, added)


def _account_days(account: Account) -> Given:
    latest, performance = account.latest, account.performance
    given: list[tuple[Steps, date | None]] = [
        (("PD01A", "PD01AR01"), account.terms.opened),
        (("PD01B", "PD01BR01"), latest.closed),
        (("PD01B", "PD01BR02"), latest.last_repaid),
        (("PD01B", "PD01BR03"), latest.reported),
    ]
    if performance is not None:
        given.append((("PD01C", "PD01CR03"), performance.last_repaid))
        given.append((("PD01C", "PD01CR04"), performance.reported))
    for index, special in enumerate(account.special_transactions):
        given.append((("PD01F", "PD01FH", index, "PD01FR01"), special.occurred))
    return given


def _obligations_after(report: BureauReport, made: date) -> Late:
    for index, facility in enumerate(report.facilities):
        steps: Steps = ("PCA", "PD02", index)
        yield from _after(made, steps, [(("PD02A", "PD02AR01"), facility.terms.since)])
        yield from _notes_after(made, steps, "PD02Z", facility.notes)
    for index, guarantee in enumerate(report.guarantees):
        steps, terms = ("PCR", "PD03", index), guarantee.terms
        given = [(("PD03A", "PD03AR01"), terms.opened), (("PD03A", "PD03AR03"), terms.reported)]
        yield from _after(made, steps, given)
        yield from _notes_after(made, steps, "PD03Z", guarantee.notes)
    for index, postpaid in enumerate(report.postpaid):
        steps = ("PND", "PE01", index)
        yield from _after(made, steps, [(("PE01A", "PE01AR01"), postpaid.terms.opened)])
        yield from _notes_after(made, steps, "PE01Z", postpaid.notes)


def _public_after(report: BureauReport, made: date) -> Late:
    for index, tax in enumerate(report.unpaid_tax):
        yield from _after(made, ("POT", "PF01", index), [(("PF01A", "PF01AR01"), tax.terms.counted)])
        yield from _notes_after(made, ("POT", "PF01", index), "PF01Z", tax.notes)
    for index, judgment in enumerate(report.judgments):
        yield from _after(made, ("PCJ", "PF02", index), [(("PF02A", "PF02AR01"), judgment.terms.filed)])
        yield from _notes_after(made, ("PCJ", "PF02", index), "PF02Z", judgment.notes)
    for index, enforcement in enumerate(report.enforcements):
        terms = enforcement.terms
        given = [(("PF03A", "PF03AR01"), terms.filed), (("PF03A", "PF03AR02"), terms.closed)]
        yield from _after(made, ("PCE", "PF03", index), given)
        yield from _notes_after(made, ("PCE", "PF03", index), "PF03Z", enforcement.notes)
    for index, penalty in enumerate(report.penalties):
        yield from _after(made, ("PAP", "PF04", index), [(("PF04A", "PF04AR01"), penalty.terms.effective)])
        yield from _notes_after(made, ("PAP", "PF04", index), "PF04Z", penalty.notes)
    for index, fund in enumerate(report.housing_fund):
        paid = [(("PF05A", "PF05AR01"), fund.terms.joined), (("PF05A", "PF05AR04"), fund.terms.updated)]
        yield from _after(made, ("PHF", "PF05", index), paid)
        yield from _notes_after(made, ("PHF", "PF05", index), "PF05Z", fund.notes)


def months_after(report: BureauReport, made: date) -> Iterator[tuple[Steps, int]]:
    """Give every month told of that lies after that of `made`, by its place in `MONTHS`."""
    last = index_of(made)
    return ((steps, index) for steps, index in _months(report) if index > last)


def _months(report: BureauReport) -> Iterator[tuple[Steps, int]]:
    for index, account in enumerate(report.accounts):
        steps = ("PDA", "PD01", index)
        if account.performance is not None:
            yield (*steps, "PD01C", "PD01CR01"), index_of(account.performance.month)
        if account.latest.transferred_month is not None:
            yield (*steps, "PD01B", "PD01BR04"), index_of(account.latest.transferred_month)
        if account.record_24m is not None:
            yield (*steps, "PD01D", "PD01DR02"), _last(account.record_24m)
        if account.record_60m is not None:
            yield (*steps, "PD01E", "PD01ER02"), _last(account.record_60m)
        for number, event in enumerate(account.special_events):
            yield (*steps, "PD01G", "PD01GH", number, "PD01GR01"), index_of(event.month)
    for index, postpaid in enumerate(report.postpaid):
        if postpaid.terms.month is not None:
            yield ("PND", "PE01", index, "PE01A", "PE01AR02"), index_of(postpaid.terms.month)
    for index, fund in enumerate(report.housing_fund):
        if fund.terms.first_month is not None:
            yield ("PHF", "PF05", index, "PF05A", "PF05AR02"), index_of(fund.terms.first_month)


def _last(record: RepaymentRecord) -> int:
    return index_of(record.first_month) + len(record.statuses) - 1
