"""特征值与溯源: the window features of one customer as of a day, and each down to the rows it was made of."""

from collections.abc import Sequence
from datetime import date

from creditloop.data.catalogue import CatalogueEntry
from creditloop.data.events import PartyReading, party_features, trace_feature
from creditloop.formula import Kind
from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import InputError
from creditloop.service.console.days import business_day
from creditloop.service.console.features import ShownFeatures, shown_features
from creditloop.service.console.figures import decimal, money, written
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.source_rows import contracts_of
from creditloop.service.console.visit import Page, Visit
from creditloop.service.features import for_the_door
from creditloop.service.portraying import PURPOSE
from creditloop.service.work import Work

_ASKED = ("party", "as_of")


def show_values(visit: Visit) -> Page:
    """Show a page of a customer's features, computed as of a day from what was known by then."""
    party_id, text = visit.path["party_id"], visit.query.get("text", "")
    asked = paging(visit)
    with visit.work() as work:
        shown = shown_features(work)
        as_of = visit.day("as_of") or business_day(visit, work.connection)
        told = {contract.name for contract in contracts_of(work, party_id)}
        found = [entry for entry in shown.catalogue.search(text) if entry.source in told]
        rows = found[asked.skip : asked.skip + ON_A_PAGE]
        values, refused = _values(visit, work, shown, party_id, as_of, rows)
    record = {
        "party_id": party_id,
        "as_of": as_of,
        "text": text,
        "rows": [(entry, values.get(entry.feature.name), shown.version(entry)) for entry in rows],
        "computed": set(values),
        "refused": refused,
        "found": len(found),
        "page": asked.page,
        "pages": asked.pages(len(found)),
        "value_text": value_text,
    }
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (party_id, visit.at(f"/customers/{party_id}")),
        (visit.words("screen.values"), None),
    ]
    return Page(template="values.html", record=record, trail=trail)


def _values(
    visit: Visit,
    work: Work,
    shown: ShownFeatures,
    party_id: str,
    as_of: date,
    rows: Sequence[CatalogueEntry],
) -> tuple[dict[str, int | None], dict[str, str]]:
    """Compute these features and no others; return them by name, and by source why others are not."""
    values, refused = dict[str, int | None](), dict[str, str]()
    sets = {entry.features.hash: entry.features for entry in rows}
    for features in sets.values():
        names = [entry.feature.name for entry in rows if entry.features is features]
        try:
            values |= party_features(
                work.connection,
                features=features,
                reading=_reading(visit, work, shown, features.hash, party_id, as_of),
                names=names,
            )
        except InputError as error:  # the door has logged it
            refused[features.contract] = error.message
    return values, refused


def _reading(
    visit: Visit, work: Work, shown: ShownFeatures, document_hash: str, party_id: str, as_of: date
) -> PartyReading:
    chosen = shown.chosen[document_hash]
    in_force = work.contract(chosen.features.contract)
    return PartyReading(
        contract=for_the_door(chosen.contract, in_force=in_force),
        party_id=party_id,
        as_of=as_of,
        purpose=PURPOSE,
        reader=visit.reader,
        reason=visit.reason,
        now=work.now,
        record_denial=work.record_denial,
    )


def show_trace(visit: Visit) -> Page:
    """Show the events that counted, each with its row; the read is logged.

    Raises: UnknownId for a feature no document stands for; InputError if it is not said whose and when.
    """
    name = visit.path["name"]
    asked = {key: visit.query.get(key, "") for key in _ASKED}
    if lacking := [key for key, value in asked.items() if not value]:
        raise InputError("a feature is traced for a customer and a day", got=lacking, expected=list(_ASKED))
    with visit.work() as work:
        shown = shown_features(work)
        entry = shown.entry(name)
        as_of = date_from_text(asked["as_of"])
        reading = _reading(visit, work, shown, entry.features.hash, asked["party"], as_of)
        trace = trace_feature(work.connection, features=entry.features, name=name, reading=reading)
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (trace.party_id, visit.at(f"/customers/{trace.party_id}")),
        (name, None),
    ]
    record = {
        "trace": trace,
        "value_text": value_text,
        "document": entry.features,
        "version": shown.version(entry),
    }
    return Page(template="trace.html", record=record, trail=trail)


def value_text(value: object, kind: Kind) -> str:
    """Write a feature's value: fen as an amount, nano as a decimal."""
    if isinstance(value, int) and not isinstance(value, bool):
        if kind is Kind.MONEY:
            return money(value)
        if kind is Kind.NANO:
            return decimal(value)
    return written(value)
