"""Every node of a good report is broken in every way: the fault is named by its path, in either report."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bureau_examples import Steps, dotted, example, places
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.data.bureau import parse_report
from creditloop.data.bureau.firm import FIRM_READER
from creditloop.data.bureau.person import READER
from creditloop.data.bureau.reading import ReportReader
from creditloop.data.bureau.reading.from_json import element_from_json
from creditloop.kernel.errors import ContractBroken

REPORTS = {name: example(name) for name in ("simulated_person", "simulated_firm")}
READERS: dict[str, ReportReader[Any]] = {"simulated_person": READER, "simulated_firm": FIRM_READER}
PLACES = {name: list(places(report)) for name, report in REPORTS.items()}
HEADS = {"PRH", "PA01", "PA01A", "PA01AI01", "EAA", "EA01", "EA01A", "EA01AI01"}
"""Without its number a report is neither kind; what then refuses it is not about that place."""
TWICE = "written-twice"
_FIRM_MUST_BE_THERE = """
EAA EA01AR01 EA01C EA01CS01 EA01CD01 EA01CI01 EA01DS01
ED01A ED01AI01 ED01AD01 ED01AD02 ED01AD05 ED01AR01 ED01BS01 ED01BR01 ED01CS01 ED01CD01 ED01CR01
ED020I01 ED030I01 ED04A ED04AI01 ED04AD03 ED04AR01 ED050I01 ED060I01
ED070I01 ED070D01 ED070D03 ED070R01 ED080I01 ED080D01 ED090I01 ED090D01
EE01A EE01AI01 EE01BS01 EE01BR01 EF010I01 EF010R01 EF020I01 EF020R01 EF030I01 EF030R01 EF040I01 EF040R01
EF05A EF05AI01 EF05BS01 EF05BR01 EH010I01 EI010D02
"""
FIRM_MUST_BE_THERE = frozenset(_FIRM_MUST_BE_THERE.split()) - HEADS
"""Keys a firm's report cannot do without, written down from what we decided and not from the code."""


def holder_of(report: dict[str, Any], steps: Steps) -> Any:
    """Find what holds a place."""
    holder: Any = report
    for step in steps[:-1]:
        holder = holder[step]
    return holder


@contextmanager
def with_change(report: dict[str, Any], steps: Steps, **changes: Any) -> Iterator[bytes]:
    """Write the report with a place changed: another `value`, another `key`, or gone if neither is said."""
    holder, last = holder_of(report, steps), steps[-1]
    kept = dict(holder) if isinstance(holder, dict) else list(holder)
    old = holder.pop(last) if isinstance(holder, dict) else holder[last]
    if "key" in changes:
        holder[changes["key"]] = old
    elif "value" in changes:
        holder[last] = changes["value"]
    try:
        yield json.dumps(report, ensure_ascii=False).encode()
    finally:
        holder.clear()
        (holder.update if isinstance(holder, dict) else holder.extend)(kept)


def path_of_refusal(data: bytes) -> str | None:
    """Return where a report is refused; None if it is read."""
    try:
        parse_report(data)
    except ContractBroken as error:
        assert error.got is not None
        return str(error.where["path"])
    return None


def first_of_each(name: str) -> list[tuple[Steps, Any]]:
    """Give every place that differs in more than which item of a list it belongs to."""
    seen: dict[str, tuple[Steps, Any]] = {}
    for steps, value in PLACES[name]:
        if not HEADS & {steps[-1]}:
            seen.setdefault(dotted(steps, indices=False) + str(isinstance(steps[-1], int)), (steps, value))
    return list(seen.values())


def nearby(path: str | None, steps: Steps) -> bool:
    """Whether a path is the place, or the stated count beside it that the change made wrong."""
    own, key = dotted(steps), str(steps[-1])
    return path == own or (key.endswith("H") and path == f"{own[:-1]}S01")


