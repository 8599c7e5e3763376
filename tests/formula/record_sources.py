"""The Python and the SQL of one program with every part, kept to be read and compared; this makes them anew.

    python -m tests.formula.record_sources

A difference is no error by itself: it is what a reviewer of an emitter looks at.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from creditloop.formula import (
    Input,
    Kind,
    ListOfValues,
    NullPolicy,
    Program,
    Step,
    compile_program,
    duckdb_sql,
    python_function,
)

FOLDER = Path(__file__).parent / "cases"
INPUTS = [
    Input("days", Kind.INTEGER),
    Input("bill", Kind.MONEY, NullPolicy.NO_MATCH),
    Input("paid", Kind.MONEY, NullPolicy.MATCH),
    Input("rate", Kind.NANO),
    Input("term", Kind.INTEGER, values=(3, 6, 12)),
    Input("city", Kind.TEXT, NullPolicy.NO_MATCH),
    Input("grade", Kind.TEXT, values=("A", "B")),
    Input("staff", Kind.BOOLEAN),
    Input("since", Kind.DATE),
    Input("due", Kind.DATE, NullPolicy.MATCH),
]
LISTS = [ListOfValues("towns", Kind.TEXT, ("p", "q"))]
TEXTS = (
    # written into what reads them, or given a line where two read them
    *("days + 1", "bill * 0.3", "bill + paid", "-days", "abs(bill) + abs(bill)", "days * 2 + days * 2"),
    *("bill / paid", "rate / 3", "remainder(days, term)", "remainder(days, 7)", "days / rate"),
    *("round(bill, yuan(100))", "floor(bill, yuan(100))", "ceil(rate, 0.01)", "truncate(days, 7)"),
    *("min(days, term, 9)", "max(bill, paid)", "min(days, rate)"),
    # conditions
    *("days > 90", "days = 5", "days != term", "bill <= paid", "rate >= 0.5", "due < since", "not staff"),
    *("days > 90 and bill > yuan(5)", "days > 90 or paid > yuan(5)", "days > 1 and days < 9"),
    *(
        "staff and term > 3 or city = 'x'",
        "not (staff or grade = 'A')",
        "term > 3 and term < 12 and bill > paid",
    ),
    *("days in [1, 2, 3, 4]", "days in [1, 2, 3, 4, 5]", "city in list.towns", "grade not in ['A']"),
    *("days in [1..5)", "bill in [paid..yuan(9))"),
    # what is not there
    *(
        "bill is null",
        "(bill + paid) is null",
        "(bill / paid) is not null",
        "1 is null",
        "(days > 1) is null",
    ),
    *("bill ?? paid", "bill ?? yuan(1)", "(bill / paid) ?? 1", "bill ?? paid ?? yuan(2)", "term ?? 1"),
    # texts and dates
    *("upper(trim(city))", "lower(city) = 'x'", "length(city) > 3", "starts_with(city, 'ab')"),
    *('ends_with(city, "it\'s")', "contains(city, 'b')", "concat(city, grade)"),
    *("since + days", "since - 1", "since - due", "add_months(since, term)", "add_months(since, 1) > due"),
    *("months_between(since, due)", "year(since)", "month(since) + day(since)", "weekday(due) > 5"),
    *("date('2004-02-29')", "due > date('2004-02-29')", "true", "'x'", "7", "fen(-7)", "0.5"),
    # choices
    *("if days > 90 then bill else paid", "if staff then 1 else 2", "if bill > paid then days else null"),
    "case when days > 90 then bill * 2 when bill > yuan(5) then bill * 3 else yuan(1) end",
    "case when days > 90 then 0.1 when bill > yuan(5) then 0.2 else null end",
    "case when paid > yuan(5) then days * 7 when term > 3 then 8 else term * days end",
    "if paid > yuan(5) and bill > yuan(5) then (if staff then days * 3 else days * 4) else 0",
    # three branches, and values that come again
    "case when days > 90 then 1 when bill > yuan(5) then 2 when staff then 1 else 3 end",
    "case when days > 90 then bill when bill > yuan(5) then paid when staff then bill * 2 else paid * 3 end",
    # as large as an expression of a query may be, and larger
    f"length({22 * 'concat(city, '}city{22 * ')'}) > 3",
    f"length({23 * 'concat(grade, '}grade{23 * ')'}) > 3",
    # as long as an expression within another may be, and longer
    *(f"length(concat(city, '{228 * 'x'}')) > 3", f"length(concat(city, '{229 * 'y'}')) > 3"),
)


COLUMNS = {
    "days": "BIGINT",
    "bill": "HUGEINT",
    "paid": "BIGINT",
    "rate": "BIGINT",
    "term": "TINYINT",
    "city": "VARCHAR",
    "grade": "VARCHAR",
    "staff": "BOOLEAN",
    "since": "DATE",
    "due": "DATE",
}


def program() -> Program:
    """Return a program with every part of the language."""
    steps = [Step(f"s{number}", text) for number, text in enumerate(TEXTS)]
    fused = [
        Step("matched", "case when s18 then 1 when bill > yuan(5) then 2 else 0 end"),
        Step("limit", "case when matched = 1 then bill when matched = 2 then paid * 5 else yuan(0) end"),
        Step("other", "case when matched = 2 then days when matched = 7 then 9 else 0 end"),
        Step("after", "limit * 2 + other * yuan(1)"),
    ]
    return compile_program(inputs=INPUTS, steps=[*steps, *fused], lists=LISTS)


def values_alone() -> str:
    """Return the SQL of what is chosen or put in place of nulls, without states, where a column is absent."""
    chosen = [
        Step(f"s{n}", text) for n, text in enumerate(TEXTS) if text.startswith(("if", "case")) or "??" in text
    ]
    schema = {name: dtype for name, dtype in COLUMNS.items() if name != "staff"}
    small = compile_program(inputs=INPUTS, steps=chosen)
    return duckdb_sql(small, relation="cases", schema=schema, states=False, keep=["city"])


SOURCES: Mapping[str, Callable[[], str]] = {
    "python_source.txt": lambda: python_function(program()).source,
    "duckdb_source.txt": lambda: duckdb_sql(program(), relation="cases", schema=COLUMNS, keep=[]),
    "duckdb_values.txt": values_alone,
}


def main() -> None:
    """Write the files."""
    for name, source in SOURCES.items():
        (FOLDER / name).write_text(source(), "utf-8")


if __name__ == "__main__":
    main()
