"""The plan of the second line (二道防线计划): who answers for a card, what is measured when.

A plan document (`examples/taiwan_cards/oversight.yaml`) names the review it watches; a book and a check of
warnings are there only where the bank has them.
"""

from dataclasses import dataclass
from datetime import date

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.storage import list_documents
from creditloop.risk.backtest import Move
from creditloop.service.admitting.review_plan import ReviewPlan, read_review_plan
from creditloop.service.work import Work

_NANO = 10**9
_REQUIRED = (
    "plan",
    "title",
    "review",
    "outcomes_known_on",
    "model",
    "alarms",
    "calibration_bands",
    "stability_months",
    "bootstrap",
    "fairness",
    "challenger",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlan:
    """Who answers for the card; see `oversight.Model`."""

    purpose_zh: str
    purpose_en: str
    materiality: str
    owner: str
    developer: str
    validator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessPlan:
    """Where protected attributes stand, and which features the second card goes without.

    Attributes:
        table: of the contract; `attributes` its coded columns, `age` a column of years or None.
        age_band: policy that puts an age in a band.
        counted_min: cases a group needs to be the yardstick of others.
        without: model features left out of the second card.
    """

    table: str
    attributes: tuple[str, ...]
    age: str | None
    age_band: str | None
    counted_min: int
    without: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengerPlan:
    """How a challenger is chosen: which cut-offs may move, on which part of the decided cases."""

    proposer: str
    simulated: bool
    effective_from: date
    salt: str
    choose_share_nano: int
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightPlan:
    """What the second line does; `book` and `warning` are None where the bank has none."""

    document: Document
    title_zh: str
    title_en: str
    review: ReviewPlan
    book: str | None
    warning: str | None
    outcomes_known_on: date
    model: ModelPlan
    alarms: str
    calibration_bands: int
    stability_months: tuple[date, ...]
    draws: int
    seed: int
    fairness: FairnessPlan
    challenger: ChallengerPlan

    @property
    def product(self) -> str:
        """The product of the review."""
        return self.review.product

    @property
    def known(self) -> Dates:
        """The dates of figures that need the outcomes: the day they were known, the review's rules."""
        return Dates(business_date=self.outcomes_known_on, rules_as_of=self.review.dates.rules_as_of)


def read_oversight_plan(document: Document, *, work: Work) -> OversightPlan:
    """Read a plan and the review plan it names.

    Raises: PolicyError naming file, line and field.
    """
    entries = document.root.mapping(required=_REQUIRED, optional=["book", "warning"])
    entries["plan"].text(among=["oversight"])
    review = read_review_plan(work.places.document(entries["review"].text()))
    known_on = entries["outcomes_known_on"].day()
    if known_on < review.outcome.known_by:
        raise entries["outcomes_known_on"].fail(
            "the outcomes are not known by then", got=known_on, expected=f">= {review.outcome.known_by}"
        )
    title = entries["title"].mapping(required=["zh", "en"], optional=[])
    bootstrap = entries["bootstrap"].mapping(required=["draws", "seed"], optional=[])
    return OversightPlan(
        document=document,
        title_zh=title["zh"].text(),
        title_en=title["en"].text(),
        review=review,
        book=entries["book"].text() if "book" in entries else None,
        warning=entries["warning"].text() if "warning" in entries else None,
        outcomes_known_on=known_on,
        model=_model(entries["model"]),
        alarms=entries["alarms"].text(),
        calibration_bands=entries["calibration_bands"].integer(least=2, most=100),
        stability_months=_months(entries["stability_months"]),
        draws=bootstrap["draws"].integer(least=100),
        seed=bootstrap["seed"].integer(least=0),
        fairness=_fairness(entries["fairness"]),
        challenger=_challenger(entries["challenger"]),
    )


def find_oversight_plan(work: Work, *, product: str) -> OversightPlan | None:
    """Return the plan of the second line that was adopted last for a product; None if there is none."""
    for archived in list_documents(work.connection, kind="plan"):
        document = work.adopted(archived.hash)
        if document.root.mapping(required=["plan"])["plan"].value == "oversight":
            plan = read_oversight_plan(document, work=work)
            if plan.product == product:
                return plan
    return None


def _months(node: Node) -> tuple[date, ...]:
    months = tuple(item.day() for item in node.items())
    if list(months) != sorted(set(months)):
        raise node.fail("months must be in order of time, each once", got=[str(month) for month in months])
    return months


def _model(node: Node) -> ModelPlan:
    keys = ["purpose", "materiality", "owner", "developer", "validator"]
    parts = node.mapping(required=keys, optional=[])
    purpose = parts.pop("purpose").mapping(required=["zh", "en"], optional=[])
    texts = {name: part.text() for name, part in parts.items()}
    return ModelPlan(purpose_zh=purpose["zh"].text(), purpose_en=purpose["en"].text(), **texts)


def _fairness(node: Node) -> FairnessPlan:
    parts = node.mapping(
        required=["table", "attributes", "counted_min", "without"], optional=["age", "age_band"]
    )
    if ("age" in parts) != ("age_band" in parts):
        raise node.fail("an age needs a policy of its bands, and the other way round", got=sorted(parts))
    return FairnessPlan(
        table=parts["table"].text(),
        attributes=tuple(item.text() for item in parts["attributes"].items()),
        age=parts["age"].text() if "age" in parts else None,
        age_band=parts["age_band"].text() if "age_band" in parts else None,
        counted_min=parts["counted_min"].integer(least=1),
        without=tuple(item.text() for item in parts["without"].items()),
    )


def _challenger(node: Node) -> ChallengerPlan:
    keys = ["proposer", "simulated", "effective_from", "split", "moves"]
    parts = node.mapping(required=keys, optional=[])
    split = parts["split"].mapping(required=["salt", "choose_share"], optional=[])
    return ChallengerPlan(
        proposer=parts["proposer"].text(),
        simulated=parts["simulated"].boolean(),
        effective_from=parts["effective_from"].day(),
        salt=split["salt"].text(),
        choose_share_nano=_share(split["choose_share"]),
        moves=tuple(_move(item) for item in parts["moves"].items()),
    )


def _move(node: Node) -> Move:
    parts = node.mapping(required=["parameter", "step", "reach"], optional=[])
    step, reach = _amount(parts["step"]), _amount(parts["reach"])
    if reach < step:
        raise parts["reach"].fail("a cut-off moves one step at least", got=reach, expected=f">= {step}")
    return Move(parameter=parts["parameter"].text(), step=step, reach=reach)


def _amount(node: Node) -> int:
    """Read how far a cut-off moves: a whole number as it stands, a decimal as a ratio in nano."""
    kind = Kind.INTEGER if isinstance(node.value, int) else Kind.NANO
    value = constant_from_node(node, kind=kind)
    if not isinstance(value, int) or value <= 0:
        raise node.fail("a cut-off moves by steps above 0", got=node.value)
    return value


def _share(node: Node) -> int:
    value = constant_from_node(node, kind=Kind.NANO)
    if not isinstance(value, int) or not 0 < value < _NANO:
        raise node.fail("both parts need customers", got=node.value, expected="above 0 and below 1")
    return value
