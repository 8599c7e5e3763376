"""A rule (规则): a condition of the language, an id that stays over versions, and the reason it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from creditloop.formula import Kind, Step, check_name
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError

OTHERWISE = "otherwise"
"""The id of what holds where no rule matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A text in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCode:
    """Why (原因码): a stable code and its wording, Chinese and English.

    Attributes:
        customer: how a letter tells it to the customer, where that is not how the bank tells it to itself.
    """

    code: str
    zh: str
    en: str
    customer: Wording | None = None

    def as_record(self) -> dict[str, object]:
        """Return the reason as plain data, with its customer wording where it has one."""
        record: dict[str, object] = {"code": self.code, "zh": self.zh, "en": self.en}
        if self.customer is not None:
            record["customer"] = {"zh": self.customer.zh, "en": self.customer.en}
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A condition with its reason.

    Attributes:
        id: an ASCII identifier that keeps its meaning over versions.
        when: the condition, in the language of `formula`.
        where: the place of the condition, for errors.
    """

    id: str
    when: str
    reason: ReasonCode
    where: Mapping[str, object] = field(default_factory=dict)

    @property
    def step_name(self) -> str:
        """The name of its condition as a step of a program."""
        return f"when_{self.id}"

    def step(self) -> Step:
        """The condition as a step of a program."""
        return Step(self.step_name, self.when, self.where, Kind.BOOLEAN)


def wording_from_node(node: Node) -> Wording:
    """Read a text in both languages ({zh, en})."""
    parts = node.mapping(required=["zh", "en"], optional=[])
    return Wording(zh=parts["zh"].text(), en=parts["en"].text())


def reason_from_node(node: Node) -> ReasonCode:
    """Read `reason:` ({code, zh, en, customer?}); the first three must be there."""
    parts = node.mapping(required=["code", "zh", "en"], optional=["customer"])
    return ReasonCode(
        code=parts["code"].text(),
        zh=parts["zh"].text(),
        en=parts["en"].text(),
        customer=wording_from_node(parts["customer"]) if "customer" in parts else None,
    )


def name_from_node(node: Node, *, what: str) -> str:
    """Read an id: an ASCII identifier."""
    try:
        return check_name(node.text(), what=what)
    except InputError as error:
        raise node.fail(error.message, got=error.got, expected=error.expected) from error


def rule_from_node(node: Node, *, condition: str | None = None) -> Rule:
    """Read a rule from its mapping: `id`, `when`, `reason`; other keys are its owner's to check.

    Args:
        condition: the condition, where its owner has read `when` already; None: `when` is a text.
    Raises: PolicyError naming file, line and field.
    """
    parts = node.mapping(required=["id", "when", "reason"])
    name = name_from_node(parts["id"], what="rule")
    if "__" in name or name == OTHERWISE:
        raise parts["id"].fail("not a name for rule", got=name, expected="no `__`, and not `otherwise`")
    when = parts["when"]
    if condition is None:
        condition = str(when.value).lower() if isinstance(when.value, bool) else when.text()
    return Rule(id=name, when=condition, reason=reason_from_node(parts["reason"]), where=when.where)
