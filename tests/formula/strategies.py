"""Random programs and rows: well-typed expressions; rows with nulls, extremes and wrong values."""

from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction

from hypothesis import strategies as st

from creditloop.formula import Input, Kind, ListOfValues, NullPolicy, Step

Inner = Callable[[Kind], str]
I, M, N, T, B, D = Kind.INTEGER, Kind.MONEY, Kind.NANO, Kind.TEXT, Kind.BOOLEAN, Kind.DATE  # noqa: E741
POLICIES = (NullPolicy.REFER, NullPolicy.NO_MATCH, NullPolicy.MATCH)
INPUTS = [
    *(Input(f"{kind.value}_{policy.value}", kind, policy) for kind in Kind for policy in POLICIES),
    Input("code", I, NullPolicy.REFER, values=(1, 2, 3)),
    Input("grade", T, NullPolicy.NO_MATCH, values=("A", "B", "中")),
]
LISTS = [
    ListOfValues("letters", T, ("A", "中", "x y")),
    ListOfValues("nothing", T, ()),
    ListOfValues("numbers", I, (0, 1, -1, 2**63 - 1)),
    ListOfValues("days", D, (date(2004, 2, 29), date.max)),
]
INT64 = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63), 10**9, 5 * 10**8, -(10**9)]),
    st.integers(-1000, 1000),
    INT64,
)
DATES = st.one_of(st.sampled_from([date.min, date.max, date(2004, 2, 29)]), st.dates())
RIGHT = {
    **dict.fromkeys((I, M, N), NUMBERS),
    T: st.sampled_from(["A", "B", "中", "", "x y", "it", " É\t", "aÀb%_", "\u3000\U0001f600", "\r\n", "AA"]),
    B: st.booleans(),
    D: DATES,
}
WRONG = st.sampled_from([1.0, "1", True, 2**63, -(2**63) - 1, date(2005, 6, 30), datetime(2005, 6, 30), 3])  # noqa: DTZ001


@st.composite
def rows(draw: st.DrawFn) -> dict[str, object]:
    row: dict[str, object] = {}
    for entry in INPUTS:
        sort = draw(st.sampled_from(["right"] * 12 + ["null"] * 3 + ["wrong", "absent"]))
        if sort == "right":
            row[entry.name] = draw(st.sampled_from(entry.values) if entry.values else RIGHT[entry.kind])
        elif sort != "absent":
            row[entry.name] = None if sort == "null" else draw(WRONG)
    return row


def literal(kind: Kind) -> st.SearchStrategy[str]:
    whole = st.one_of(st.integers(-20, 20), NUMBERS).map(str)
    return {
        I: whole,
        M: st.one_of(
            whole.map("fen({})".format), st.integers(-500, 500).map(lambda n: f"yuan({n}.{n % 100:02d})")
        ),
        N: st.tuples(st.integers(-50, 50), st.integers(0, 10**9 - 1)).map(lambda p: f"{p[0]}.{p[1]:09d}"),
        T: st.sampled_from(["'A'", '"B"', "'中'", "''", "'x y'"]),
        B: st.sampled_from(["true", "false"]),
        D: st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(lambda day: f"date('{day}')"),
    }[kind]


@st.composite
def names(draw: st.DrawFn, kind: Kind, steps: tuple[tuple[str, Kind], ...]) -> str:
    known = [entry.name for entry in INPUTS if entry.kind is kind] + [
        name for name, own in steps if own is kind
    ]
    return draw(st.sampled_from(known))


@st.composite
def expression(draw: st.DrawFn, kind: Kind, depth: int, steps: tuple[tuple[str, Kind], ...] = ()) -> str:
    """Draw the text of a well-typed expression, in brackets wherever precedence could matter."""

    def inner(kind: Kind) -> str:
        return draw(expression(kind, depth - 1, steps))

    if depth == 0 or draw(st.integers(0, 9)) < 2:
        return draw(literal(kind) if draw(st.integers(0, 2)) == 0 else names(kind, steps))
    form = draw(st.sampled_from([*FORMS[kind], *ANY]))
    if form == "if":
        return f"(if {inner(B)} then {inner(kind)} else {draw(st.sampled_from(['null', inner(kind)]))})"
    if form == "case":
        return f"case when {inner(B)} then {inner(kind)} when {inner(B)} then null else {inner(kind)} end"
    if form == "??":
        return f"({inner(kind)} ?? {inner(kind)})"
    return _formed(draw, form, kind, inner)


