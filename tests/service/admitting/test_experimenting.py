"""Under an experiment the arm's strategy decides and is written down; shadows look on and harm nothing."""

from datetime import date

import pytest
from tests.service.admitting.test_reviewing import told
from tests.service.review_bank import plan_of, write_plan

from creditloop.admit import Decision, find_batch
from creditloop.kernel.errors import PolicyError, StateError
from creditloop.kernel.storage import connect
from creditloop.oversight import find_assignments, find_shadow_verdicts
from creditloop.risk import Experiment, read_experiment
from creditloop.service.admitting.experimenting import experiment_figures
from creditloop.service.admitting.replaying import replay_all
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.admitting.reviewing import review_book, review_party
from creditloop.service.bank import Bank
from creditloop.service.overseeing.comparing import APPROVING
from creditloop.service.strategies.replaying import replay_stages
from creditloop.service.work import Work

POLICY = "policies/credit_card/admit/limit_review.yaml"
LOOSER = "policies/credit_card/admit/looser.yaml"
BROKEN = "policies/credit_card/admit/broken.yaml"
FILE = "policies/credit_card/admit/experiment.yaml"
TEXT = f"""\
experiment: looser_limits
product: credit_card
stage: admit
title: {{zh: 放宽额度试验, en: looser limits}}
from: 2005-06-01
to: 2005-07-01
salt: looser-2005
source: {{title: a test's choice}}
champion: {{document: {POLICY}}}
challengers:
  - {{name: looser, document: {LOOSER}, share: 0.5, source: {{title: a test's choice}}}}
shadow:
  - {{name: broken, document: {BROKEN}}}
  - {{name: again, document: policies/credit_card/admit/again.yaml}}
"""


@pytest.fixture
def plan(review_bank: Bank) -> ReviewPlan:
    """The review's plan under an experiment."""
    return write_experiment(review_bank)


def write_experiment(bank: Bank) -> ReviewPlan:
    """Write an experiment and its plan; one shadow cannot be read, the other is the champion's text."""
    folder = bank.places.documents
    text = (folder / POLICY).read_text("utf-8")
    assert "value: 0.30" in text
    (folder / LOOSER).write_text(text.replace("value: 0.30", "value: 0.16"), "utf-8")
    (folder / BROKEN).write_text(text.replace("policy: ", "polcy: ", 1), "utf-8")
    (folder / "policies/credit_card/admit/again.yaml").write_text(text, "utf-8")
    (folder / FILE).write_text(TEXT, "utf-8")
    return write_plan(bank, "baselines:", f"experiment: {FILE}\nbaselines:", file="tried.yaml")


def experiment_of(bank: Bank) -> Experiment:
    return read_experiment(bank.places.document(FILE))


def parties(count: int) -> list[str]:
    whole = told()
    chosen = whole.filter((whole["half"] == "decide") & (whole["scope"] == "reviewed"))
    return [str(party) for party in chosen["party_id"].to_list()[:count]]


def decide(bank: Bank, plan: ReviewPlan, party: str) -> Decision:
    with bank.work() as work:
        return review_party(work, plan=plan, party_id=party, request_id=f"r-{party}")


def test_each_party_is_decided_by_its_arm_and_it_is_written_down(review_bank: Bank, plan: ReviewPlan) -> None:
    experiment = experiment_of(review_bank)
    decisions = [decide(review_bank, plan, party) for party in parties(8)]
    again = decide(review_bank, plan, parties(1)[0])
    assert again == decisions[0]
    hashes = {arm.document: review_bank.places.document(arm.document).hash for arm in experiment.arms}
    with connect(review_bank.url) as connection:
        log = find_assignments(connection, experiment_hash=experiment.document.hash)
        shadows = find_shadow_verdicts(connection, experiment_hash=experiment.document.hash)
        batches = {each.decision_id: find_batch(connection, batch_id=each.batch_id) for each in decisions}
    assert {entry.decision_id for entry in log} == {each.decision_id for each in decisions}
    assert {entry.arm for entry in log} == {"champion", "looser"}, "eight parties fall into both"
    for entry in log:
        arm = experiment.arm_of(entry.party_id)
        batch = batches[entry.decision_id]
        assert batch is not None
        assert (entry.arm, entry.policy_hash) == (arm.name, hashes[arm.document])
        assert batch.policy_hash == entry.policy_hash, "what is written down is what decided"
    by_decision = {each.decision_id: each for each in decisions}
    for verdict in shadows:
        if verdict.shadow == "broken":
            assert (verdict.outcome, verdict.policy_hash) == (None, None)
            assert "PolicyError" in str(verdict.failure)
        elif experiment.arm_of(verdict.party_id).name == "champion":
            own = by_decision[verdict.decision_id].said
            assert (verdict.outcome, verdict.rule) == (own["outcome"], own["rule"])
    assert len(shadows) == 2 * len(decisions)
    assert review_bank.verify().problems == ()


