"""Keeping screenings: one append-only batch a screening, with the events it makes of invitations."""

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID

import polars as pl

from creditloop.acquire.invitations import invitation_events
from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.errors import OutOfOrder
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import AppendOnlyTable, Connection, copy_frame, first_recorded, load_queries

SQL = "creditloop.acquire"

TABLES = (
    AppendOnlyTable(
        name="acquire.screening_batch",
        key=("product", "screening_no"),
        columns=(
            *("batch_id", "row_no", "product", "screening_no", "trigger", "business_date", "rules_as_of"),
            *("plan_hash", "contract_hash", "features_hash", "card_hash"),
            *("portrait_policy_hash", "whitelist_policy_hash", "rescreen_policy_hash"),
            *("considered", "screened", "content_hash", "recorded_at"),
        ),
    ),
    AppendOnlyTable(
        name="acquire.screening",
        key=("party_id",),
        columns=(
            *("batch_id", "row_no", "party_id", "segment", "utilisation_band", "payment_habit", "trend"),
            *("score", "pd_nano", "outcome", "rule", "reasons", "cause", "inputs"),
        ),
    ),
    AppendOnlyTable(
        name="acquire.invitation",
        key=("party_id", "event_no"),
        columns=(
            *("batch_id", "row_no", "party_id", "product", "event_no", "kind", "occurred_on", "trigger"),
            *("simulated", "source", "recorded_at"),
        ),
    ),
)

LAST_EVENTS = {
    "party_id": pl.String(),
    "event_no": pl.Int64(),
    "kind": pl.String(),
    "occurred_on": pl.Date(),
}
"""The last event of each party's invitation, as a frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningKey:
    """What makes a screening this one: asked for again with the same key, the first result is found.

    Attributes:
        product: what the parties are invited to.
        trigger: one of `rescreening.TRIGGERS`.
    """

    product: str
    trigger: str
    dates: Dates
    plan_hash: str
    contract_hash: str
    features_hash: str
    card_hash: str
    portrait_policy_hash: str
    whitelist_policy_hash: str
    rescreen_policy_hash: str

    @property
    def batch_id(self) -> UUID:
        """The id made from all of it."""
        rest = {**asdict(self), "dates": self.dates.as_record()}
        return content_id("screening", rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRun:
    """A recorded screening.

    Attributes:
        screening_no: 1, 2, … per product, in the order of recording.
        considered: how many parties were looked at; `screened` how many of them were screened.
        content_hash: SHA-256 of what came out.
    """

    key: ScreeningKey
    screening_no: int
    considered: int
    screened: int
    content_hash: str

    @property
    def batch_id(self) -> UUID:
        """The id of the batch."""
        return self.key.batch_id


def record_screening(
    connection: Connection, *, key: ScreeningKey, screened: pl.DataFrame, considered: int, now: datetime
) -> ScreeningRun:
    """Record a screening and what it means for invitations; the same one again returns the first.

    Args:
        screened: as `screen` returns it.
        considered: how many parties were looked at to find who is screened.
    Raises: ConflictingRepeat if this screening was recorded with another result; OutOfOrder if a later day
        was screened already.
    """
    queries = load_queries(SQL)
    queries.lock_product(connection, product=key.product)
    earlier = find_screenings(connection, product=key.product)
    run = ScreeningRun(
        key=key,
        screening_no=len(earlier) + 1,
        considered=considered,
        screened=screened.height,
        content_hash=_content_hash(screened),
    )
    if (first := find_screening(connection, batch_id=key.batch_id)) is not None:
        return first_recorded(
            first,
            replace(first, content_hash=run.content_hash),  # its number among the screenings may differ
            message="this screening was recorded with another result",
            where={"batch": str(key.batch_id), "trigger": key.trigger, **key.dates.as_record()},
        )
    _check_order(earlier, key)
    _insert(connection, run, screened, check_aware(now, name="now"))
    return run


def find_screening(connection: Connection, *, batch_id: UUID) -> ScreeningRun | None:
    """Return a recorded screening, if it is there."""
    row = load_queries(SQL).find_screening(connection, batch_id=batch_id)
    return None if row is None else _run(row)


def find_screenings(connection: Connection, *, product: str | None = None) -> list[ScreeningRun]:
    """Return every recorded screening, of one product if asked for, in the order of recording."""
    return [_run(row) for row in load_queries(SQL).list_screenings(connection, product=product)]


def last_events(connection: Connection, *, product: str) -> pl.DataFrame:
    """Return the last event of each party's invitation; see `LAST_EVENTS`."""
    rows = list(load_queries(SQL).last_events(connection, product=product))
    return pl.DataFrame(rows, schema=LAST_EVENTS, orient="row")