def _formed(draw: st.DrawFn, form: str, kind: Kind, inner: Inner) -> str:  # noqa: PLR0911  # one a form
    if form in {"compare", "interval"}:
        sides = draw(st.sampled_from([(I, I), (M, M), (N, N), (I, N), (N, I), (D, D)]))
        if form == "compare":
            sign = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]))
            return f"({inner(sides[0])} {sign} {inner(sides[1])})"
        opening, closing = draw(st.sampled_from("[(")), draw(st.sampled_from("])"))
        low, high = _computed(inner, sides[1]), _computed(inner, sides[1])
        return f"({inner(sides[0])} in {opening}{low}..{high}{closing})"
    if form == "equal":
        own, sign = draw(st.sampled_from([T, B])), draw(st.sampled_from(["=", "!="]))
        return f"({inner(own)} {sign} {inner(own)})"
    if form == "member":
        listed = draw(st.sampled_from([I, M, N, T, D]))
        items = draw(st.lists(literal(listed), min_size=1, max_size=4, unique_by=_literal_key))
        return f"({inner(listed)} {draw(st.sampled_from(['in', 'not in']))} [{', '.join(items)}])"
    if form == "is":
        return (
            f"({inner(draw(st.sampled_from(list(Kind))))} is {draw(st.sampled_from(['null', 'not null']))})"
        )
    if form in {"min", "max"}:
        return f"{form}({inner(kind)}, {inner(I if kind is N and draw(st.booleans()) else kind)})"
    if form in {"starts_with", "ends_with", "contains"}:
        return f"{form}({inner(T)}, {draw(st.sampled_from([inner(T), draw(literal(T))]))})"
    if form in {"round", "floor", "ceil", "truncate"}:
        return f"{form}({inner(kind)}, {draw(STEPS[kind])})"
    return form.format(
        *(inner(I), inner(M), inner(N), inner(D), inner(B), inner(kind), inner(kind), inner(T))
    )


def _computed(inner: Inner, kind: Kind) -> str:
    """An end of an interval: never a bare literal, since an empty interval of literals is refused."""
    text = inner(kind)
    return f"({text} - {inner(kind)})" if kind is not D else f"({text} + {inner(I)})"


def _literal_key(text: str) -> str:
    if text.startswith("yuan("):
        whole, cents = text[5:-1].split(".")
        sign = -1 if whole.startswith("-") else 1
        return str(sign * (abs(int(whole)) * 100 + int(cents)))
    return (
        text.removeprefix("fen(").removesuffix(")").replace('"', "'")
        if text[0] not in "-0123456789"
        else _number_key(text)
    )


def _number_key(text: str) -> str:
    return str(Fraction(text))


STEPS = {
    I: st.integers(1, 1000).map(str),
    M: st.sampled_from(["yuan(100)", "fen(1)", "yuan(0.05)", "fen(9223372036854775807)"]),
    N: st.sampled_from(["0.01", "0.000000001", "1", "7"]),
}
ANY = ("if", "case", "??")
# {0} integer, {1} money, {2} ratio, {3} date, {4} condition, {5} and {6} the kind itself, {7} text
ARITHMETIC = (
    *("({5} + {6})", "({5} - {6})", "(-{5})", "abs({5})", "min", "max", "round", "floor", "ceil", "truncate"),
    "remainder({5}, {6})",
)
FORMS = {
    I: (*ARITHMETIC, "({5} * {6})", "({3} - date('2001-02-03'))", "({3} - {3})", "year({3})", "month({3})",
        "day({3})", "weekday({3})", "months_between({3}, date('2004-02-29'))", "months_between({3}, {3})",
        "length({7})"),
    M: (*ARITHMETIC, "({0} * {1})", "({1} * {0})", "({1} * {2})", "({2} * {1})"),
    N: (
        *ARITHMETIC,
        *("({0} + {2})", "({2} - {0})", "({0} * {2})", "({2} * {0})", "({2} * {6})"),
        *("({0} / ({0} + 1))", "({1} / ({1} + fen(1)))", "({2} / ({6} + 0.5))", "({2} / ({0} - 1))"),
        *("({0} / ({2} + 1))", "remainder({0}, {2})", "remainder({2}, {0})"),
    ),
    T: ("{5}", "lower({5})", "upper({5})", "trim({5})", "concat({5}, {6})", "concat({5}, ' ', {6})"),
    B: ("compare", "compare", "interval", "equal", "member", "is", "({5} and {6})", "({5} or {6})",
        "(not {5})", "({5} and {6} and {4})", "({5} or {4} or {6})", "starts_with", "ends_with", "contains"),
    D: ("({3} + {0})", "({3} - {0})", "min", "max", "add_months({3}, {0})",
        "add_months({3}, remainder({0}, 50))"),
}  # fmt: skip


@st.composite
def listed_programs(draw: st.DrawFn) -> list[Step]:
    """Programs that ask lists, and declare again what a null of an input or step means."""
    steps: list[Step] = []
    for index in range(draw(st.integers(2, 4))):
        kind = draw(st.sampled_from([B, B, *Kind]))
        known = tuple((step.name, step.kind) for step in steps if step.kind is not None)
        text = draw(expression(kind, 2, known))
        if kind is B and draw(st.booleans()):
            listed = draw(st.sampled_from(LISTS))
            subject = draw(expression(listed.kind, 1, known))
            text = f"({text}) or ({subject}) {draw(st.sampled_from(['in', 'not in']))} list.{listed.name}"
        null = draw(st.sampled_from([None, *POLICIES]))
        steps.append(Step(f"step_{index}", text, kind=kind, null=null))
    return steps


@st.composite
def programs(draw: st.DrawFn, depth: int = 3) -> list[Step]:
    steps: list[Step] = []
    for index in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from([B, B, *Kind]))
        known = tuple((step.name, step.kind) for step in steps if step.kind is not None)
        steps.append(Step(f"step_{index}", draw(expression(kind, depth, known)), kind=kind))
    return steps