def test_what_was_decided_under_an_experiment_is_replayed_and_counted(
    review_bank: Bank, plan: ReviewPlan
) -> None:
    for party in parties(6):
        decide(review_bank, plan, party)
    with review_bank.work() as work:
        assert (replay_all(work).decisions, replay_all(work).differing) == (6, ())
        stages = {each.table: each for each in replay_stages(work, stage="admit")}
        figures = experiment_figures(
            work, plan=plan, experiment=experiment_of(review_bank), approving=APPROVING
        )
    assert (stages["admit.decision"].rows, stages["admit.decision"].differing) == (6, ())
    champion, looser, broken, again = figures
    assert champion.decided + looser.decided == again.decided == broken.failed == 6
    assert (champion.share_nano, looser.share_nano, again.share_nano) == (5 * 10**8, 5 * 10**8, None)
    assert (broken.outcomes, broken.known) == ({}, 0)
    for each in (champion, looser, again):
        record = each.as_record()
        assert sum(each.outcomes.values()) == each.decided
        assert each.known == sum(each.outcomes.get(name, 0) for name in APPROVING)
        if each.known:
            low, rate, high = (record[f"bad_rate{part}_nano"] for part in ("_low", "", "_high"))
            assert 0 <= low <= rate <= high <= 10**9  # type: ignore[operator]
    assert broken.as_record()["bad_rate_nano"] is None


def test_outside_its_days_the_plan_decides_as_ever(review_bank: Bank, plan: ReviewPlan) -> None:
    text = TEXT.replace("from: 2005-06-01", "from: 2005-07-01").replace("to: 2005-07-01", "to: 2005-08-01")
    (review_bank.places.documents / FILE).write_text(text, "utf-8")
    made = decide(review_bank, plan, parties(1)[0])
    with connect(review_bank.url) as connection:
        assert find_assignments(connection, experiment_hash=experiment_of(review_bank).document.hash) == []
        batch = find_batch(connection, batch_id=made.batch_id)
    assert batch is not None
    assert batch.policy_hash == review_bank.places.document(POLICY).hash
    assert plan_of(review_bank).experiment is None
    assert experiment_of(review_bank).since == date(2005, 7, 1)


def test_a_book_is_not_decided_under_an_experiment(review_bank: Bank, plan: ReviewPlan) -> None:
    with pytest.raises(StateError, match="decided arm by arm"), review_bank.work() as work:
        review_book(work, plan=plan)


@pytest.mark.parametrize(
    ("old", "new"),
    [("product: credit_card", "product: personal_loan"), (f"document: {POLICY}", f"document: {BROKEN}x")],
)
def test_an_experiment_about_something_else_is_refused(
    review_bank: Bank, plan: ReviewPlan, old: str, new: str
) -> None:
    assert old in TEXT
    (review_bank.places.documents / FILE).write_text(TEXT.replace(old, new, 1), "utf-8")
    with pytest.raises(PolicyError, match="not about what the plan decides by"):
        decide(review_bank, plan, parties(1)[0])


def test_a_shadow_that_breaks_the_database_leaves_the_decision_alone(
    review_bank: Bank, plan: ReviewPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a shadow does, the transaction of the decision goes on."""

    def breaking(work: Work, **_: object) -> object:
        return work.connection.execute("SELECT 1 / 0")

    monkeypatch.setattr("creditloop.service.admitting.experimenting._with_policy", breaking)
    experiment = experiment_of(review_bank)
    party = next(party for party in parties(20) if experiment.arm_of(party).name == "champion")
    made = decide(review_bank, plan, party)
    with connect(review_bank.url) as connection:
        found = find_shadow_verdicts(connection, experiment_hash=experiment.document.hash)
    assert {verdict.shadow for verdict in found} == {"broken", "again"}
    assert all("DivisionByZero" in str(verdict.failure) for verdict in found)
    assert {verdict.decision_id for verdict in found} == {made.decision_id}
    assert review_bank.verify().problems == ()
