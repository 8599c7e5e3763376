"""`creditloop bureau read`: a credit-bureau report, checked, and turned into files to import."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from creditloop.data.bureau import (
    EVENT_FINDINGS,
    FIRM_RULES,
    RULES,
    EventRows,
    FirmReport,
    ParsedFirmReport,
    ParsedReport,
    event_rows,
    parse_report,
    write_events,
)
from creditloop.kernel.errors import InputError
from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import Section, show


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    bureau = typer.Typer(help="Credit-bureau reports (征信报告).", no_args_is_help=True)
    bureau.command("read")(read_report)
    app.add_typer(bureau, name="bureau")


def read_report(
    report: Annotated[Path, typer.Argument(help="A person's or a firm's report, JSON or XML.")],
    party: Annotated[str | None, typer.Option(help="The customer's number (客户号), to make events.")] = None,
    to: Annotated[Path | None, typer.Option(help="Folder for the event files; needs --party.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read a credit-bureau report whole or refuse it, and write the files of the bank's event sources.

    Each file is imported under the contract it is named after: creditloop import bureau_accounts FILE.

    Example: creditloop bureau read report.json --party 12345 --to events
    """
    if to is not None and party is None:
        raise InputError("event files need the customer's number", got="--to alone", expected="--party too")
    parsed = parse_report(_bytes_of(report))
    events = None if party is None else event_rows(parsed.report, party_no=party)
    written = {} if to is None or events is None else write_events(events.frames, to)
    record = _record(parsed, events, written)
    show(record, sections=_sections(parsed, events, written), as_json=as_json)


def _bytes_of(file: Path) -> bytes:
    if not file.is_file():
        raise InputError("there is no such report", got=str(file), expected="a file")
    return file.read_bytes()


def _items(parsed: ParsedReport | ParsedFirmReport) -> list[tuple[str, int]]:
    """Name what a report holds, 中文 and English, with how many there are."""
    if isinstance(parsed, ParsedFirmReport):
        return _firm_items(parsed.report)
    report = parsed.report
    public = report.unpaid_tax, report.judgments, report.enforcements, report.penalties
    return [
        ("借贷账户 accounts", len(report.accounts)),
        ("授信协议 facilities", len(report.facilities)),
        ("相关还款责任 guarantees", len(report.guarantees)),
        ("公共记录 public records", sum(map(len, public))),
        ("查询记录 queries", len(report.queries)),
    ]


def _firm_items(report: FirmReport) -> list[tuple[str, int]]:
    owed = report.liabilities
    public = report.unpaid_tax, report.courts.judgments, report.courts.enforcements, report.penalties
    return [
        ("借贷账户 accounts", len(report.credit.accounts)),
        ("贴现 discounts, by lender", len(report.credit.discounts)),
        ("欠息 unpaid interest", len(report.credit.unpaid_interest)),
        ("担保账户 acceptances, letters of credit, guarantees", len(report.guarantees.accounts)),
        ("授信协议 facilities", len(report.facilities)),
        ("相关还款责任 liabilities", len(owed.loans) + len(owed.discounts) + len(owed.guarantees)),
        ("公共记录 public records", sum(map(len, public))),
    ]


def _record(
    parsed: ParsedReport | ParsedFirmReport, events: EventRows | None, written: Mapping[str, Path]
) -> dict[str, object]:
    report = parsed.report
    names = ("rule", "path", "got", "expected")
    record: dict[str, object] = {
        "about": _about(parsed),
        "report_number": report.number,
        "known_at": report.known_at.isoformat(),
        "no_credit_record": report.no_credit_record,
        "items": dict(_items(parsed)),
        "findings": [{name: getattr(one, name) for name in names} for one in parsed.findings],
    }
    if events is not None:
        shown = ("contract", "item", "column", "code", "got")
        record["events"] = {name: frame.height for name, frame in events.frames.items()}
        record["event_findings"] = [{name: getattr(one, name) for name in shown} for one in events.findings]
        record["files"] = {name: str(file) for name, file in written.items()}
    return record


def _about(parsed: ParsedReport | ParsedFirmReport) -> str:
    return "firm" if isinstance(parsed, ParsedFirmReport) else "person"


def _sections(
    parsed: ParsedReport | ParsedFirmReport, events: EventRows | None, written: Mapping[str, Path]
) -> Sequence[Section]:
    rules = FIRM_RULES if isinstance(parsed, ParsedFirmReport) else RULES
    title = "企业信用报告 a firm's report" if rules is FIRM_RULES else "个人信用报告 a person's report"
    facts = [
        ("报告编号 number", parsed.report.number),
        ("报告时间 known at", parsed.report.known_at.isoformat()),
        *(("信贷白户 no credit record", "是 yes") for _ in range(parsed.report.no_credit_record)),
        *_items(parsed),
    ]
    said = [(rules[one.rule].meaning.zh, one.path, one.got, one.expected) for one in parsed.findings]
    sections = [Section(title=title, columns=["", ""], rows=facts)]
    if said:
        sections.append(
            Section(title="数据问题 findings", columns=["规则", "path", "got", "expected"], rows=said)
        )
    return [*sections, *([] if events is None else _event_sections(events, written))]


def _event_sections(events: EventRows, written: Mapping[str, Path]) -> Sequence[Section]:
    rows = [
        (name, frame.height, str(written[name]) if name in written else "–")
        for name, frame in events.frames.items()
    ]
    counted = Counter((one.contract, one.column or one.item, one.code, one.got) for one in events.findings)
    found = [
        (contract, column, EVENT_FINDINGS[code].zh, EVENT_FINDINGS[code].en, got or "–", count)
        for (contract, column, code, got), count in counted.items()
    ]
    sections = [Section(title="事件 events", columns=["contract", "rows", "file"], rows=rows)]
    if found:
        columns = ["contract", "column", "问题", "finding", "got", "count"]
        sections.append(Section(title="未能写入或无对应值 not told as it is", columns=columns, rows=found))
    return sections
