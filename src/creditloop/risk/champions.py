"""Champion and challengers (冠军与挑战者): who is decided by which strategy, by hash, and who only looks on.

1. salt and party id are hashed: a number below 1, the same on any machine and in any order of cases
2. the arms stand one after the other, the champion first, each as long as its share: the one the number falls
   into decides; another salt draws anew
3. a shadow (陪跑) judges the same case and decides nothing
An experiment is a document: arms, shares, salt and days, each number with its source.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Document, Node, Source, source_from_node
from creditloop.risk.rules import Wording, name_from_node, wording_from_node

NANO = 1_000_000_000
"""A share of 1."""
CHAMPION = "champion"
"""The name of the arm that has decided so far."""
_STEPS = 2**64
"""The first eight bytes of a SHA-256 are read as a whole number below this."""


def drawn(*, party_id: str, salt: str) -> int:
    """Return the number a party draws: eight bytes of the SHA-256 of salt and id, 0 to 2**64 - 1."""
    return int.from_bytes(hashlib.sha256(f"{salt}{party_id}".encode()).digest()[:8])


def falls_below(number: int, *, share_nano: int) -> bool:
    """Whether a number that was drawn lies below a share of all numbers.

    >>> falls_below(0, share_nano=0), falls_below(2**64 - 1, share_nano=1_000_000_000)
    (False, True)
    """
    return number * NANO < share_nano * _STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A strategy that decides a share of the cases: `document` is its path from the bank's folder."""

    name: str
    document: str
    share_nano: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A strategy that judges every case of the experiment and decides none."""

    name: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """An experiment, as its document says; it runs on the days from `since` up to, not including, `until`.

    Attributes:
        arms: the champion first; their shares add up to 1.
    """

    name: str
    product: str
    stage: str
    title: Wording
    document: Document
    since: date
    until: date
    salt: str
    arms: tuple[Arm, ...]
    shadows: tuple[Shadow, ...]
    source: Source

    def runs_on(self, day: date) -> bool:
        """Whether the experiment runs on a day."""
        return self.since <= day < self.until

    def arm_of(self, party_id: str) -> Arm:
        """Return the arm a party falls into: the same whenever it is asked."""
        number, border = drawn(party_id=party_id, salt=self.salt), 0
        for arm in self.arms:
            border += arm.share_nano
            if falls_below(number, share_nano=border):
                return arm
        raise AssertionError("the shares of an experiment add up to 1")


def read_experiment(document: Document) -> Experiment:
    """Read an experiment.

    Raises: PolicyError naming file, line and field: shares that do not add up to 1, a name or a document that
        stands twice among the arms, days the wrong way round.
    """
    required = ["experiment", "product", "stage", "title", "from", "to", "salt", "champion", "challengers"]
    entries = document.root.mapping(required=[*required, "source"], optional=["shadow"])
    since, until = entries["from"].day(), entries["to"].day()
    if until <= since:
        raise entries["to"].fail("an experiment ends after it begins", got=until, expected=f"> {since}")
    challengers = tuple(_challengers(entries["challengers"]))
    given = sum(arm.share_nano for arm in challengers)
    if given >= NANO:
        raise entries["challengers"].fail(
            "the champion keeps a share of the cases",
            got=f"{given} billionths given away",
            expected=f"< {NANO}",
        )
    champion = entries["champion"].mapping(required=["document"], optional=[])
    arms = (
        Arm(name=CHAMPION, document=champion["document"].text(), share_nano=NANO - given),
        *challengers,
    )
    shadows = tuple(_shadows(entries["shadow"])) if "shadow" in entries else ()
    _check_apart(document.root, [*arms, *shadows])
    return Experiment(
        name=name_from_node(entries["experiment"], what="experiment"),
        product=entries["product"].text(),
        stage=entries["stage"].text(),
        title=wording_from_node(entries["title"]),
        document=document,
        since=since,
        until=until,
        salt=entries["salt"].text(),
        arms=arms,
        shadows=shadows,
        source=source_from_node(entries["source"]),
    )


def _challengers(node: Node) -> Iterator[Arm]:
    if not node.items():
        raise node.fail("an experiment has a challenger", got="none", expected="at least one")
    for item in node.items():
        parts = item.mapping(required=["name", "document", "share", "source"], optional=[])
        source_from_node(parts["source"])
        share = constant_from_node(parts["share"], kind=Kind.NANO)
        if not isinstance(share, int) or not 0 < share < NANO:
            raise parts["share"].fail(
                "not the share of a challenger", got=parts["share"].value, expected="above 0 and below 1"
            )
        yield Arm(
            name=name_from_node(parts["name"], what="arm"),
            document=parts["document"].text(),
            share_nano=share,
        )


def _shadows(node: Node) -> Iterator[Shadow]:
    for item in node.items():
        parts = item.mapping(required=["name", "document"], optional=[])
        yield Shadow(name=name_from_node(parts["name"], what="shadow"), document=parts["document"].text())


def _check_apart(root: Node, entries: list[Arm | Shadow]) -> None:
    """Refuse two of one name, and two of one document: they could not be told apart afterwards."""
    for told in ("name", "document"):
        given = [getattr(entry, told) for entry in entries]
        if twice := next((value for value in given if given.count(value) > 1), None):
            raise root.fail(f"the same {told} stands twice in an experiment", got=twice, expected="each once")
