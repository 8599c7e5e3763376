"""Who answers which fact, and which tables are sealed: the whole loop, readable in one file."""

from creditloop import acquire, admit, book, data, lend, monitor, oversight, recover
from creditloop.data import retention
from creditloop.evidence import DeletedRange, DeletionRecords, EmptiedPlace
from creditloop.kernel.storage import KERNEL_TABLES, AppendOnlyTable, Connection
from creditloop.service import attesting, doors, loans
from creditloop.service.acquiring import screening
from creditloop.service.lending import limits
from creditloop.service.monitoring import classifying, warning
from creditloop.service.overseeing import challenging, measuring, renewing, reviews
from creditloop.service.recovering import routing
from creditloop.service.work import Reaction

REACTIONS = (
    # a month was posted → limits are taken over (with the first), debts classified by the rules in force,
    # customers warned about, changed accounts of the whitelist screened again
    Reaction(subscriber="lend.limits", kind="MonthPosted", react=limits.grant_at_migration),
    Reaction(subscriber="monitor.classification", kind="MonthPosted", react=classifying.classify_month),
    Reaction(subscriber="monitor.warning", kind="MonthPosted", react=warning.raise_warnings),
    Reaction(subscriber="acquire.changed_accounts", kind="MonthPosted", react=screening.answer_month),
    # warnings were raised → customers are routed to message, call, agency or litigation
    Reaction(subscriber="recover.routing", kind="WarningsRaised", react=routing.route_warned),
    # limits were reviewed, or a person decided → decisions are carried out, letters written
    Reaction(subscriber="lend.decisions", kind="LimitReviewed", react=limits.answer_review),
    Reaction(subscriber="lend.rulings", kind="ReviewDecided", react=limits.answer_desk),
    # a card was published → the whitelist is screened by it, the invited who have not accepted among them
    Reaction(subscriber="acquire.model_update", kind="CardPublished", react=screening.answer_card),
    # a month was posted, outcomes are known → models whose review is overdue raise an alarm
    Reaction(subscriber="oversight.reviews", kind="MonthPosted", react=reviews.look_at_calendar),
    Reaction(subscriber="oversight.reviews_known", kind="OutcomesKnown", react=reviews.look_at_calendar),
    # the record of a joint loan's payout order is final, or refused → the payout is booked, or ends unpaid
    Reaction(subscriber="lend.joint_payout", kind=attesting.FINAL, react=loans.pay_out_final),
    Reaction(subscriber="lend.joint_payout_refused", kind=attesting.REFUSED, react=loans.end_refused),
    # outcomes are known → everything that waited for them is measured, a challenger is proposed
    Reaction(subscriber="oversight.measures", kind="OutcomesKnown", react=measuring.oversee_outcomes),
    Reaction(subscriber="oversight.challenger", kind="OutcomesKnown", react=challenging.propose_on_outcomes),
    # a renewed model was signed off, or had been when outcomes are known → it is proposed as a challenger
    Reaction(subscriber="oversight.renewal", kind="ModelSignedOff", react=renewing.propose_signed_off),
    Reaction(subscriber="oversight.renewal_known", kind="OutcomesKnown", react=renewing.propose_waiting),
)
"""Who acts on which fact."""


def sealed_tables(connection: Connection) -> tuple[AppendOnlyTable, ...]:
    """Return every append-only table there is, source tables of imported contracts among them."""
    rooms = (data, book, acquire, admit, lend, monitor, recover, oversight, doors, attesting)
    owned = (table for room in rooms for table in room.TABLES)
    return (*KERNEL_TABLES, *data.source_tables(connection), *owned)


def deletion_records() -> DeletionRecords:
    """Return where sealed rows that were deleted or emptied under retention are on record."""
    return DeletionRecords(
        tables=frozenset(retention.RECORD_TABLES), read=_deleted_ranges, read_emptied=_emptied_places
    )


def _deleted_ranges(connection: Connection) -> list[DeletedRange]:
    return [
        DeletedRange(
            record=each.deletion,
            table=each.table,
            batch=str(each.batch_id),
            first=each.first,
            last=each.last,
        )
        for each in retention.deleted_rows(connection)
    ]


def _emptied_places(connection: Connection) -> list[EmptiedPlace]:
    return [
        EmptiedPlace(
            record=each.deletion,
            table=each.table,
            batch=str(each.batch_id),
            row_no=each.row_no,
            rewritten=each.rewritten,
            as_left=each.as_left,
            there=each.there,
        )
        for each in retention.emptied_rows(connection)
    ]