def _insert(connection: Connection, run: ScreeningRun, screened: pl.DataFrame, now: datetime) -> None:
    key = run.key
    load_queries(SQL).insert_screening(
        connection,
        batch_id=run.batch_id,
        product=key.product,
        screening_no=run.screening_no,
        trigger=key.trigger,
        business_date=key.dates.business_date,
        rules_as_of=key.dates.rules_as_of,
        plan_hash=key.plan_hash,
        contract_hash=key.contract_hash,
        features_hash=key.features_hash,
        card_hash=key.card_hash,
        portrait_policy_hash=key.portrait_policy_hash,
        whitelist_policy_hash=key.whitelist_policy_hash,
        rescreen_policy_hash=key.rescreen_policy_hash,
        considered=run.considered,
        screened=run.screened,
        content_hash=run.content_hash,
        recorded_at=now,
    )
    _copy(connection, "acquire.screening", run.batch_id, screened)
    events = invitation_events(
        screened=screened, last=last_events(connection, product=key.product).drop("occurred_on")
    )
    add_events(
        connection,
        batch_id=run.batch_id,
        product=key.product,
        occurred_on=key.dates.business_date,
        trigger=key.trigger,
        simulated=False,
        events=events,
        now=now,
    )


def add_events(
    connection: Connection,
    *,
    batch_id: UUID,
    product: str,
    occurred_on: date,
    trigger: str,
    simulated: bool,
    events: pl.DataFrame,
    now: datetime,
) -> None:
    """Add events of invitations in one batch: party_id, event_no, kind, source."""
    stated = events.with_columns(
        product=pl.lit(product),
        occurred_on=pl.lit(occurred_on),
        trigger=pl.lit(trigger),
        simulated=pl.lit(simulated),
        recorded_at=pl.lit(check_aware(now, name="now").isoformat()),
    )
    _copy(connection, "acquire.invitation", batch_id, stated)


def _copy(connection: Connection, table: str, batch_id: UUID, rows: pl.DataFrame) -> None:
    numbered = rows.with_row_index("row_no").with_columns(batch_id=pl.lit(str(batch_id)))
    copy_frame(connection, table=table, frame=numbered)


def _check_order(earlier: list[ScreeningRun], key: ScreeningKey) -> None:
    last = max((run.key.dates.business_date for run in earlier), default=key.dates.business_date)
    if key.dates.business_date < last:
        raise OutOfOrder(
            "a later day was screened already",
            got=str(key.dates.business_date),
            expected=f"{last} or later",
            where={"product": key.product, "trigger": key.trigger},
        )


def _content_hash(screened: pl.DataFrame) -> str:
    """Return the SHA-256 of the result as CSV in its order of columns and parties."""
    return hashlib.sha256(screened.write_csv().encode()).hexdigest()


def _run(row: tuple[object, ...]) -> ScreeningRun:
    (_, product, number, trigger, business_date, rules_as_of, *hashes, considered, screened, content) = row
    assert isinstance(business_date, date) and isinstance(rules_as_of, date), "columns of type date"
    plan, contract, features, card, portrait, whitelist, rescreen = map(str, hashes)
    return ScreeningRun(
        key=ScreeningKey(
            product=str(product),
            trigger=str(trigger),
            dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
            plan_hash=plan,
            contract_hash=contract,
            features_hash=features,
            card_hash=card,
            portrait_policy_hash=portrait,
            whitelist_policy_hash=whitelist,
            rescreen_policy_hash=rescreen,
        ),
        screening_no=int(str(number)),
        considered=int(str(considered)),
        screened=int(str(screened)),
        content_hash=str(content),
    )
