"""A report is read whole and the same from both forms, or refused by the path of its fault."""

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from bureau_examples import (
    FOLDER,
    OPTIONAL,
    as_json,
    as_xml,
    changed,
    dotted,
    element,
    example,
    places,
    without,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.data.bureau import BureauReport, parse_json, parse_xml
from creditloop.kernel.errors import ContractBroken

PERSON = example()
PLACES = list(places(PERSON))
SCALARS = [(steps, value) for steps, value in PLACES if isinstance(value, str)]
OBJECTS = [(steps, value) for steps, value in PLACES if isinstance(value, dict)]
UNCHECKED = {"PG010D01", "PG010D02", "PD03AD06"}
"""Keys of codes whose lists are not published."""
CODES = [
    steps
    for steps, value in SCALARS
    for key in [next(step for step in reversed(steps) if isinstance(step, str))]
    if value not in {"", "--"} and (key[-3] == "D" or key == "PH010Q03") and key not in UNCHECKED
]


def report_of(raw: dict[str, Any]) -> BureauReport:
    return parse_json(as_json(raw)).report


def refused(data: bytes, parse: Any = parse_json) -> ContractBroken:
    with pytest.raises(ContractBroken) as caught:
        parse(data)
    return caught.value


@pytest.mark.parametrize("name", ["simulated_person", "simulated_no_record"])
def test_json_and_xml_give_the_same_report(name: str) -> None:
    from_json = parse_json((FOLDER / f"{name}.json").read_bytes())
    assert from_json == parse_xml((FOLDER / f"{name}.xml").read_bytes())
    assert from_json == parse_xml(as_xml(example(name)))
    assert from_json.findings == ()


def test_what_is_written_is_what_is_read() -> None:
    report = report_of(PERSON)
    assert report.number.startswith("SIMULATED")
    assert report.known_at == datetime(2024, 6, 1, 2, 20, 30, tzinfo=UTC), "10:20:30 in Beijing"
    assert [account.terms.account_type for account in report.accounts] == ["D1", "R2", "C1", "R3"]
    loan, card, collected, overdrawn = report.accounts
    assert loan.terms.principal_fen == 120_000_000
    assert loan.latest.balance_fen == 101_234_567
    assert loan.terms.facility_mark is None, "an empty text is nothing"
    assert loan.record_60m is not None
    assert loan.record_60m.statuses == "NNN1NN"
    assert loan.record_60m.overdue_fen == (0, 0, 0, 832_109, 0, 0)
    assert card.record_60m is not None
    assert card.record_60m.overdue_fen == (0, 0, None, 0, 0), "an unknown month has no amount"
    assert card.performance is not None
    assert (card.performance.month, card.performance.used_fen) == (date(2024, 5, 1), 800_050)
    assert collected.latest.closed == date(2023, 9, 30)
    assert overdrawn.latest.balance_fen == -1_230, "more was paid than owed"
    assert report.facilities[0].terms.ceiling_fen is None
    assert report.guarantees[0].terms.liable_fen == 50_000_000
    assert report.score is not None
    assert (report.score.score, report.score.percentile, report.score.reasons) == (612, 35, ("01", "06"))
    assert [query.reason for query in report.queries] == ["02", "02", "01"]
    assert report.housing_fund[0].terms.monthly_fen == 160_000
    assert not report.no_credit_record


def test_a_person_without_any_record_is_a_report_that_says_so() -> None:
    report = report_of(example("simulated_no_record"))
    assert report.no_credit_record
    assert (report.accounts, report.facilities, report.guarantees, report.queries) == ((), (), (), ())
    assert report.score is not None
    assert (report.score.score, report.score.reasons) == (None, ("91",))


@settings(deadline=None)
@given(place=st.sampled_from([steps for steps, _ in PLACES if isinstance(steps[-1], str)]))
def test_a_key_that_must_be_there_is_missed_at_its_place(place: tuple[str | int, ...]) -> None:
    data = as_json(without(PERSON, place))
    key, section = str(place[-1]), str(place[-2]) if len(place) > 1 else ""
    if key in OPTIONAL:
        parse_json(data)
    elif key == f"{section}H" and section not in {"PD01D", "PD01E"}:  # the count beside it does not fit
        assert refused(data).where["path"] == dotted((*place[:-1], f"{section}S01"))
    else:
        assert refused(data).where["path"] == dotted(place)


@settings(deadline=None)
@given(place=st.sampled_from(SCALARS), wrong=st.sampled_from([7, 1.5, True, {"X": "1"}, ["1"]]))
def test_what_is_not_a_text_is_refused_at_its_place(place: Any, wrong: object) -> None:
    error = refused(as_json(changed(PERSON, place[0], wrong)))
    assert error.where["path"] == dotted(place[0])
    assert error.got
    assert error.expected


@settings(deadline=None)
@given(place=st.sampled_from(PLACES), wrong=st.sampled_from(["text", 7, False]))
def test_what_is_not_an_element_or_a_list_is_refused_at_its_place(place: Any, wrong: object) -> None:
    if not isinstance(place[1], str | None):
        assert refused(as_json(changed(PERSON, place[0], wrong))).where["path"] == dotted(place[0])


@settings(deadline=None)
@given(place=st.sampled_from(CODES))
def test_a_code_never_seen_is_named_at_its_place(place: tuple[str | int, ...]) -> None:
    raw = changed(PERSON, place, "?")
    for error in (refused(as_json(raw)), refused(as_xml(raw), parse_xml)):
        assert error.where["path"] == dotted(place)
        assert error.got == '"?"'
        assert "one of" in str(error.expected)


@settings(deadline=None)
@given(place=st.sampled_from(OBJECTS))
def test_a_key_never_seen_is_named_at_its_place(place: Any) -> None:
    raw = changed(PERSON, (*place[0], "PX99"), "1")
    for error in (refused(as_json(raw)), refused(as_xml(raw), parse_xml)):
        assert error.where["path"] == dotted((*place[0], "PX99"))


def test_the_error_names_path_got_and_expected() -> None:
    place = ("PDA", "PD01", 0, "PD01E", "PD01EH", 1, "PD01ED01")
    error = refused(as_json(changed(PERSON, place, "8")))
    assert error.message == "PDA.PD01[0].PD01E.PD01EH[1].PD01ED01: is a code never seen"
    assert error.got == '"8"'
    assert str(error.expected).endswith("one of N * 1 2 3 4 5 6 7 D Z B C G M A # /")
    assert "PDA.PD01[0].PD01E.PD01EH[1].PD01ED01" in error.diagnostics()


def test_the_number_of_the_persons_document_is_in_no_error() -> None:
    place = ("PRH", "PA01", "PA01B", "PA01BI01")
    error = refused(as_json(changed(PERSON, place, "11010119880229001X\x00")))
    assert error.where["path"] == dotted(place)
    assert "1101" not in error.diagnostics() + str(error.as_record())


@pytest.mark.parametrize("text", ["SIM\x00", "SIM\u0085", " ", "S" * 2_001])
def test_a_text_that_no_report_holds_is_refused_at_its_place(text: str) -> None:
    place = ("PDA", "PD01", 0, "PD01A", "PD01AI02")
    assert refused(as_json(changed(PERSON, place, text))).where["path"] == dotted(place)


@pytest.mark.parametrize("empty", [None, "", "--"])
def test_what_must_be_filled_is_refused_empty(empty: str | None) -> None:
    place = ("PDA", "PD01", 0, "PD01A", "PD01AR01")
    error = refused(as_json(changed(PERSON, place, empty)))
    assert (error.where["path"], error.message) == (dotted(place), f"{dotted(place)}: is empty")


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32), cuts=st.integers(1, 6), xml=st.booleans())
def test_damaged_bytes_raise_nothing_but_ours(seed: int, cuts: int, xml: bool) -> None:
    chance = random.Random(seed)
    data = bytearray(as_xml(PERSON) if xml else as_json(PERSON))
    for _ in range(cuts):
        start = chance.randrange(len(data))
        kind = chance.randrange(3)
        if kind == 0:
            data[start] = chance.randrange(256)
        elif kind == 1:
            del data[start : start + chance.randrange(1, 200)]
        else:
            other = chance.randrange(len(data))
            data[start:start] = data[other : other + chance.randrange(1, 200)]
    try:
        (parse_xml if xml else parse_json)(bytes(data))
    except ContractBroken as error:
        assert error.got is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["PRH", "PDA", "PD01"]), inner)
    ),
)


