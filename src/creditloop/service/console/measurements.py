"""模型指标明细: the figures of measurements, and each one opened up — formula, population, rows, versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup

from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection
from creditloop.oversight import SCORE, Metric, ModelRun, find_metrics, find_model_runs
from creditloop.service.compiled import compiled_card
from creditloop.service.console.charts import Series, line_chart
from creditloop.service.console.figures import percent
from creditloop.service.console.labels import group_words, outcome_words
from creditloop.service.console.measured import Again, measure_again
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Page, Visit, identifier
from creditloop.service.console.words import Words
from creditloop.service.work import Work

_RAISED = ("yellow", "red")
_ALARMS = "alarms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A figure in the measurement it belongs to; `number` is its row there."""

    run: ModelRun
    number: int
    metric: Metric


def show_measurements(visit: Visit) -> Page:
    """List the figures of a measurement, of a card's measurements, or of all; perhaps the alarms alone."""
    card_hash, asked = visit.query.get("card") or None, paging(visit)
    batch_id = identifier(visit.query["batch"], what="measurement") if visit.query.get("batch") else None
    only = visit.query.get("only") or None
    with visit.work() as work:
        places = [
            one
            for one in _places(work.connection, card_hash=card_hash, batch_id=batch_id)
            if only != _ALARMS or one.metric.level in _RAISED
        ]
        shown = places[asked.skip : asked.skip + ON_A_PAGE]
        names = segment_words(work, visit.words, [one.run for one in shown])
    record = {
        "places": shown,
        "names": names,
        "query": {"card": card_hash, "batch": batch_id, "only": only},
        "total": len(places),
        "page": asked.page,
        "pages": asked.pages(len(places)),
    }
    return Page(template="measurements.html", record=record, trail=_trail(visit))


def show_measurement(visit: Visit) -> Page:
    """Show how one figure came about: measured again from the archive, with the rows it is made of."""
    batch_id = identifier(visit.path["batch_id"], what="measurement")
    with visit.work() as work:
        places = _places(work.connection, batch_id=batch_id)
        place = next((one for one in places if str(one.number) == visit.path["row_no"]), None)
        if place is None:
            raise UnknownId("there is no such figure", got=visit.path["row_no"])
        again = measure_again(visit, work, run=place.run, metric=place.metric)
        names = segment_words(work, visit.words, [place.run])
    attribute = place.metric.segment.partition("=")[0]
    groups = [
        one
        for one in places
        if place.metric.segment != attribute
        and one.metric.name == place.metric.name
        and one.metric.segment.startswith(f"{attribute}=")
    ]
    curve = exact_curve(again, visit.words) if again is not None and place.metric.name == "ks" else ""
    record = {"place": place, "again": again, "names": names, "groups": groups, "curve": curve}
    trail = [*_trail(visit, here=False), (visit.words.of("metric", place.metric.name), None)]
    return Page(template="measurement.html", record=record, trail=trail)


def exact_curve(again: Again, words: Words) -> Markup:
    """Draw the shares of all bad and good cases up to each score, from the riskiest: the exact KS curve."""
    shares = {
        words("measurement.bad_share"): [one.bad_share_nano for one in again.scores],
        words("measurement.good_share"): [one.good_share_nano for one in again.scores],
    }
    return line_chart(
        title=words("model.ks_curve"),
        labels=[str(one.score) for one in again.scores],
        series=[
            Series(
                name=name,
                values=[None if one is None else one / 10**7 for one in nano],
                texts=[percent(one) for one in nano],
            )
            for name, nano in shares.items()
        ],
        width=1040,
        height=280,
    )


def segment_words(work: Work, words: Words, runs: Sequence[ModelRun]) -> dict[str, str]:
    """Return the wording of what figures are about: outcomes, groups, and the features of the cards."""
    found = {**group_words(work, words), SCORE: words("column.score")}
    for card_hash in {run.card_hash for run in runs}:
        card = compiled_card(work.adopted(card_hash))
        found |= {one.feature.name: words.pick(one.feature) for one in card.features}
    for product in {run.product for run in runs}:
        found |= outcome_words(work, words, product=product)
    return found


def _places(
    connection: Connection, *, card_hash: str | None = None, batch_id: UUID | None = None
) -> list[Place]:
    runs = find_model_runs(connection, card_hash=card_hash)
    return [
        Place(run=run, number=number, metric=metric)
        for run in runs
        if batch_id in {None, run.batch_id}
        for number, metric in enumerate(find_metrics(connection, batch_id=run.batch_id))
    ]


def _trail(visit: Visit, *, here: bool = True) -> list[tuple[str, str | None]]:
    return [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.models"), visit.at("/models")),
        (visit.words("screen.measurements"), None if here else visit.at("/measurements")),
    ]
