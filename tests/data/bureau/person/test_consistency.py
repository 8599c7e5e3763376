"""Every rule is broken once: the report is refused by name and place, or the finding says so."""

from typing import Any

import pytest
from bureau_examples import as_json, as_xml, changed, example

from creditloop.data.bureau import RULES, parse_json, parse_xml
from creditloop.data.contracts import Effect
from creditloop.kernel.errors import ContractBroken

PERSON = example()
FIRST = ("PDA", "PD01", 0)

BROKEN: list[tuple[str, tuple[str | int, ...], Any, str]] = [
    ("count_equals_items", (*FIRST, "PD01E", "PD01ES01"), "7", "PDA.PD01[0].PD01E.PD01ES01"),
    ("count_equals_items", (*FIRST, "PD01F", "PD01FS01"), "2", "PDA.PD01[0].PD01F.PD01FS01"),
    ("count_equals_items", (*FIRST, "PD01Z", "PD01ZS01"), "0", "PDA.PD01[0].PD01Z.PD01ZS01"),
    ("count_equals_items", ("PSM", "PC01", "PC010S01"), "1", "PSM.PC01.PC010S01"),
    ("count_equals_items", ("POS", "PG01", 0, "PG010S01"), "2", "POS.PG01[0].PG010S01"),
    (
        "months_contiguous",
        (*FIRST, "PD01E", "PD01EH", 2, "PD01ER03"),
        "2024-04",
        "PDA.PD01[0].PD01E.PD01EH[2].PD01ER03",
    ),
    ("months_contiguous", (*FIRST, "PD01E", "PD01ER01"), "2023-11", "PDA.PD01[0].PD01E.PD01EH"),
    (
        "months_contiguous",
        (*FIRST, "PD01D", "PD01DR02"),
        "2023-01",
        "PDA.PD01[0].PD01D.PD01DH[0].PD01DR03",
    ),
    ("month_not_after_report", (*FIRST, "PD01C", "PD01CR01"), "2024-07", "PDA.PD01[0].PD01C.PD01CR01"),
    (
        "month_not_after_report",
        ("PDA", "PD01", 1, "PD01G", "PD01GH", 0, "PD01GR01"),
        "2024-07",
        "PDA.PD01[1].PD01G.PD01GH[0].PD01GR01",
    ),
    (
        "month_not_after_report",
        ("PND", "PE01", 0, "PE01A", "PE01AR02"),
        "2024-07",
        "PND.PE01[0].PE01A.PE01AR02",
    ),
    (
        "month_not_after_report",
        ("PHF", "PF05", 0, "PF05A", "PF05AR02"),
        "2024-07",
        "PHF.PF05[0].PF05A.PF05AR02",
    ),
    ("number_once", ("PDA", "PD01", 2, "PD01A", "PD01AI01"), "1", "PDA.PD01[2].PD01A.PD01AI01"),
    ("state_of_type", (*FIRST, "PD01B", "PD01BD01"), "31", "PDA.PD01[0].PD01B.PD01BD01"),
    ("state_of_type", ("PDA", "PD01", 1, "PD01C", "PD01CD01"), "7", "PDA.PD01[1].PD01C.PD01CD01"),
    ("kind_of_borrower", ("PCR", "PD03", 0, "PD03A", "PD03AD02"), "91", "PCR.PD03[0].PD03A.PD03AD02"),
    (
        "overdue_when_normal",
        (*FIRST, "PD01E", "PD01EH", 0, "PD01EJ01"),
        "0.01",
        "PDA.PD01[0].PD01E[2024-05].PD01EJ01",
    ),
    ("closed_before_opened", (*FIRST, "PD01B", "PD01BR01"), "2020-03-09", "PDA.PD01[0].PD01B.PD01BR01"),
    ("ends_before_it_begins", (*FIRST, "PD01A", "PD01AR02"), "2020-03-09", "PDA.PD01[0].PD01A.PD01AR02"),
    (
        "ends_before_it_begins",
        ("PCA", "PD02", 0, "PD02A", "PD02AR02"),
        "2020-01-01",
        "PCA.PD02[0].PD02A.PD02AR02",
    ),
    (
        "ends_before_it_begins",
        ("PCR", "PD03", 0, "PD03A", "PD03AR02"),
        "2020-01-01",
        "PCR.PD03[0].PD03A.PD03AR02",
    ),
    ("balance_when_settled", (*FIRST, "PD01B", "PD01BD01"), "3", "PDA.PD01[0].PD01B.PD01BJ01"),
    (
        "records_disagree",
        (*FIRST, "PD01D", "PD01DH", 1, "PD01DD01"),
        "2",
        "PDA.PD01[0].PD01D[2024-01].PD01DD01",
    ),
]
LATE = "2024-06-02"
PAST = [
    "PDA.PD01[0].PD01A.PD01AR01",
    "PDA.PD01[0].PD01B.PD01BR01",
    "PDA.PD01[0].PD01B.PD01BR02",
    "PDA.PD01[0].PD01B.PD01BR03",
    "PDA.PD01[0].PD01C.PD01CR03",
    "PDA.PD01[0].PD01C.PD01CR04",
    "PDA.PD01[0].PD01F.PD01FH[0].PD01FR01",
    "PDA.PD01[0].PD01Z.PD01ZH[0].PD01ZR01",
    "PCA.PD02[0].PD02A.PD02AR01",
    "PCA.PD02[0].PD02Z.PD02ZH[0].PD02ZR01",
    "PCR.PD03[0].PD03A.PD03AR01",
    "PCR.PD03[0].PD03A.PD03AR03",
    "PCR.PD03[0].PD03Z.PD03ZH[0].PD03ZR01",
    "PND.PE01[0].PE01A.PE01AR01",
    "PND.PE01[0].PE01Z.PE01ZH[0].PE01ZR01",
    "POT.PF01[0].PF01A.PF01AR01",
    "POT.PF01[0].PF01Z.PF01ZH[0].PF01ZR01",
    "PCJ.PF02[0].PF02A.PF02AR01",
    "PCJ.PF02[0].PF02Z.PF02ZH[0].PF02ZR01",
    "PCE.PF03[0].PF03A.PF03AR01",
    "PCE.PF03[0].PF03A.PF03AR02",
    "PCE.PF03[0].PF03Z.PF03ZH[0].PF03ZR01",
    "PAP.PF04[0].PF04A.PF04AR01",
    "PAP.PF04[0].PF04Z.PF04ZH[0].PF04ZR01",
    "PHF.PF05[0].PF05A.PF05AR01",
    "PHF.PF05[0].PF05A.PF05AR04",
    "PHF.PF05[0].PF05Z.PF05ZH[0].PF05ZR01",
    "POS.PG01[0].PG010H[0].PG010R01",
    "POQ.PH01[0].PH010R01",
]
"""Every place of the example whose day must not lie after the report."""


