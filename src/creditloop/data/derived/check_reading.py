"""Read cross-checks and classifications, and make the steps that compute them."""

from collections.abc import Sequence

from creditloop.data.contracts import Words
from creditloop.data.derived.definitions import (
    UNKNOWN_CLASS,
    Agreement,
    Classification,
    ClassRow,
    CrossCheck,
    DerivedDraft,
    Effect,
)
from creditloop.data.table_reading import name_from_node, words_from_node
from creditloop.formula import NUMBERS, Kind, Step, cell_text, constant_from_node
from creditloop.kernel.documents import Node, source_from_node


def check_from_node(node: Node, *, draft: DerivedDraft) -> tuple[CrossCheck, Step]:
    """Read a cross-check of a feature that stands before it."""
    parts = node.mapping(
        required=["code", "of", "numbers", "band", "meaning", "effect", "source"], optional=["above", "below"]
    )
    kinds = {feature.name: feature.kind for feature in draft.features if feature.kind in NUMBERS}
    of = parts["of"].text(among=sorted(kinds))
    band = parts["band"].mapping(required=[], optional=["least", "most"])
    sides = {"above": "most", "below": "least"}
    if not band or any((side in parts) != (end in band) for side, end in sides.items()):
        raise node.fail(
            "an end of the band goes with what it means to be outside it",
            got=sorted([*band, *(side for side in sides if side in parts)]),
            expected="most with above, least with below",
        )
    ends = {name: constant_from_node(end, kind=kinds[of]) for name, end in band.items()}
    least, most = (_whole(ends.get(name)) for name in ("least", "most"))
    if least is not None and most is not None and least >= most:
        raise parts["band"].fail("the band is empty", got=f"{least} to {most}")
    check = CrossCheck(
        code=name_from_node(parts["code"]),
        of=of,
        numbers=_numbers(parts["numbers"], draft),
        least=least,
        most=most,
        meaning=words_from_node(parts["meaning"]),
        above=_words(parts, "above"),
        below=_words(parts, "below"),
        effect=Effect(parts["effect"].text(among=list(Effect))),
        source=source_from_node(parts["source"]),
    )
    outside = [(">", "most", Agreement.ABOVE), ("<", "least", Agreement.BELOW)]
    rows = [
        f"when {of} {sign} {cell_text(band[end], kind=kinds[of])} then '{side}'"
        for sign, end, side in outside
        if end in band
    ]
    text = f"case {' '.join(rows)} else '{Agreement.AGREES}' end"
    return check, Step(check.code, text, node.where, Kind.TEXT)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _words(parts: dict[str, Node], key: str) -> Words | None:
    return words_from_node(parts[key]) if key in parts else None


def _numbers(node: Node, draft: DerivedDraft) -> tuple[str, ...]:
    inputs = {entry.name: entry.source for entry in draft.inputs}
    found = tuple(entry.text(among=sorted(inputs)) for entry in node.items())
    if len({inputs[name] for name in found}) < 2:
        raise node.fail("a cross-check compares two sources or more", got=list(found))
    return found


def classification_from_node(node: Node) -> tuple[Classification, tuple[Step, ...]]:
    """Read a classification: rows of conditions, the first that holds gives the class.

    Returns: it, and its steps: one a row with a condition, then the class itself, null where it is unknown.
    """
    parts = node.mapping(required=["name", "title", "classes", "unknown", "rows"], optional=[])
    name = name_from_node(parts["name"])
    classes = {key: words_from_node(entry) for key, entry in parts["classes"].mapping().items()}
    if UNKNOWN_CLASS in classes:
        raise parts["classes"].fail("this class is given by no row", got=UNKNOWN_CLASS)
    nodes = parts["rows"].items()
    rows = [_row(entry, classes, last=entry is nodes[-1]) for entry in nodes]
    _check_rows(parts["rows"], rows, classes)
    found = Classification(
        name=name,
        title=words_from_node(parts["title"]),
        classes=classes,
        unknown=words_from_node(parts["unknown"]),
        rows=tuple(rows),
    )
    return found, tuple(_steps(found, nodes, parts["rows"]))


def _row(node: Node, classes: dict[str, Words], *, last: bool) -> ClassRow:
    parts = node.mapping(
        required=["id", "class", "because", "source", *([] if last else ["when"])], optional=[]
    )
    return ClassRow(
        id=name_from_node(parts["id"]),
        gives=parts["class"].text(among=sorted(classes)),
        when=None if last else parts["when"].text(),
        because=words_from_node(parts["because"]),
        source=source_from_node(parts["source"]),
    )


def _check_rows(node: Node, rows: Sequence[ClassRow], classes: dict[str, Words]) -> None:
    if len({row.id for row in rows}) < len(rows) or len(rows) < 2:
        raise node.fail("rows have different ids, and there are two or more", got=[row.id for row in rows])
    if unused := sorted(set(classes) - {row.gives for row in rows}):
        raise node.fail("no row gives this class", got=unused)


def row_step(classification: str, row: str) -> str:
    """Return the name of the step that says whether a row's condition holds."""
    return f"{classification}__{row}"


def _steps(found: Classification, nodes: Sequence[Node], listed: Node) -> list[Step]:
    steps = [
        Step(row_step(found.name, row.id), row.when, node.mapping()["when"].where, Kind.BOOLEAN)
        for row, node in zip(found.rows, nodes, strict=True)
        if row.when is not None
    ]
    whens = [
        f"when {row_step(found.name, row.id)} then '{row.gives}'"
        for row in found.rows
        if row.when is not None
    ]
    text = f"case {' '.join(whens)} else '{found.rows[-1].gives}' end"
    return [*steps, Step(found.name, text, listed.where, Kind.TEXT)]
