"""Read a contract from its document: every key checked, every fault told with its line.

The top of the document is read here, tables and columns in `table_reading`, quality rules in `row_rules`.
What follows from several entries together (a column of the file used with two types, a rule over a column
that is not loaded) is checked in `contract_checks`.
"""

import re
from pathlib import Path

from creditloop.data.contract_checks import check_contract
from creditloop.data.contracts import (
    ClassRetention,
    ColumnType,
    ConsentNeed,
    Contract,
    EqualButFor,
    Origin,
    Party,
    Retention,
    Staleness,
    Totals,
    Versions,
    WhenStale,
)
from creditloop.data.purposes import PURPOSES, SENSITIVITY_MAX, SENSITIVITY_MIN, SENSITIVITY_SCALE
from creditloop.data.row_rules import with_rules
from creditloop.data.table_reading import name_from_node, purposes_from_node, table_from_node, words_from_node
from creditloop.kernel.documents import (
    Document,
    Node,
    Source,
    parse_document,
    read_document,
    source_from_node,
)
from creditloop.kernel.errors import ContractBroken, InputError, PolicyError
from creditloop.kernel.money import fen_from_text

_REQUIRED = (
    *("contract", "version", "title", "source", "formats", "currency", "utc_offset_hours"),
    *("sensitivity_scale", "party", "purposes", "retention", "rejected_share_max", "not_loaded", "tables"),
)
_OPTIONAL = ("file_rules", "totals", "consent", "staleness")
FORMATS = ("csv", "parquet", "excel")
_CLASSES = tuple(str(number) for number in range(SENSITIVITY_MIN, SENSITIVITY_MAX + 1))
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHARE = re.compile(r"0(\.\d{1,9})?|1(\.0{1,9})?")
NANO = 10**9
"""All of something, in nano."""


def read_contract(file: Path, *, root: Path) -> Contract:
    """Read a data contract (数据契约); `root` is the bank's folder, from which the file's path is told.

    Raises: ContractBroken with file, line and field for anything that is not as a contract must be: a column
        without sensitivity class or purpose, an unknown key, a rule that does not compile, a protected
        attribute given to a purpose that decides, ….
    """
    try:
        return _contract(read_document(file, root=root))
    except PolicyError as error:
        raise _broken(error) from error


def parse_contract(text: str, *, path: str) -> Contract:
    """Read a data contract from its text; see `read_contract`."""
    try:
        return _contract(parse_document(text, path=path))
    except PolicyError as error:
        raise _broken(error) from error


def _broken(error: PolicyError) -> ContractBroken:
    return ContractBroken(
        error.message, got=error.got, expected=error.expected, where=error.where, hint=error.hint
    )


def _contract(document: Document) -> Contract:
    entries = document.root.mapping(required=_REQUIRED, optional=_OPTIONAL)
    entries["sensitivity_scale"].text(among=[SENSITIVITY_SCALE])
    share, share_source = _share(entries["rejected_share_max"])
    clear_up_to = _clear_up_to(entries["purposes"])
    named = _named(entries["tables"])
    bare = [table_from_node(node, name=name, purposes=clear_up_to) for name, node in named]
    tables = tuple(
        with_rules(table, node=node, tables=bare) for table, (_, node) in zip(bare, named, strict=True)
    )
    contract_name = name_from_node(entries["contract"])
    contract = Contract(
        name=contract_name,
        version=entries["version"].integer(least=1),
        title=words_from_node(entries["title"]),
        origin=_origin(entries["source"]),
        formats=tuple(node.text(among=FORMATS) for node in _some(entries["formats"])),
        currency=_currency(entries["currency"]),
        utc_offset_hours=entries["utc_offset_hours"].integer(least=-12, most=14),
        party=_party(entries["party"], clear_up_to, contract_name),
        clear_up_to=clear_up_to,
        retention=_retention(entries["retention"]),
        consent=_consent(entries["consent"], clear_up_to) if "consent" in entries else None,
        staleness=_staleness(entries["staleness"]) if "staleness" in entries else None,
        not_loaded={name: node.text() for name, node in entries["not_loaded"].mapping().items()},
        rejected_share_max_nano=share,
        rejected_share_source=share_source,
        totals=_totals(entries["totals"]) if "totals" in entries else Totals(rows=None, sums={}),
        tables=tables,
        file_rules=tuple(map(_file_rule, entries["file_rules"].items())) if "file_rules" in entries else (),
        document=document,
    )
    check_contract(contract)
    return contract


def _named(node: Node) -> list[tuple[str, Node]]:
    entries = node.mapping()
    if not entries:
        raise node.fail("at least one table is needed", got="none")
    return list(entries.items())


def _some(node: Node) -> list[Node]:
    nodes = node.items()
    if not nodes:
        raise node.fail("at least one entry is needed", got="none")
    return nodes