def steps_of(path: str) -> tuple[str | int, ...]:
    parts = path.replace("[", ".[").split(".")
    return tuple(int(part[1:-1]) if part.startswith("[") else part for part in parts)


@pytest.mark.parametrize(
    ("rule", "place", "value", "path"), BROKEN, ids=lambda x: x if isinstance(x, str) else None
)
def test_a_broken_rule_refuses_or_is_found(rule: str, place: Any, value: str, path: str) -> None:
    raw = changed(PERSON, place, value)
    for parse, data in ((parse_json, as_json(raw)), (parse_xml, as_xml(raw))):
        if RULES[rule].effect is Effect.REJECT:
            with pytest.raises(ContractBroken) as caught:
                parse(data)
            assert (caught.value.where["rule"], caught.value.where["path"]) == (rule, path)
        else:
            assert [(found.rule, found.path) for found in parse(data).findings] == [(rule, path)]


@pytest.mark.parametrize("path", PAST)
def test_nothing_happened_after_the_report(path: str) -> None:
    with pytest.raises(ContractBroken) as caught:
        parse_json(as_json(changed(PERSON, steps_of(path), LATE)))
    assert caught.value.where == {"path": path, "rule": "day_not_after_report"}
    assert (caught.value.got, caught.value.expected) == (LATE, "not after 2024-06-01")