@settings(deadline=None, max_examples=30)
@given(value=JSON)
def test_any_json_that_is_no_report_is_refused(value: object) -> None:
    assert refused(as_json(value)).got is not None


@settings(deadline=None, max_examples=40)
@given(place=st.sampled_from(PLACES), value=JSON)
def test_any_value_anywhere_raises_nothing_but_ours(place: Any, value: object) -> None:
    try:
        parse_json(as_json(changed(PERSON, place[0], value)))
    except ContractBroken as error:
        assert error.where["path"]


@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    refused(data)
    refused(data, parse_xml)


@settings(deadline=None)
@given(place=st.sampled_from(SCALARS), text=st.text(max_size=20))
def test_both_forms_judge_a_text_alike(place: Any, text: str) -> None:
    raw = changed(PERSON, place[0], text)
    results: list[object] = []
    for parse, data in ((parse_json, as_json), (parse_xml, as_xml)):
        try:
            results.append(parse(data(raw)))
        except (ContractBroken, UnicodeEncodeError) as error:
            results.append(getattr(error, "where", "not UTF-8"))
    if text.isspace() or "\r" in text or any(ord(letter) < 32 for letter in text):
        return  # to XML blanks are layout, carriage returns line feeds, control characters forbidden
    assert results[0] == results[1]


def test_an_element_written_without_children_is_empty() -> None:
    raw = example("simulated_no_record")
    laid_out = as_xml(raw).decode().replace("<PCA></PCA>", "<PCA>\n  </PCA>").replace("<PCR></PCR>", "<PCR/>")
    assert parse_xml(laid_out.encode()) == parse_xml(as_xml(raw))
    assert "<PCR/>" in laid_out
    assert element("PCA", {}) == "<PCA></PCA>"
