"""A strategy is published only if it is sound, its cases hold and its targets agree; then it is sealed."""

from datetime import date
from functools import partial
from pathlib import Path

import pytest
from tests.service.people import let_in

from creditloop.formula import Difference, Proof, Result
from creditloop.kernel.errors import ConflictingRepeat, InputError, PolicyError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.oversight import StrategyVersion, find_proof, find_versions
from creditloop.service.bank import Bank
from creditloop.service.doors import NotAllowed
from creditloop.service.strategies import publishing
from creditloop.service.strategies.publication_plan import publish_by_plan, read_strategy_plan
from creditloop.service.strategies.publishing import keep_proof, prove_file, publish_strategy, put_strategy

MANDATES = "policies/personal_loan/admit/mandates.yaml"
FROM = date(2024, 6, 30)
ROWS = 30


def publish(
    bank: Bank, *, by: str = "strategist", simulated: bool = True, file: str = MANDATES
) -> StrategyVersion:
    with bank.work() as work:
        return publish_strategy(
            work,
            file=bank.places.documents / file,
            effective_from=FROM,
            by=by,
            reason="who may decide what",
            rows=ROWS,
            seed=1,
            simulated=simulated,
        )


def test_a_published_strategy_is_kept_with_its_proof_and_sealed(small_bank: Bank) -> None:
    version = publish(small_bank)
    with connect(small_bank.url) as connection:
        assert find_versions(connection) == [version]
        proof = find_proof(connection, batch_id=version.proof_batch)
        texts = connection.execute("SELECT document_hash FROM kernel.document").fetchall()
    assert (version.cases, version.state, version.simulated) == (7, "published", True)
    assert (proof.differences, proof.random_rows, proof.program_hash) == (0, ROWS, version.program_hash)
    assert '"python"' in proof.targets
    assert (version.document_hash,) in texts
    assert small_bank.verify().problems == ()


def test_what_was_published_is_verified_like_everything_else(small_bank: Bank) -> None:
    publish(small_bank)
    with connect(small_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE oversight.strategy_proof SET differences = 1")
        connection.commit()
    (problem,) = small_bank.verify().problems
    assert problem.table == "oversight.strategy_proof"


def test_a_repeat_finds_the_first_without_proving_it_again(
    small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(small_bank)
    monkeypatch.setattr(publishing, "prove_file", partial(pytest.fail, "proven again"))
    assert publish(small_bank) == first
    with pytest.raises(ConflictingRepeat, match="by somebody else"):
        publish(small_bank, by="another")


def test_people_publish_and_put_live_by_their_roles(small_bank: Bank) -> None:
    let_in(small_bank, "zhao", "strategist", "approver")
    let_in(small_bank, "qian", "approver")
    with pytest.raises(UnknownId, match="no person with this login"):
        publish(small_bank, by="nobody", simulated=False)
    with pytest.raises(NotAllowed):
        publish(small_bank, by="qian", simulated=False)
    version = publish(small_bank, by="zhao", simulated=False)

    def put(state: str, by: str) -> StrategyVersion:
        with small_bank.work() as work:
            return put_strategy(work, version_id=version.batch_id, state=state, by=by, reason="read")

    with pytest.raises(InputError, match="a second person must"):
        put("live", "zhao")
    assert put("live", "qian").state == "live"
    assert put("live", "qian").state == "live"
    assert put("retired", "zhao").state == "retired"
    assert small_bank.verify().problems == ()


CASES = "policies/personal_loan/admit/cases/mandates.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (MANDATES, "policy: ", "polcy: ", "polcy"),
        (MANDATES, "amount_fen > parameter.one_person_up_to", "amont_fen > 1", "amont_fen"),
        (MANDATES, "amount_fen > parameter.one_person_up_to", "amount_fen > yuan(99999999)", "not published"),
        (CASES, "signatures: 2,", "signatures: 1,", "6 of 7 cases hold"),
    ],
)
def test_what_is_not_sound_is_not_published(
    small_bank: Bank, file: str, old: str, new: str, message: str
) -> None:
    place = small_bank.places.documents / file
    text = place.read_text("utf-8")
    assert old in text
    place.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PolicyError) as caught:
        publish(small_bank)
    assert message in caught.value.diagnostics()
    with connect(small_bank.url) as connection:
        assert find_versions(connection) == []


def disagreeing(*_: object, **__: object) -> Proof:
    told = Difference({"amount_fen": 1}, "mandate", {"python": Result("a", 0), "polars": Result("b", 0)})
    return Proof(
        program_hash="0" * 64,
        seed=1,
        targets=("python", "polars"),
        boundary_rows=1,
        random_rows=0,
        differences=1,
        first=(told,),
        seen={},
    )


def test_a_difference_between_targets_stops_it_and_may_be_kept(
    small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "prove", disagreeing)
    with pytest.raises(PolicyError, match="the targets disagree"):
        publish(small_bank)
    file = small_bank.places.documents / MANDATES
    proven = prove_file(file, places=small_bank.places, rules_as_of=None, today=FROM, rows=ROWS, seed=1)
    assert not proven.holds
    with small_bank.work() as work:
        kept = keep_proof(work, proven=proven)
    assert (kept.differences, kept.holds) == (1, False)
    assert "mandate" in kept.first_differences
    assert small_bank.verify().problems == ()


def test_a_plan_publishes_and_puts_live_once(small_bank: Bank) -> None:
    text = f"""\
plan: strategies
title: {{zh: 发布, en: publication}}
product: personal_loan
effective_from: {FROM}
published_by: strategist_a
live_by: approver_c
simulated: true
reason: {{publish: new, live: read}}
proof: {{rows: {ROWS}, seed: 1, source: {{title: a test's choice}}}}
strategies: [{MANDATES}]
"""
    (small_bank.places.documents / "strategies.yaml").write_text(text, "utf-8")
    plan = read_strategy_plan(small_bank.places.document("strategies.yaml"))
    for _ in range(2):
        with small_bank.work() as work:
            (version,) = publish_by_plan(work, plan=plan)
        assert version.state == "live"
        assert [change.person for change in version.changes] == ["strategist_a", "approver_c"]
    assert small_bank.verify().problems == ()


def test_one_person_in_a_plan_is_refused(small_bank: Bank) -> None:
    example = Path(__file__).parents[3] / "examples" / "taiwan_cards" / "strategies.yaml"
    text = example.read_text("utf-8").replace("live_by: approver_c", "live_by: Strategist_A")
    few = text[: text.index("strategies:  ")] + f"strategies: [{MANDATES}]\n"
    (small_bank.places.documents / "one.yaml").write_text(few.replace("rows: 1000", "rows: 5"), "utf-8")
    plan = read_strategy_plan(small_bank.places.document("one.yaml"))
    with pytest.raises(InputError, match="a second person must"), small_bank.work() as work:
        publish_by_plan(work, plan=plan)
