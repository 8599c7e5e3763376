"""The plan of a rating (评级方案): portrait, learners with their features by dimension, fusion, policies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from creditloop.kernel.documents import Document, Node, Source, source_from_node
from creditloop.risk import Wording

_REQUIRED = (
    *("firm_rating", "product", "title", "simulated", "portrait", "owner", "guarantee_steps_max"),
    *("fusion", "policies", "learners"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedFeature:
    """A feature of the portrait that a card is offered, and why it stands in its dimension."""

    name: str
    why: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionPlan:
    """A question that a card answers, and the features that tell of it."""

    name: str
    title: Wording
    features: tuple[OfferedFeature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerPlan:
    """A card, and what it is offered.

    Attributes:
        card: its document, relative to the bank's folder.
        record: a feature of the portrait; where it is unknown or 0 there is no record (信贷白户), and so no
            answer. None for a learner that needs none.
        without: the boolean that policies read: the learner has no answer.
    """

    name: str
    title: Wording
    card: str
    record: str | None
    without: str
    dimensions: tuple[DimensionPlan, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The features offered, in the order of the plan."""
        return tuple(one.name for dimension in self.dimensions for one in dimension.features)

    def dimension_of(self, feature: str) -> DimensionPlan:
        """Return the dimension a feature stands in."""
        return next(one for one in self.dimensions if feature in {each.name for each in one.features})


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerPlan:
    """Features of the portrait that are asked of the owner: one that tells a record, what is overdue."""

    record: str
    overdue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingPlan:
    """A rating as a bank carries it out.

    Attributes:
        simulated: whether it was fitted on made-up parties; then no decision about a real firm rests on it.
        guarantee_steps_max: guarantors of guarantors that are looked at for a ring.
        policies: documents in order; a later one reads what earlier ones say.
    """

    document: Document
    name: str
    product: str
    title: Wording
    simulated: bool
    portrait: str
    owner: OwnerPlan
    guarantee_steps_max: int
    guarantee_source: Source
    fusion: str
    policies: tuple[str, ...]
    learners: tuple[LearnerPlan, ...]

    def learner(self, name: str) -> LearnerPlan:
        """Return a learner by its name."""
        return next(one for one in self.learners if one.name == name)


def read_rating_plan(document: Document) -> RatingPlan:
    """Read the plan of a rating.

    Raises: PolicyError naming file, line and field; a feature stands in one dimension of a learner, once.
    """
    parts = document.root.mapping(required=_REQUIRED, optional=[])
    owner = parts["owner"].mapping(required=["record", "overdue"], optional=[])
    steps = parts["guarantee_steps_max"].mapping(required=["steps", "source"], optional=[])
    learners = tuple(_learner(node) for node in parts["learners"].items())
    _check_once(parts["learners"], [one.name for one in learners], "learner")
    policies = tuple(node.text() for node in parts["policies"].items())
    if not learners or not policies:
        raise document.root.fail(
            "a rating has learners and policies", got=f"{len(learners)}, {len(policies)}"
        )
    return RatingPlan(
        document=document,
        name=parts["firm_rating"].text(),
        product=parts["product"].text(),
        title=_words(parts["title"]),
        simulated=parts["simulated"].boolean(),
        portrait=parts["portrait"].text(),
        owner=OwnerPlan(record=owner["record"].text(), overdue=owner["overdue"].text()),
        guarantee_steps_max=steps["steps"].integer(least=1, most=50),
        guarantee_source=source_from_node(steps["source"]),
        fusion=parts["fusion"].text(),
        policies=policies,
        learners=learners,
    )


def _learner(node: Node) -> LearnerPlan:
    parts = node.mapping(required=["name", "title", "card", "without", "dimensions"], optional=["record"])
    dimensions = tuple(_dimension(entry) for entry in parts["dimensions"].items())
    learner = LearnerPlan(
        name=parts["name"].text(),
        title=_words(parts["title"]),
        card=parts["card"].text(),
        record=parts["record"].text() if "record" in parts else None,
        without=parts["without"].text(),
        dimensions=dimensions,
    )
    _check_once(parts["dimensions"], [one.name for one in dimensions], "dimension")
    _check_once(parts["dimensions"], learner.features, "feature")
    return learner


def _dimension(node: Node) -> DimensionPlan:
    parts = node.mapping(required=["name", "title", "features"], optional=[])
    return DimensionPlan(
        name=parts["name"].text(),
        title=_words(parts["title"]),
        features=tuple(one for entry in parts["features"].items() for one in _offered(entry)),
    )


def _offered(node: Node) -> Iterator[OfferedFeature]:
    parts: Mapping[str, Node] = node.mapping(required=["names", "why"], optional=[])
    why = _words(parts["why"])
    yield from (OfferedFeature(name=entry.text(), why=why) for entry in parts["names"].items())


def _words(node: Node) -> Wording:
    parts = node.mapping(required=["zh", "en"], optional=[])
    return Wording(zh=parts["zh"].text(), en=parts["en"].text())


def _check_once(node: Node, names: list[str] | tuple[str, ...], what: str) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise node.fail(f"a {what} stands twice", got=twice)
    if not names:
        raise node.fail(f"there is no {what}", got=0)