@pytest.mark.parametrize("path", PAST)
def test_what_happened_on_the_reports_day_was_known(path: str) -> None:
    assert parse_json(as_json(changed(PERSON, steps_of(path), "2024-06-01"))).report.number


def test_what_ends_on_the_day_it_begins_is_no_contradiction() -> None:
    raw = changed(PERSON, (*FIRST, "PD01B", "PD01BR01"), "2020-03-10")
    raw = changed(raw, (*FIRST, "PD01A", "PD01AR02"), "2020-03-10")
    raw = changed(raw, ("PCA", "PD02", 0, "PD02A", "PD02AR02"), "2021-01-15")
    assert parse_json(as_json(raw)).findings == ()


def test_every_rule_is_broken_here() -> None:
    assert {rule for rule, *_ in BROKEN} | {"day_not_after_report"} == set(RULES)


def test_the_reports_own_day_is_a_beijing_day() -> None:
    place = ("PRH", "PA01", "PA01A", "PA01AR01")
    late = changed(PERSON, place, "2024-06-01T00:30:00")  # still May 31st in UTC
    assert parse_json(as_json(late)).report.queries[0].queried.isoformat() == "2024-06-01"


def test_a_record_that_runs_past_the_report_is_refused() -> None:
    raw = changed(PERSON, ("PRH", "PA01", "PA01A", "PA01AR01"), "2024-04-30T00:00:00")
    for place in PAST:
        raw = changed(raw, steps_of(place), "2021-01-15")
    for section in ("POQ", "POS", "PND", "PHF"):
        raw = changed(raw, (section,), {})
    for index in (1, 2, 3):
        raw["PDA"]["PD01"].pop()
        assert len(raw["PDA"]["PD01"]) == 4 - index
    raw["PDA"]["PD01"][0].pop("PD01C")
    with pytest.raises(ContractBroken) as caught:
        parse_json(as_json(raw))
    assert caught.value.where == {"path": "PDA.PD01[0].PD01D.PD01DR02", "rule": "month_not_after_report"}
    raw["PDA"]["PD01"][0].pop("PD01D")
    with pytest.raises(ContractBroken) as caught:
        parse_json(as_json(raw))
    assert caught.value.where == {"path": "PDA.PD01[0].PD01E.PD01ER02", "rule": "month_not_after_report"}


def test_the_overdraft_of_a_quasi_credit_card_may_be_normal() -> None:
    record = PERSON["PDA"]["PD01"][3]["PD01E"]["PD01EH"]
    assert ("N", "120") in {(month["PD01ED01"], month["PD01EJ01"]) for month in record}
    assert parse_json(as_json(PERSON)).findings == ()


def test_a_facility_stands_once() -> None:
    raw = changed(PERSON, ("PCA", "PD02"), PERSON["PCA"]["PD02"] * 2)
    with pytest.raises(ContractBroken) as caught:
        parse_json(as_json(raw))
    assert caught.value.where == {"path": "PCA.PD02[1].PD02A.PD02AI01", "rule": "number_once"}
    assert "PD02[0]" in str(caught.value.expected)


def test_a_persons_guarantee_is_of_a_persons_business_and_account() -> None:
    terms = ("PCR", "PD03", 0, "PD03A")
    raw = changed(changed(PERSON, (*terms, "PD03AD08"), "1"), (*terms, "PD03AD02"), "91")
    assert parse_json(as_json(raw)).report.guarantees[0].terms.business_kind == "91"
    with pytest.raises(ContractBroken) as caught:
        parse_json(as_json(changed(raw, (*terms, "PD03AD06"), "D2")))
    assert caught.value.where == {"path": "PCR.PD03[0].PD03A.PD03AD06", "rule": "kind_of_borrower"}
