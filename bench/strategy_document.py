"""A strategy of 60 rules over 100 inputs, once as our document and once as a JDM graph (simulated).

Four derived values, hard rejects (15 rules, all that match), bureau (12, all), fraud (8, all), grade (10,
first), limit (9, first), price (6, first), and an outcome of three branches; 60 inputs are read, 40 are only
passed along. Every condition is a conjunction of cells, which both languages write in their own way.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random

import polars as pl

Cells = Mapping[str, str]
Rows = Sequence[tuple[Cells, Mapping[str, str]]]

CHANNELS, REGIONS = ["app", "branch", "partner", "phone", "web"], [f"R{n:02d}" for n in range(20)]
MONEY = {
    "income": (300_000, 6_000_000),
    "debt": (0, 40_000_000),
    "payments": (0, 2_000_000),
    "requested": (100_000, 30_000_000),
    "deposits": (0, 20_000_000),
    "card_limits": (0, 20_000_000),
}
"""Always there: the derived values read them. Fen."""
INTEGERS = {
    **dict.fromkeys(["overdue_days", "overdue_days_max_24m", "overdue_days_max_card"], (0, 120)),
    **dict.fromkeys(["overdue_count_6m", "overdue_count_24m", "returned_debits_6m"], (0, 6)),
    **dict.fromkeys(["queries_1m", "queries_3m", "queries_6m", "queries_12m"], (0, 14)),
    **dict.fromkeys(["lenders", "lenders_new_3m", "loans_open", "cards_open", "guarantees"], (0, 9)),
    **dict.fromkeys(["bureau_score", "behaviour_score", "fraud_score"], (300, 900)),
    **dict.fromkeys(["judgments", "enforcements", "tax_arrears", "bankruptcies"], (0, 2)),
    **dict.fromkeys(["employed_months", "address_months", "phone_months", "account_months"], (0, 240)),
    **dict.fromkeys(["device_parties_30d", "address_parties_30d", "phone_parties_30d"], (1, 8)),
    **dict.fromkeys(["applications_1d", "ip_applications_1d"], (0, 9)),
    **dict.fromkeys(["night_transfers_3m", "gambling_hits_12m", "cash_advances_3m"], (0, 8)),
    **dict.fromkeys(["oldest_loan_months", "newest_loan_months"], (0, 180)),
    **dict.fromkeys(["dependants", "late_utility_bills_12m"], (0, 5)),
    **dict.fromkeys(["salary_months_12m", "insurance_months_12m", "fund_months_12m"], (0, 12)),
}
RATIOS = dict.fromkeys(
    ["utilisation", "utilisation_max_6m", "income_stability", "portrait_match"], (0, 10**9)
)
"""In billionths."""
FLAGS = ["blacklisted", "deceased", "id_expired", "face_matched", "emulator", "proxy_network"]
PASSED = [f"passed_{n:02d}" for n in range(40)]
"""Inputs no rule reads."""
DERIVED = {
    "debt_ratio": ("nano", "debt / income"),
    "payment_ratio": ("nano", "payments * 12 / income"),
    "exposure": ("money", "debt + requested"),
    "cover": ("nano", "deposits / requested"),
}

HARD: list[Cells] = [
    {"age": "< 18"},
    {"age": "> 65"},
    {"blacklisted": "true"},
    {"deceased": "true"},
    {"id_expired": "true"},
    {"overdue_days": "> 90"},
    {"overdue_days_max_24m": ">= 90", "overdue_count_24m": "> 2"},
    {"judgments": "> 1", "enforcements": "> 0"},
    {"enforcements": "> 1"},
    {"bankruptcies": "> 1"},
    {"tax_arrears": "> 1", "income": "< 500000"},
    {"debt_ratio": "> 12"},
    {"payment_ratio": "> 4.5"},
    {"income": "< 350000"},
    {"region": "R07, R13", "channel": "partner"},
]
BUREAU: list[Cells] = [
    {"queries_1m": "> 9"},
    {"queries_3m": "> 10", "lenders": "> 5"},
    {"queries_6m": "> 12"},
    {"queries_12m": "> 13", "loans_open": "> 6"},
    {"lenders": "> 8"},
    {"lenders_new_3m": "> 6", "newest_loan_months": "< 6"},
    {"utilisation": "> 950000000", "cards_open": ">= 3"},
    {"utilisation_max_6m": "> 990000000", "cash_advances_3m": "> 2"},
    {"overdue_count_6m": "> 4", "overdue_days_max_card": "> 60"},
    {"bureau_score": "[300..380)"},
    {"guarantees": "> 7", "exposure": "> 50000000"},
    {"oldest_loan_months": "< 6", "returned_debits_6m": "> 3"},
]
FRAUD: list[Cells] = [
    {"device_parties_30d": "> 6"},
    {"address_parties_30d": "> 6", "address_months": "< 3"},
    {"phone_parties_30d": "> 5", "phone_months": "< 6"},
    {"applications_1d": "> 7", "ip_applications_1d": "> 4"},
    {"emulator": "true", "proxy_network": "true"},
    {"face_matched": "false", "portrait_match": "< 600000000"},
    {"fraud_score": "> 860", "phone_months": "< 24"},
    {"night_transfers_3m": "> 6", "gambling_hits_12m": "> 4"},
]
GRADES: Rows = [
    ({"bureau_score": ">= 820", "behaviour_score": ">= 700"}, {"grade": "A"}),
    ({"bureau_score": ">= 760", "overdue_count_24m": "< 2"}, {"grade": "A"}),
    ({"bureau_score": ">= 700", "salary_months_12m": ">= 6"}, {"grade": "B"}),
    ({"behaviour_score": ">= 780", "income_stability": "> 500000000"}, {"grade": "B"}),
    ({"bureau_score": "[600..700)", "employed_months": ">= 24"}, {"grade": "C"}),
    ({"behaviour_score": "[600..780)", "fund_months_12m": ">= 9"}, {"grade": "C"}),
    ({"insurance_months_12m": ">= 10", "dependants": "< 3"}, {"grade": "C"}),
    ({"bureau_score": "[450..600)", "account_months": ">= 36"}, {"grade": "D"}),
    ({"late_utility_bills_12m": "> 3"}, {"grade": "E"}),
    ({"late_utility_bills_12m": "> 2", "employed_months": "< 6"}, {"grade": "E"}),
]
LIMITS: Rows = [
    ({"grade": "A", "cover": "> 1"}, {"limit": "floor(income * 6, 10000)"}),
    ({"grade": "A", "debt_ratio": "< 3"}, {"limit": "floor(income * 5, 10000)"}),
    ({"grade": "A"}, {"limit": "floor(income * 4, 10000)"}),
    ({"grade": "B", "cover": "> 1"}, {"limit": "floor(income * 4, 10000)"}),
    ({"grade": "B", "debt_ratio": "< 3"}, {"limit": "floor(income * 3, 10000)"}),
    ({"grade": "B"}, {"limit": "floor(income * 2, 10000)"}),
    ({"grade": "C", "payment_ratio": "< 1"}, {"limit": "floor(income * 2, 10000)"}),
    ({"grade": "C"}, {"limit": "floor(income, 10000)"}),
    ({"grade": "D", "card_limits": "> 5000000"}, {"limit": "500000"}),
]
PRICES: Rows = [
    ({"grade": "A", "payment_ratio": "< 0.5"}, {"rate": "49000000"}),
    ({"grade": "A"}, {"rate": "59000000"}),
    ({"grade": "B"}, {"rate": "79000000"}),
    ({"grade": "C", "channel": "app, branch"}, {"rate": "109000000"}),
    ({"grade": "C"}, {"rate": "119000000"}),
    ({"grade": "D"}, {"rate": "149000000"}),
]
OUTCOMES: Rows = [
    ({"grade": "A, B"}, {"outcome": "approve"}),
    ({"grade": "C, D"}, {"outcome": "refer"}),
]
COLLECT = {"hard": HARD, "bureau": BUREAU, "fraud": FRAUD}
FIRST: dict[str, tuple[dict[str, str], Rows, dict[str, str]]] = {
    "grading": ({"grade": "text"}, GRADES, {"grade": "E"}),
    "limits": ({"limit": "money"}, LIMITS, {"limit": "0"}),
    "prices": ({"rate": "nano"}, PRICES, {"rate": "0"}),
    "outcomes": ({"outcome": "text"}, OUTCOMES, {"outcome": "decline"}),
}
"""Tables of hit policy first: kinds of the outputs, rows, and what holds otherwise."""


def kinds() -> dict[str, str]:
    """Return the kind of each of the 100 inputs."""
    return {
        **dict.fromkeys(MONEY, "money"),
        "age": "integer",
        "channel": "text",
        "region": "text",
        **dict.fromkeys(INTEGERS, "integer"),
        **dict.fromkeys(RATIOS, "nano"),
        **dict.fromkeys(FLAGS, "boolean"),
        **dict.fromkeys(PASSED, "integer"),
    }


def cases(rows: int, *, seed: int = 20050630) -> pl.DataFrame:
    """Return seeded random cases; 3 % of each input that no derived value reads are null."""
    random = Random(seed)
    always = {**MONEY, "age": (16, 70)}
    columns = [
        pl.Series(name, [random.randint(*ends) for _ in range(rows)], dtype=pl.Int64)
        for name, ends in {**always, **INTEGERS, **RATIOS, **dict.fromkeys(PASSED, (0, 1000))}.items()
    ]
    columns += [
        pl.Series("channel", random.choices(CHANNELS, k=rows)),
        pl.Series("region", random.choices(REGIONS, k=rows)),
    ]
    columns += [pl.Series(name, random.choices([True, *[False] * 15], k=rows)) for name in FLAGS]
    return pl.DataFrame(columns).select(
        pl.col(name)
        if name in {*always, "channel", "region"}
        else pl.when(pl.Series([random.random() >= 0.03 for _ in range(rows)])).then(pl.col(name)).alias(name)
        for name in kinds()
    )


# our document

_NULL = ', "null": no_match'


def policy_text() -> str:
    """Return the strategy as a bank would write it."""
    nullable = {*INTEGERS, *RATIOS, *FLAGS, *PASSED}
    inputs = "".join(
        f"  {name}: {{kind: {kind}{_NULL if name in nullable else ''}}}\n" for name, kind in kinds().items()
    )
    steps = "".join(
        f'  - {{name: {name}, kind: {kind}, value: "{text}", meaning: {{zh: {name}, en: {name}}}}}\n'
        for name, (kind, text) in DERIVED.items()
    )
    return (
        "policy: bench\nproduct: card\nstage: admit\ntitle: {zh: 六十条规则, en: sixty rules}\n"
        f"inputs:\n{inputs}steps:\n{steps}tables:\n{''.join(_tables())}"
    )


def _tables() -> Iterator[str]:
    known = {**kinds(), **{name: kind for name, (kind, _) in DERIVED.items()}, "grade": "text"}
    for table, conditions in COLLECT.items():
        rows: Rows = [(cells, {}) for cells in conditions]
        yield _table(table, "collect", {}, rows, {}, known)
    for table, (outputs, listed, otherwise) in FIRST.items():
        yield _table(table, "first", outputs, listed, otherwise, known)


def _table(
    table: str,
    policy: str,
    outputs: Mapping[str, str],
    rows: Rows,
    otherwise: Mapping[str, str],
    known: Mapping[str, str],
) -> str:
    read = {name for cells, then in rows for name in cells} | ({"income"} if table == "limits" else set())
    nullable = {*INTEGERS, *RATIOS, *FLAGS}
    lines = [f"  - id: {table}\n    hit_policy: {policy}\n    inputs:\n"]
    for name in sorted(read):
        null = _NULL if name in nullable else ""
        lines.append(f"      {name}: {{kind: {known[name]}{null}}}\n")
    shown = ", ".join(f"{name}: {{kind: {kind}}}" for name, kind in outputs.items())
    lines.append(f"    outputs: {{{shown}}}\n    rows:\n")
    for n, (cells, then) in enumerate(rows, start=1):
        when = " and ".join(_condition(name, cell, known[name]) for name, cell in cells.items())
        reason = f"{{code: {table.upper()}_{n:02d}, zh: 规则{n}, en: rule {n}}}"
        given = f", then: {_then(then, outputs)}" if outputs else ""
        lines.append(f'      - {{id: r{n:02d}, when: "{when}"{given}, reason: {reason}}}\n')
    given = f"then: {_then(otherwise, outputs)}, " if outputs else ""
    lines.append(f"    otherwise: {{{given}reason: {{code: {table.upper()}_OK, zh: 其他, en: otherwise}}}}\n")
    return "".join(lines)


def _then(then: Mapping[str, str], outputs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}: {_written(text, outputs[name])}" for name, text in then.items()) + "}"


def _written(text: str, kind: str) -> str:
    if kind == "nano":
        return f"{int(text) / 10**9:.9f}"
    return f'"{_money(text)}"' if kind == "money" else text


def _money(text: str) -> str:
    return text.replace("10000)", "yuan(100))") if "(" in text else f"fen({text})"


def _condition(name: str, cell: str, kind: str) -> str:
    if kind == "boolean":
        return name if cell == "true" else f"not {name}"
    if kind == "text":
        return f"{name} in [{', '.join(repr(part.strip()) for part in cell.split(','))}]"
    if cell[0] in "[(":
        return f"{name} in {cell}"
    sign, number = cell.split()
    shown = {"money": f"fen({number})", "nano": f"{int(number) / 10**9:.9f}" if len(number) > 6 else number}
    return f"{name} {sign} {shown.get(kind, number)}"


# the same as a JDM graph


def jdm() -> dict[str, object]:
    """Return the strategy as a JDM graph: the same tables, the outcome as a switch with three branches."""
    nodes: list[dict[str, object]] = [{"id": "input", "name": "input", "type": "inputNode", "content": {}}]
    values = [{"id": name, "key": name, "value": text} for name, (_, text) in DERIVED.items()]
    nodes.append(_expressions("derived", values))
    for table, conditions in COLLECT.items():
        rows = [(cells, {"code": f"{table.upper()}_{n:02d}"}) for n, cells in enumerate(conditions, start=1)]
        nodes.append(_jdm_table(table, "collect", {"code": "text"}, rows, outputPath=table))
    for table in ("grading", "limits", "prices"):
        outputs, listed, otherwise = FIRST[table]
        nodes.append(_jdm_table(table, "first", outputs, [*listed, ({}, otherwise)]))
    edges: list[tuple[str, str, str | None]] = [
        (str(one["id"]), str(other["id"]), None) for one, other in pairwise(nodes)
    ]
    statements = [
        {"id": then["outcome"], "condition": f"grade in [{_quoted(cells['grade'])}]"}
        for cells, then in OUTCOMES
    ]
    statements.append({"id": "decline", "condition": ""})
    content = {"hitPolicy": "first", "statements": statements}
    nodes.append({"id": "switch", "name": "switch", "type": "switchNode", "content": content})
    edges.append(("prices", "switch", None))
    for statement in statements:
        branch = f"to_{statement['id']}"
        nodes.append(
            _expressions(branch, [{"id": branch, "key": "outcome", "value": f"'{statement['id']}'"}])
        )
        edges += [("switch", branch, statement["id"]), (branch, "output", None)]
    nodes.append({"id": "output", "name": "output", "type": "outputNode", "content": {}})
    return {"nodes": nodes, "edges": [_edge(index, *edge) for index, edge in enumerate(edges)]}


def jdm_text() -> str:
    """Return the graph as JSON."""
    return json.dumps(jdm())


def _edge(index: int, source: str, target: str, handle: str | None) -> dict[str, str]:
    own = {"id": f"e{index}", "sourceId": source, "targetId": target, "type": "edge"}
    return own if handle is None else {**own, "sourceHandle": handle}


def _expressions(name: str, values: Sequence[Mapping[str, str]]) -> dict[str, object]:
    content = {"expressions": values, "passThrough": True}
    return {"id": name, "name": name, "type": "expressionNode", "content": content}


def _jdm_table(
    table: str, policy: str, outputs: Mapping[str, str], rows: Rows, **more: object
) -> dict[str, object]:
    fields = sorted({name for cells, _ in rows for name in cells})
    known = {**kinds(), "grade": "text"}
    rules = [
        {
            "_id": f"r{n:02d}",
            **{name: _cell(cells[name], known.get(name)) if name in cells else "" for name in fields},
            **{f"to_{name}": _output(text, outputs[name]) for name, text in then.items()},
        }
        for n, (cells, then) in enumerate(rows, start=1)
    ]
    content = {
        "hitPolicy": policy,
        "inputs": [{"id": name, "name": name, "field": name} for name in fields],
        "outputs": [{"id": f"to_{name}", "name": name, "field": name} for name in outputs],
        "rules": rules,
        "passThrough": True,
        **more,
    }
    return {"id": table, "name": table, "type": "decisionTableNode", "content": content}


def _cell(cell: str, kind: str | None) -> str:
    return _quoted(cell) if kind == "text" else cell


def _quoted(cell: str) -> str:
    return ", ".join(f"'{part.strip()}'" for part in cell.split(","))


def _output(text: str, kind: str) -> str:
    if kind == "text":
        return f"'{text}'"
    return (
        text.replace("floor(", "floor((").replace(", 10000)", ") / 10000) * 10000") if "(" in text else text
    )
