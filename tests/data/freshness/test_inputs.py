"""What follows for a decision: inputs that are absent, reasons that name the source in both languages."""

from dataclasses import replace
from datetime import date

import pytest

from creditloop.data.contracts import WhenStale
from creditloop.data.freshness import FreshState, SourceFreshness, stale_inputs
from creditloop.kernel.errors import InputError

STALE = SourceFreshness(
    party_id="customer/1",
    contract="invoices",
    state=FreshState.STALE,
    known_on=date(2024, 1, 1),
    asked_on=None,
    answer=None,
    age_days=60,
    limit_days=45,
    then=WhenStale.ABSENT,
)
REFERS = replace(STALE, contract="bureau_months", then=WhenStale.REFER)
FRESH = replace(STALE, contract="parties", state=FreshState.FRESH, age_days=3)
INPUTS = {"invoiced": "invoices", "buyers": "invoices", "months_late": "bureau_months", "age": "parties"}


def test_a_source_is_absent_or_refers_as_its_contract_says() -> None:
    found = stale_inputs([STALE, REFERS, FRESH], inputs=INPUTS)
    assert found.absent == {"invoiced", "buyers"}
    assert found.refers
    bureau, invoices = found.findings
    assert (bureau.code, bureau.contract, bureau.inputs) == (
        "source_stale",
        "bureau_months",
        ("months_late",),
    )
    assert invoices.meaning.zh == "来源 invoices 已过时效：60 天，上限 45 天"
    assert invoices.meaning.en == "source invoices is stale: 60 days old, at most 45"


def test_fresh_sources_and_those_no_input_comes_from_do_not_matter() -> None:
    found = stale_inputs([STALE, REFERS, FRESH], inputs={"age": "parties"})
    assert (found.findings, found.absent, found.refers) == ((), frozenset(), False)


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        (FreshState.NEVER_ASKED, "source_never_asked", "was never asked"),
        (FreshState.UNAVAILABLE, "source_unavailable", "was not available when asked on 2024-02-29"),
        (FreshState.NO_CONSENT, "source_no_consent", "is not consented to"),
    ],
)
def test_every_reason_names_the_source(state: FreshState, code: str, words: str) -> None:
    one = replace(REFERS, state=state, asked_on=date(2024, 2, 29))
    (finding,) = stale_inputs([one], inputs={"months_late": "bureau_months"}).findings
    assert (finding.code, finding.then) == (code, WhenStale.REFER)
    assert finding.meaning.en == f"source bureau_months {words}"
    assert "bureau_months" in finding.meaning.zh


@pytest.mark.parametrize("state", [FreshState.STALE, FreshState.NEVER_ASKED, FreshState.UNAVAILABLE])
def test_without_a_limit_only_consent_matters(state: FreshState) -> None:
    unlimited = replace(STALE, state=state, then=None, limit_days=None)
    assert stale_inputs([unlimited], inputs={"invoiced": "invoices"}).findings == ()
    withheld = replace(unlimited, state=FreshState.NO_CONSENT)
    assert stale_inputs([withheld], inputs={"invoiced": "invoices"}).absent == {"invoiced"}


def test_states_that_do_not_fit_the_inputs_are_refused() -> None:
    with pytest.raises(InputError, match="not told") as error:
        stale_inputs([STALE], inputs=INPUTS)
    assert error.value.got == ["bureau_months", "parties"]
    with pytest.raises(InputError, match="about one party"):
        stale_inputs([STALE, replace(STALE, party_id="customer/2")], inputs={})
