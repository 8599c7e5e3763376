"""客户360: everything the bank holds about one customer, each piece with its row and its rule."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from creditloop.acquire import InvitationEvent, Screened, find_invitations, find_portrait, find_screenings
from creditloop.admit import find_cases as find_reviews
from creditloop.admit import find_decisions
from creditloop.book import HistoryLine, find_event_rows, history
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection
from creditloop.lend import (
    LimitEvent,
    LimitPosition,
    find_agreements,
    find_letters,
    find_limit_history,
    find_position,
)
from creditloop.monitor import ClassificationRun, VerdictRow, find_party_warnings, verdicts_of
from creditloop.recover import find_cases, find_contact_events
from creditloop.service.console.days import business_day
from creditloop.service.console.source_rows import source_tables_of
from creditloop.service.console.sources import last_day, portrayed, source_states
from creditloop.service.console.timeline import moments, source_moments
from creditloop.service.console.traces import value_text
from creditloop.service.console.visit import Page, Record, Visit
from creditloop.service.console.warnings import warning_texts
from creditloop.service.work import Work

_READ = (
    ("creditloop.book", "book.event"),
    ("creditloop.monitor", "monitor.classification"),
    ("creditloop.monitor", "monitor.warning"),
    ("creditloop.admit", "admit.decision"),
    ("creditloop.admit", "admit.review_case"),
    ("creditloop.lend", "lend.limit_event"),
    ("creditloop.lend", "lend.agreement"),
    ("creditloop.lend", "lend.letter"),
    ("creditloop.recover", "recover.case"),
    ("creditloop.recover", "recover.contact_event"),
    ("creditloop.acquire", "acquire.screening"),
    ("creditloop.acquire", "acquire.invitation"),
)
"""What of our own records this screen shows of a customer."""


def show_customer(visit: Visit) -> Page:
    """Show one customer; every part of it is a logged read."""
    party_id = visit.path["party_id"]
    with visit.work() as work:
        record = {"party_id": party_id, **customer_record(visit, work, party_id=party_id)}
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.customers"), visit.at("/customers")),
        (party_id, None),
    ]
    return Page(template="customer.html", record=record, trail=trail)


def customer_record(visit: Visit, work: Work, *, party_id: str) -> Record:
    """Put together what is known of a customer.

    Raises: UnknownId if the bank has no such customer.
    """
    connection = work.connection
    tables = source_tables_of(visit, work, party_id=party_id)
    lines, places = _booked(connection, party_id)
    if not lines and not any(one.rows or one.denied for one in tables):
        raise UnknownId("neither the book nor any source tells of such a customer", got=party_id)
    verdicts = verdicts_of(connection, party_id=party_id)
    latest = verdicts[-1] if verdicts else None
    portrait, invitations = _portrait(connection, party_id, business_day(visit, connection))
    as_of = visit.day("as_of") or last_day(tables, otherwise=business_day(visit, connection))
    told: dict[str, object] = {
        "verdicts": verdicts,
        "decisions": find_decisions(connection, party_id=party_id),
        "limits": _limits(connection, party_id),
        "warnings": find_party_warnings(connection, party_id=party_id),
        "cases": find_cases(connection, party_id=party_id),
        "contacts": find_contact_events(connection, party_id=party_id),
        "invitations": invitations,
    }
    runs = {run.versions.policy_hash: run for run, _ in find_party_warnings(connection, party_id=party_id)}
    for package, table in _READ:
        visit.log_read(work, package=package, table=table, columns=["*"], parties_count=1, party_id=party_id)
    return {
        **told,
        "tables": tables,
        "events": [(line, places[line.event.sequence]) for line in lines],
        "latest": latest,
        "texts": {policy_hash: warning_texts(work, run) for policy_hash, run in runs.items()},
        "portrait": portrait,
        "position": _position(connection, party_id, latest),
        "agreements": find_agreements(connection, party_id=party_id),
        "letters": find_letters(connection, party_id=party_id),
        "reviews": find_reviews(connection, party_id=party_id),
        "as_of": as_of,
        "simulated": any(row["batch_id"] in one.simulated for one in tables for row in one.rows),
        "sources": source_states(visit, work, party_id=party_id, tables=tables, as_of=as_of),
        "portrayed": portrayed(visit, work, party_id=party_id, tables=tables, as_of=as_of),
        "value_text": value_text,
        "source_moments": source_moments(visit.words, tables),
        "moments": moments(visit.words, party_id=party_id, **told),  # type: ignore[arg-type]  # by name, as told
    }


def _booked(
    connection: Connection, party_id: str
) -> tuple[Sequence[HistoryLine], Mapping[int, tuple[UUID, int]]]:
    """Return the events of the book with their rows; none of a customer of whom sources tell, and no loan."""
    try:
        return history(connection, party_id=party_id), find_event_rows(connection, party_id=party_id)
    except UnknownId:
        return (), {}


def _limits(connection: Connection, party_id: str) -> Sequence[LimitEvent]:
    """Return the history of a limit; none of a customer whose limit the bank has not taken over."""
    try:
        return find_limit_history(connection, party_id=party_id)
    except UnknownId:
        return ()


def _position(
    connection: Connection, party_id: str, latest: tuple[ClassificationRun, VerdictRow] | None
) -> LimitPosition | None:
    """Return how the limit is used on the last business date; None without a limit or a balance."""
    if latest is None:
        return None
    run, verdict = latest
    try:
        return find_position(
            connection, party_id=party_id, owed_fen=verdict.owed_fen, on=run.dates.business_date
        )
    except UnknownId:
        return None


def _portrait(
    connection: Connection, party_id: str, on: date
) -> tuple[Screened | None, tuple[InvitationEvent, ...]]:
    """Return the last portrait and what happened to the invitations; nothing if never screened."""
    for run in reversed(find_screenings(connection)):
        product = run.key.product
        try:
            portrait = find_portrait(connection, product=product, party_id=party_id, on=on)
        except UnknownId:
            continue
        return portrait, find_invitations(connection, product=product, party_id=party_id)
    return None, ()
