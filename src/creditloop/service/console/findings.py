"""导入问题: what an import found wrong, by kind, with the rule of its contract that says so.

A kind leads to its findings, each of which names file, line and field.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from creditloop.data import (
    Column,
    Contract,
    FindingCount,
    ImportResult,
    Table,
    finding_counts,
    imports,
)
from creditloop.kernel.errors import UnknownId
from creditloop.service.console.source_rows import adopted_contract
from creditloop.service.console.visit import Page, Visit, identifier
from creditloop.service.console.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """Findings of one kind about one field.

    Attributes:
        find: what to look for in the contract's text: the rule's id, or the column's name.
        condition: the rule's condition as written; "" where the contract's type or list of values decides.
        meaning: what the rule, or the column, means.
    """

    counted: FindingCount
    find: str
    condition: str
    meaning: str


def show_findings(visit: Visit) -> Page:
    """Show the imports, and the findings of the one asked for, of none the last."""
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.findings"), None)]
    with visit.work() as work:
        found = imports(work.connection)
        if not found:
            return Page(template="empty.html", record={"why": "findings.empty"}, trail=trail)
        chosen = _chosen(found, visit.query.get("batch"))
        counts = finding_counts(work.connection, batch_id=chosen.batch_id)
        contract = adopted_contract(work, chosen.contract_hash)
    record = {
        "imports": list(reversed(found)),
        "chosen": chosen,
        "lines": [_line(one, contract, visit.words) for one in counts],
        "total": sum(one.count for one in counts),
        "may_list": visit.allows("verify_evidence") and visit.allows("see_customer"),
    }
    return Page(template="findings.html", record=record, trail=trail)


def _chosen(found: Sequence[ImportResult], asked: str | None) -> ImportResult:
    if not asked:
        return found[-1]
    batch_id = identifier(asked, what="import")
    chosen = next((one for one in found if one.batch_id == batch_id), None)
    if chosen is None:
        raise UnknownId("there is no such import", got=asked)
    return chosen


def _line(counted: FindingCount, contract: Contract, words: Words) -> FindingLine:
    """Find what of the contract found it: a rule over rows or over the file, else the column itself."""
    return next(
        iter(
            [
                *_of_rules(counted, contract, words),
                *_of_file_rules(counted, contract, words),
                *_of_columns(counted, contract, words),
            ]
        ),
        FindingLine(counted=counted, find=counted.field, condition="", meaning=""),
    )


def _of_rules(counted: FindingCount, contract: Contract, words: Words) -> Iterable[FindingLine]:
    for table in contract.tables:
        for rule in table.rules:
            if rule.code == counted.code and counted.field in _fields(table, table.column(rule.field)):
                yield FindingLine(
                    counted=counted,
                    find=rule.rule_id,
                    condition=rule.when,
                    meaning=words.pick(rule.meaning),
                )


def _of_file_rules(counted: FindingCount, contract: Contract, words: Words) -> Iterable[FindingLine]:
    for rule in contract.file_rules:
        if rule.code == counted.code:
            yield FindingLine(
                counted=counted, find=rule.rule_id, condition="", meaning=words.pick(rule.meaning)
            )


def _of_columns(counted: FindingCount, contract: Contract, words: Words) -> Iterable[FindingLine]:
    for table in contract.tables:
        for column in table.columns:
            if counted.field in _fields(table, column):
                yield FindingLine(
                    counted=counted, find=counted.field, condition="", meaning=words.pick(column.meaning)
                )


def _fields(table: Table, column: Column) -> set[str]:
    """Return what a finding may call a column: its own name, or the file's columns it is read from."""
    repeated = {one.sources[column.name] for one in table.repetitions if column.name in one.sources}
    return {column.name, *repeated, *([column.source] if column.source else [])}