def _origin(node: Node) -> Origin:
    entries = node.mapping(required=["publisher", "licence", "url", "attribution"], optional=[])
    return Origin(**{key: entry.text() for key, entry in entries.items()})


def _currency(node: Node) -> str:
    currency = node.text()
    if not _CURRENCY.fullmatch(currency):
        raise node.fail("not a currency", got=currency, expected="an ISO 4217 code like CNY")
    return currency


def _clear_up_to(node: Node) -> dict[str, int]:
    found = {}
    for purpose, entry in node.mapping().items():
        if purpose not in PURPOSES:
            raise entry.fail("no such purpose", got=purpose, expected=sorted(PURPOSES))
        inner = entry.mapping(required=["clear_up_to"], optional=[])["clear_up_to"]
        found[purpose] = inner.integer(least=0, most=SENSITIVITY_MAX)
    return found


def _party(node: Node, purposes: dict[str, int], contract: str) -> Party:
    entries = node.mapping(
        required=["from", "type", "sensitivity", "personal", "purposes", "meaning"], optional=["register"]
    )
    return Party(
        source=entries["from"].text(),
        register=name_from_node(entries["register"]) if "register" in entries else contract,
        type=ColumnType(entries["type"].text(among=["integer", "text"])),
        sensitivity=entries["sensitivity"].integer(least=SENSITIVITY_MIN, most=SENSITIVITY_MAX),
        personal=entries["personal"].boolean(),
        purposes=purposes_from_node(entries["purposes"], allowed=purposes),
        meaning=words_from_node(entries["meaning"]),
    )


def _retention(node: Node) -> Retention:
    entries = node.mapping(required=["months", "basis", "after"], optional=["by_class"])
    months = entries["months"].integer(least=1)
    classes = entries["by_class"].mapping() if "by_class" in entries else {}
    return Retention(
        months=months,
        basis=source_from_node(entries["basis"]),
        after=words_from_node(entries["after"]),
        by_class=tuple(_of_class(name, classes[name], most=months) for name in sorted(classes, reverse=True)),
    )


def _of_class(name: str, node: Node, *, most: int) -> ClassRetention:
    """Read how long a class is kept; `most` months, since nothing outlives its row."""
    if name not in _CLASSES:
        raise node.fail("no such sensitivity class", got=name, expected=list(_CLASSES))
    entries = node.mapping(required=["months", "versions", "basis"], optional=["columns"])
    months = entries["months"].integer(least=1)
    if months > most:
        raise entries["months"].fail(
            "a class is not kept longer than its row", got=months, expected=f"<= {most}"
        )
    return ClassRetention(
        sensitivity=int(name),
        months=months,
        versions=Versions(entries["versions"].text(among=list(Versions))),
        columns=frozenset(item.text() for item in _some(entries["columns"]))
        if "columns" in entries
        else None,
        basis=source_from_node(entries["basis"]),
    )


def _consent(node: Node, purposes: dict[str, int]) -> ConsentNeed:
    entries = node.mapping(required=["purposes", "basis"], optional=[])
    return ConsentNeed(
        purposes=purposes_from_node(entries["purposes"], allowed=purposes),
        basis=source_from_node(entries["basis"]),
    )


def _staleness(node: Node) -> Staleness:
    entries = node.mapping(required=["days", "then", "basis"], optional=[])
    return Staleness(
        days=entries["days"].integer(least=0),
        then=WhenStale(entries["then"].text(among=list(WhenStale))),
        basis=source_from_node(entries["basis"]),
    )


def _share(node: Node) -> tuple[int, Source]:
    entries = node.mapping(required=["value", "source"], optional=[])
    text = str(entries["value"].plain())
    if not _SHARE.fullmatch(text):
        raise entries["value"].fail("not a share", got=text, expected="0 to 1, at most 9 decimals")
    whole, _, decimals = text.partition(".")
    return int(whole) * NANO + int(decimals.ljust(9, "0")), source_from_node(entries["source"])


def _totals(node: Node) -> Totals:
    entries = node.mapping(optional=["rows", "sums"])
    sums = {}
    for column, total in entries["sums"].mapping().items() if "sums" in entries else ():
        try:
            sums[column] = int(fen_from_text(str(total.plain())))
        except InputError as error:
            raise total.fail(error.message, got=error.got, expected=error.expected) from error
    return Totals(rows=entries["rows"].integer(least=1) if "rows" in entries else None, sums=sums)


def _file_rule(node: Node) -> EqualButFor:
    entries = node.mapping(required=["id", "equal_but_for", "code", "meaning"], optional=[])
    return EqualButFor(
        rule_id=name_from_node(entries["id"]),
        columns=frozenset(item.text() for item in _some(entries["equal_but_for"])),
        code=name_from_node(entries["code"]),
        meaning=words_from_node(entries["meaning"]),
    )
