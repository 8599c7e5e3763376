"""What `creditloop demo` prints for people: tables of each step, from the step's record."""

from collections.abc import Callable, Mapping
from typing import Any

from creditloop.service.cli.compare import comparison_sections
from creditloop.service.cli.output import Section, money, percent


def _import_section(record: Mapping[str, Any]) -> Section:
    rows = [("rows read", record["rows_read"]), ("rows rejected", record["rows_rejected"])]
    rows += [(f"rows of {name}", count) for name, count in record["rows_loaded"].items()]
    return Section(title=f"import: {record['file']} under {record['contract']}", columns=["", ""], rows=rows)


def _strategies_section(record: Mapping[str, Any]) -> Section:
    rows = [
        (
            version["strategy"],
            version["state"],
            version["program"][:12],
            version["findings"]["warnings"],
            version["cases"],
            version["proof"]["boundary_rows"],
            version["proof"]["random_rows"],
            version["proof"]["differences"],
        )
        for version in record["versions"]
    ]
    columns = ["strategy", "state", "program", "warnings", "cases hold", "boundary", "random", "differences"]
    return Section(
        title="strategies: checked, proven in three targets, published", columns=columns, rows=rows
    )


def _findings_section(record: Mapping[str, Any]) -> Section:
    rows = [(entry["code"], entry["field"], entry["effect"], entry["count"]) for entry in record["by_code"]]
    return Section(
        title="findings: noticed, none dropped", columns=["code", "field", "row", "count"], rows=rows
    )


def _book_section(record: Mapping[str, Any]) -> Section:
    kinds = ("opening_balance", "payment", "net_charges", "refund_or_adjustment")
    rows = [
        (
            month["business_date"],
            month["events"],
            month["postings"],
            *(money(month["change_fen"].get(kind)) for kind in kinds),
        )
        for month in record["months"]
    ]
    total = record["trial_balance_sum_fen"]
    title = f"book: {record['events']:,} events, postings add up to {total} · {_dates(record)}"
    columns = ["month", "events", "postings", "opening", "payments", "net charges", "refunds"]
    return Section(title=title, columns=columns, rows=rows)


def _reconciliation_section(record: Mapping[str, Any]) -> Section:
    rows = [
        (
            month["business_date"],
            month["compared"],
            money(month["owed_fen"]),
            money(month["credit_fen"]),
            month["above_limit"],
        )
        for month in record["months"]
    ]
    compared, differing = record["balances_compared"], record["differing"]
    title = f"reconciliation: {compared:,} balances, {differing} differ from the bill · {_dates(record)}"
    columns = ["month", "compared", "owed", "in credit", "above limit"]
    return Section(title=title, columns=columns, rows=rows)


def _classification_section(record: Mapping[str, Any]) -> Section:
    classes = ("normal", "special_mention", "substandard")
    rows = [
        (
            month["business_date"],
            month["owing"],
            *(month["bank_classes"].get(name, {}).get("customers", 0) for name in classes),
            percent(month["regulatory_npl_nano"]),
            percent(month["bank_npl_nano"]),
        )
        for month in record["months"]
    ]
    title = f"classification: days past due estimated from months late · {_dates(record)}"
    columns = ["month", "owing", "正常 normal", "关注 watch", "次级 sub", "NPL rule", "NPL bank"]
    return Section(title=title, columns=columns, rows=rows)


def _dates(record: Mapping[str, Any]) -> str:
    months = record["months"]
    first, last = months[0], months[-1]
    period = f"{first['business_date']} … {last['business_date']}"
    return f"business dates {period}, rules as of {first['rules_as_of']}"


def _acquire_section(record: Mapping[str, Any]) -> Section:
    rows = [
        (
            run["business_date"],
            run["trigger"],
            run["considered"],
            run["screened"],
            *(run["outcomes"].get(name, 0) for name in ("invited", "watched", "closed")),
            run["invitations"].get("closed", 0),
        )
        for run in record["screenings"]
    ]
    title = f"acquire 获客: screenings for {record['product']}, each with what set it off"
    columns = ["on", "trigger", "considered", "screened", "invited", "watched", "closed", "entries closed"]
    return Section(title=title, columns=columns, rows=rows)


def _admit_section(record: Mapping[str, Any]) -> Section:
    rows = [
        (
            name,
            count["decisions"],
            money(count["limit_fen"]),
            money(count["limit_proposed_fen"]),
        )
        for name, count in record["outcomes"].items()
    ]
    title = (
        f"admit 准入: limit review as of {record['business_date']}, rules as of {record['rules_as_of']} · "
        f"{record['eligible']:,} eligible, {record['fitted_on']:,} fitted on, {record['decided']:,} decided, "
        f"{record['replayed_differing']} of {record['replayed']:,} replayed differ"
    )
    columns = ["outcome", "customers", "limit in force", "limit proposed"]
    return Section(title=title, columns=columns, rows=rows)


