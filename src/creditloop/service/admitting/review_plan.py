"""The plan of a review (评审计划): which customers, features, card and policy, as of which day.

A plan document (`examples/taiwan_cards/review.yaml`) names the bank's documents a review is made with; the
same form serves a card book and a file of one row an applicant.
"""

from dataclasses import dataclass
from datetime import date

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import Document, Node, source_from_node
from creditloop.risk import FitSettings, settings_from_node

_NANO = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomePlan:
    """What came of a customer: a column of the contract, and the value that is bad.

    Attributes:
        known_by: the day by whose end it is known.
    """

    table: str
    column: str
    bad: object
    known_by: date
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOutcomePlan:
    """A wider outcome: bad in the first sense, or a number of a dated table at `at_least` since a day."""

    table: str
    column: str
    at_least: int
    since: date
    known_by: date
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPlan:
    """What to fit on, and what to decide by.

    Attributes:
        document: the plan's own text, kept with the decisions it led to.
        features, policy, card_file, mandates, baselines: documents, named relative to the bank's folder.
        amount: the value of a decision whose size says who may decide a referred case; None without mandates.
        leave_out: features that the card is not offered.
        decides: whether anybody may be decided by it; a plan that only fits a card says false.
        experiment: the document of the experiment that requests are decided under; None without one.
        alarms: the policy that judges what a card says when it decides; None: its figures have no level.
    """

    document: Document
    name: str
    product: str
    contract: str
    features: str
    policy: str
    dates: Dates
    outcome: OutcomePlan
    second_outcome: SecondOutcomePlan | None
    salt: str
    fit_share_nano: int
    settings: FitSettings
    card: str
    card_zh: str
    card_en: str
    card_file: str
    leave_out: tuple[str, ...]
    mandates: str | None
    amount: str | None
    baselines: tuple[str, ...]
    decides: bool
    experiment: str | None
    alarms: str | None


def read_review_plan(document: Document) -> ReviewPlan:
    """Read a plan.

    Raises: PolicyError naming file, line and field.
    """
    required = ["plan", "name", "product", "contract", "features", "policy", "as_of", "rules_as_of"]
    required += ["outcome", "split", "card", "fit"]
    optional = ["title", "second_outcome", "review", "baselines", "decides", "experiment", "alarms"]
    entries = document.root.mapping(required=required, optional=optional)
    entries["plan"].text(among=["review"])
    split = entries["split"].mapping(required=["salt", "fit_share", "source"], optional=[])
    source_from_node(split["source"])
    card = entries["card"].mapping(required=["name", "title", "file"], optional=["leave_out"])
    card_title = card["title"].mapping(required=["zh", "en"], optional=[])
    desk = (
        entries["review"].mapping(required=["mandates", "amount"], optional=[]) if "review" in entries else {}
    )
    return ReviewPlan(
        document=document,
        name=entries["name"].text(),
        product=entries["product"].text(),
        contract=entries["contract"].text(),
        features=entries["features"].text(),
        policy=entries["policy"].text(),
        dates=Dates(business_date=entries["as_of"].day(), rules_as_of=entries["rules_as_of"].day()),
        outcome=_outcome(entries["outcome"], as_of=entries["as_of"].day()),
        second_outcome=_second(entries["second_outcome"]) if "second_outcome" in entries else None,
        salt=split["salt"].text(),
        fit_share_nano=_share(split["fit_share"]),
        settings=settings_from_node(entries["fit"]),
        card=card["name"].text(),
        card_zh=card_title["zh"].text(),
        card_en=card_title["en"].text(),
        card_file=card["file"].text(),
        leave_out=tuple(node.text() for node in card["leave_out"].items()) if "leave_out" in card else (),
        mandates=desk["mandates"].text() if desk else None,
        amount=desk["amount"].text() if desk else None,
        baselines=tuple(node.text() for node in entries["baselines"].items())
        if "baselines" in entries
        else (),
        decides=entries["decides"].boolean() if "decides" in entries else True,
        experiment=entries["experiment"].text() if "experiment" in entries else None,
        alarms=entries["alarms"].text() if "alarms" in entries else None,
    )


def _outcome(node: Node, *, as_of: date) -> OutcomePlan:
    parts = node.mapping(required=["table", "column", "bad", "known_by", "meaning"], optional=[])
    if parts["known_by"].day() <= as_of:
        raise parts["known_by"].fail(
            "an outcome is known after the day the features are as of",
            got=parts["known_by"].day(),
            expected=f"> {as_of}",
        )
    if not isinstance(parts["bad"].value, bool | int | str):
        raise parts["bad"].fail(
            "which value is bad?", got=parts["bad"].value, expected="true, false, a number or a text"
        )
    meaning = parts["meaning"].mapping(required=["zh", "en"], optional=[])
    return OutcomePlan(
        table=parts["table"].text(),
        column=parts["column"].text(),
        bad=parts["bad"].value,
        known_by=parts["known_by"].day(),
        zh=meaning["zh"].text(),
        en=meaning["en"].text(),
    )


def _second(node: Node) -> SecondOutcomePlan:
    keys = ["table", "column", "at_least", "since", "known_by", "meaning"]
    parts = node.mapping(required=keys, optional=[])
    meaning = parts["meaning"].mapping(required=["zh", "en"], optional=[])
    return SecondOutcomePlan(
        table=parts["table"].text(),
        column=parts["column"].text(),
        at_least=parts["at_least"].integer(),
        since=parts["since"].day(),
        known_by=parts["known_by"].day(),
        zh=meaning["zh"].text(),
        en=meaning["en"].text(),
    )


def _share(node: Node) -> int:
    value = constant_from_node(node, kind=Kind.NANO)
    if not isinstance(value, int) or not 0 < value < _NANO:
        raise node.fail("both halves need customers", got=node.value, expected="above 0 and below 1")
    return value