@pytest.mark.parametrize("name", REPORTS)
def test_a_value_of_another_type_is_refused_at_its_place(name: str) -> None:
    for steps, value in first_of_each(name):
        wrong: tuple[Any, ...] = (7, {"X": "1"}) if isinstance(value, str) else ("text", 7)
        for other in wrong:
            with with_change(REPORTS[name], steps, value=other) as data:
                assert path_of_refusal(data) == dotted(steps), (steps, other)


@pytest.mark.parametrize("name", REPORTS)
def test_a_renamed_key_is_refused_under_the_old_or_the_new_name(name: str) -> None:
    for steps, _ in first_of_each(name):
        if isinstance(steps[-1], str):
            renamed = f"{steps[-1]}X"
            with with_change(REPORTS[name], steps, key=renamed) as data:
                path = path_of_refusal(data)
            assert path in {dotted(steps), dotted((*steps[:-1], renamed))}, steps


@pytest.mark.parametrize("name", REPORTS)
def test_a_key_left_out_is_missed_at_its_place_or_the_same_as_nothing(name: str) -> None:
    missed = set()
    for steps, _ in first_of_each(name):
        if isinstance(steps[-1], int):
            continue
        with with_change(REPORTS[name], steps) as data:
            path = path_of_refusal(data)
        if path is None:
            with with_change(REPORTS[name], steps, value=None) as empty:
                assert parse_report(data) == parse_report(empty), steps
            assert READERS[name].from_json(data) == READERS[name].reader.door.strict(element_from_json(data))
        else:
            assert nearby(path, steps), (path, steps)
            missed.add(str(steps[-1]))
    if name == "simulated_firm":
        assert {key for key in missed if not key.endswith("H")} == FIRM_MUST_BE_THERE


@pytest.mark.parametrize("name", REPORTS)
def test_a_key_written_twice_is_refused_at_its_place(name: str) -> None:
    for steps, value in first_of_each(name):
        if isinstance(steps[-1], str):
            holder = holder_of(REPORTS[name], steps)
            holder[TWICE] = value
            data = json.dumps(REPORTS[name], ensure_ascii=False).encode()
            del holder[TWICE]
            twice = data.replace(TWICE.encode(), str(steps[-1]).encode())
            assert path_of_refusal(twice) == dotted(steps), steps


@settings(deadline=None, max_examples=60)
@given(data=st.data(), name=st.sampled_from(sorted(REPORTS)))
def test_two_changes_anywhere_give_a_path_or_the_same_report_both_ways(data: Any, name: str) -> None:
    report = json.loads(json.dumps(REPORTS[name]))
    for _ in range(2):
        steps, _value = data.draw(st.sampled_from(PLACES[name]))
        other = data.draw(st.sampled_from([None, "", "7", "2024-13", "?", 7, [], {}, ["1"], {"X": None}]))
        try:
            holder_of(report, steps)[steps[-1]] = other
        except (KeyError, IndexError, TypeError):
            continue  # the first change took away what the second is about
    written = json.dumps(report).encode()
    if path_of_refusal(written) is None:
        reader = READERS[name]
        assert reader.from_json(written) == reader.reader.door.strict(element_from_json(written))


@pytest.mark.parametrize("name", REPORTS)
def test_letters_written_as_numbers_change_nothing_and_hide_no_repeat(name: str) -> None:
    plain = json.dumps(REPORTS[name], ensure_ascii=False)
    escaped = json.dumps(REPORTS[name])
    assert "\\u" in escaped
    assert parse_report(escaped.encode()) == parse_report(plain.encode())
    first = next(iter(REPORTS[name]))
    for hidden in ('{"X": "\\u0022\\u0022"}', '{"X": "\\"\\""}', '{"X\\\\": "\\\\"}'):
        twice = escaped.replace(f'{{"{first}"', f'{{"{first}": {hidden}, "{first}"', 1)
        assert path_of_refusal(twice.encode()) == first