def _lend_section(record: Mapping[str, Any]) -> Section:
    rows = [
        (
            month["business_date"],
            money(month["limit_fen"]),
            money(month["owed_fen"]),
            money(month["available_fen"]),
            month["frozen"],
        )
        for month in record["positions"]
    ]
    acts = ", ".join(f"{name} {count:,}" for name, count in sorted(record["acts"].items()))
    title = f"lend 放贷: {acts}; {record['letters']:,} letters, {record['agreements']:,} agreements"
    return Section(title=title, columns=["month", "limit", "consumed", "available", "frozen"], rows=rows)


def _monitor_section(record: Mapping[str, Any]) -> Section:
    rows = [
        (month["business_date"], month["evaluated"], month["alert"], month["watch"], month["notice"])
        for month in record["months"]
    ]
    title = "monitor 贷后: customers warned about, by level"
    columns = ["month", "evaluated", "预警 alert", "关注 watch", "提示 notice"]
    return Section(title=title, columns=columns, rows=rows)


def _recover_section(record: Mapping[str, Any]) -> Section:
    routes = ("message", "call", "agency", "litigation")
    rows = [
        (
            month["business_date"],
            month["cases"],
            *(month["routes"].get(route, {}).get("cases", 0) for route in routes),
        )
        for month in record["months"]
    ]
    title = "recover 清收: cases by route (contacts are simulated)"
    columns = ["month", "cases", "消息 message", "电话 call", "委外 agency", "诉讼 litigation"]
    return Section(title=title, columns=columns, rows=rows)


def _manual_review_section(record: Mapping[str, Any]) -> Section:
    rows = [
        ("waiting", record["open"]),
        ("signed by one of two", record["half_signed"]),
        ("decided (simulated)", record["closed"]),
        ("past their due date", record["overdue"]),
        ("decided otherwise than proposed", percent(record["override_rate_nano"])),
    ]
    return Section(title=f"manual review 人工复核 on {record['on']}", columns=["", ""], rows=rows)


def _oversight_section(record: Mapping[str, Any]) -> Section:
    shown = ("auc", "ks", "brier", "psi_score")
    rows = [
        (
            run["business_date"],
            run["kind"],
            metric["name"],
            metric["segment"],
            _figure(metric),
            metric["level"],
        )
        for run in record["runs"]
        if run["kind"] != "fairness"
        for metric in run["metrics"]
        if metric["name"] in shown
    ]
    due = ", ".join(f"{model['name']} {model['next_review_due']}" for model in record["models"])
    title = f"oversight 二道防线 · {record['note']['en']} · next review due: {due}"
    return Section(title=title, columns=["on", "measured", "figure", "of", "value", "level"], rows=rows)


def _figure(metric: Mapping[str, Any]) -> str:
    value = metric["value_nano"]
    return "–" if value is None else f"{value / 10**9:.4f}"


def _learning_section(record: Mapping[str, Any]) -> Section:
    rows = [
        (proposal["policy"], proposal["proposer"], proposal["state"], proposal["effective_from"])
        for proposal in record["proposals"]
    ]
    title = "learning 结果回流: challengers, each waiting for a second person until one signs"
    return Section(title=title, columns=["strategy", "proposed by (simulated)", "state", "from"], rows=rows)


def _loans_section(record: Mapping[str, Any]) -> Section:
    rows: list[tuple[object, ...]] = [
        ("借据 loans", record["loans"], ""),
        ("事件 events booked", record["events"], ""),
        ("日终 days closed", record["days_closed"], ""),
    ]
    names = {"outstanding": "余额 outstanding", "overdue": "逾期 overdue", "npl": "不良 non-performing"}
    rows += [(name, record[key]["loans"], money(record[key]["principal_fen"])) for key, name in names.items()]
    dates = f"{record['first_day']} … {record['business_date']}, rules as of {record['rules_as_of']}"
    title = f"loans 借据（模拟 simulated）: taken over, lived and closed day by day · business dates {dates}"
    return Section(title=title, columns=["", "count", "principal"], rows=rows)


def _evidence_section(record: Mapping[str, Any]) -> Section:
    rows = [*record["rows_sealed"].items(), ("problems found", record["problems"])]
    return Section(title="evidence: rows sealed and verified", columns=["table", "rows"], rows=rows)


_ONE_TABLE: Mapping[str, Callable[[Mapping[str, Any]], Section]] = {
    "import": _import_section,
    "strategies": _strategies_section,
    "findings": _findings_section,
    "book": _book_section,
    "reconciliation": _reconciliation_section,
    "classification": _classification_section,
    "acquire": _acquire_section,
    "admit": _admit_section,
    "lend": _lend_section,
    "monitor": _monitor_section,
    "recover": _recover_section,
    "manual_review": _manual_review_section,
    "oversight": _oversight_section,
    "learning": _learning_section,
    "loans": _loans_section,
    "evidence": _evidence_section,
}


def demo_sections(record: Mapping[str, Mapping[str, Any]]) -> list[Section]:
    """Return the tables of a run, step by step; a step that has none is left to the result's file."""
    sections = list[Section]()
    for name, step in record.items():
        if name == "comparison":
            sections += comparison_sections(step)
        elif name in _ONE_TABLE:
            sections.append(_ONE_TABLE[name](step))
    return sections
