"""The edge values of an input are the plain ones of its kind and those around what it is held against."""

from datetime import date, datetime, timedelta

import pytest

from creditloop.formula import Input, Kind, ListOfValues, Step, Value, compile_program
from creditloop.formula.kinds import INT64_MAX, INT64_MIN, NANO
from creditloop.formula.sample_edges import broken_values, edges_of, ends_of, ordinal_of, value_of

INPUTS = [
    Input("n", Kind.INTEGER),
    Input("m", Kind.MONEY),
    Input("r", Kind.NANO),
    Input("d", Kind.DATE),
    Input("t", Kind.TEXT),
    Input("b", Kind.BOOLEAN),
    Input("few", Kind.INTEGER, values=(3, 5)),
    *(Input(f"x{n}", Kind.INTEGER) for n in range(5)),
]
LISTS = [ListOfValues("long", Kind.INTEGER, tuple(range(1000, 10_000, 100)))]
NUMBERS = {INT64_MIN, INT64_MIN + 1, -NANO, -1, 0, 1, 2, 100, NANO, INT64_MAX - 1, INT64_MAX}
DAYS = {date.min, date(2004, 2, 29), date(2005, 6, 30), date.max}
ENDS_OF_MONTHS = {
    *(date(1, 1, 31), date(1900, 2, 28), date(1900, 3, 1), date(2000, 2, 29), date(2003, 2, 28)),
    *(date(2004, 2, 28), date(2004, 3, 31), date(2004, 4, 30), date(2004, 8, 31), date(2004, 12, 31)),
    *(date(2005, 1, 1), date(9999, 11, 30)),
}
WHITE = {"", " ", "a", "Z", "Éß", "中文", "\t\r\n", "\u3000x\u00a0", "a%_*\\'\"b", "x\U0001f600"}


def edges(text: str, name: str) -> tuple[Value, ...]:
    program = compile_program(inputs=INPUTS, steps=[Step("s", text)], lists=LISTS)
    return edges_of(program)[name]


def added(text: str, name: str, plain: set[int] | set[date] | set[str]) -> set[Value]:
    """What a program makes worth trying beside null and what always is."""
    found = edges(text, name)
    assert found[0] is None
    assert len(found) == len(set(found))
    assert plain <= set(found)
    return set(found) - plain - {None}


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("n > 90", "n", {89, 90, 91}),
        ("n in [50, 70]", "n", {49, 50, 51, 69, 70, 71}),
        ("n in [50..70)", "n", {49, 50, 51, 69, 70, 71}),
        ("n + 7 > 90", "n", {6, 7, 8, 89, 90, 91}),
        ("n > 2.5", "n", {3}),
        ("n < -7.000000001", "n", {-9, -8, -7}),
        ("m >= yuan(5)", "m", {499, 500, 501}),
        ("m * 0.3 > yuan(5)", "m", {499, 500, 501}),
        ("r > 0.5", "r", {NANO // 2 - 1, NANO // 2, NANO // 2 + 1}),
        ("r > 3", "r", {3 * NANO - 1, 3 * NANO, 3 * NANO + 1}),
        ("n > x0", "n", set()),
        ("n > 9 and b", "n", {8, 9, 10}),
        ("if n > 9 then 77 else 78", "n", {8, 9, 10}),
        ("(n ?? 88) > 9", "n", {8, 9, 10, 87, 88, 89}),
        ("round(n, 30)", "n", {-31, -30, -29, -16, -15, -14, 14, 15, 16, 29, 30, 31, 44, 45, 46}),
        ("floor(m, fen(9))", "m", {-10, -9, -8, -5, -4, -3, 3, 4, 5, 8, 9, 10, 12, 13, 14}),
        ("ceil(n, 9)", "n", {-10, -9, -8, -5, -4, -3, 3, 4, 5, 8, 9, 10, 12, 13, 14}),
        ("truncate(n, 9)", "n", {-10, -9, -8, -5, -4, -3, 3, 4, 5, 8, 9, 10, 12, 13, 14}),
        ("remainder(n, 30)", "n", {-31, -30, -29, 29, 30, 31}),
        ("n > 9223372036854775807", "n", set()),
        ("x0 + x1 + x2 + n > 55", "n", {54, 55, 56}),
        ("x0 + x1 + x2 + x3 + n > 55", "n", set()),
        ("few > 4", "few", set()),
    ],
)
def test_numbers(text: str, name: str, wanted: set[Value]) -> None:
    plain: set[int] = {3, 5} if name == "few" else NUMBERS
    assert added(text, name, plain) == wanted


def test_of_a_long_list_some_values_are_tried() -> None:
    tried = added("n in list.long", "n", NUMBERS)
    assert len(tried) == 3 * 24
    assert {999, 1000, 1001} <= tried


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("d > date('2010-01-01')", {date(2009, 12, 31), date(2010, 1, 1), date(2010, 1, 2)}),
        ("d = date('9999-12-31')", {date(9999, 12, 30)}),
        ("d = date('0001-01-01')", {date(1, 1, 2)}),
        ("year(d) > 2009", ENDS_OF_MONTHS),
        ("month(d) > n", ENDS_OF_MONTHS),
        ("weekday(d) > n", ENDS_OF_MONTHS),
        ("day(d) > n", ENDS_OF_MONTHS),
        ("add_months(d, n) is null", ENDS_OF_MONTHS),
        ("months_between(d, d) > n", ENDS_OF_MONTHS),
        ("d - d > n", set()),
    ],
)
def test_dates(text: str, wanted: set[Value]) -> None:
    assert added(text, "d", DAYS) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("t = 'p'", {"p"}),
        ("t in ['p', 'q']", {"p", "q"}),
        ("lower(t) = 'pQ'", {*WHITE, "pQ", "Pq", " pQ\t", "pQ?", "?pQ", "?pQ?", "p", "Q", "pQpQ"}),
        ("contains(t, 'pQ')", {*WHITE, "pQ", "Pq", " pQ\t", "pQ?", "?pQ", "?pQ?", "p", "Q", "pQpQ"}),
        ("length(t) > 2", {*WHITE, "中", "中中", "中中中"}),
        ("length(t) > 0", {*WHITE, "中"}),
        ("length(t) > 200", {*WHITE, 199 * "中", 200 * "中", 201 * "中"}),
        ("length(t) > 201", WHITE),
        ("length(t) > -1", WHITE),
    ],
)
def test_texts(text: str, wanted: set[Value]) -> None:
    assert added(text, "t", {"", "?"}) == wanted - {"", "?"}


def test_values_of_other_kinds_break_a_declaration_and_so_do_undeclared_ones() -> None:
    assert broken_values(INPUTS[0]) == (1.0, "1", True, INT64_MAX + 1, INT64_MIN - 1, date(2005, 6, 30))
    assert broken_values(Input("t", Kind.TEXT)) == (1, 0.5, True)
    assert broken_values(Input("b", Kind.BOOLEAN)) == (1, "true", 0.0)
    noon, text, serial, *rest = broken_values(Input("d", Kind.DATE))
    day = date(2005, 6, 30)
    assert (noon, text, rest) == (datetime(2005, 6, 30, 12), "2005-06-30", [])  # noqa: DTZ001
    assert date(1899, 12, 30) + timedelta(days=int(str(serial))) == day, "the day as a workbook counts it"
    assert day in DAYS, "close to a day that is tried"
    assert set(broken_values(INPUTS[6])[6:]) == NUMBERS
    assert broken_values(Input("t", Kind.TEXT, values=("?", "x")))[3:] == ("",)


@pytest.mark.parametrize(
    ("value", "kind", "ordinal"),
    [(7, Kind.MONEY, 7), (date(1, 1, 2), Kind.DATE, 2), (-3, Kind.NANO, -3)],
)
def test_a_value_has_a_place_in_the_order_of_its_kind(value: Value, kind: Kind, ordinal: int) -> None:
    assert ordinal_of(value) == ordinal
    assert value_of(ordinal, kind) == value
    assert ordinal_of(None) == 0
    assert ends_of(Kind.DATE) == (1, 3652059)
    assert ends_of(kind) == ((1, 3652059) if kind is Kind.DATE else (INT64_MIN, INT64_MAX))
