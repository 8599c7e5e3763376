"""A small bank with something on every screen: decided, warned, routed, measured, compared, and its people.

Measurements and the challenger are recorded by the second line's own functions with made-up figures: the
screens are under test here, not the figures.
"""

from datetime import date

import polars as pl
from tests.service.console.loan_book import fill_loans
from tests.service.http.deciding_bank import (
    decide_and_watch,
    decided_parties,
    review_plan,
    write_decision_documents,
)
from tests.service.loans.asked import MAY_DRAW, RETAIL
from tests.service.small_bank import LATE, MONTHS, import_and_post, plan_of

from creditloop.admit import Person, Ruling, find_cases
from creditloop.formula import Proof
from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import Document, parse_document
from creditloop.oversight import (
    BASELINES,
    CHALLENGER,
    Comparison,
    Metric,
    Model,
    StrategyVersion,
    change_state,
    propose,
    record_comparison,
    record_model_run,
    record_proof,
    record_version,
    register_model,
    state_batch_id,
)
from creditloop.risk import Policy, read_policy
from creditloop.service.admitting.review_desk import sign_case
from creditloop.service.admitting.review_plan import read_review_plan
from creditloop.service.admitting.reviewing import review_party
from creditloop.service.attesting import join_network, leave_network
from creditloop.service.bank import Bank
from creditloop.service.doors import ROLES, create_person
from creditloop.service.loans import agreement_of, open_agreed, quoted_loan
from creditloop.service.overseeing.validating import answer_model_finding, raise_model_finding, sign_off
from creditloop.service.recovering.routing import complain, occasion_of
from creditloop.service.work import Work

PASSWORD = "a long enough password"
NAMES = {role: f"{title.zh}小明" for role, title in ROLES.items()}
PROPOSER = "strategist"
WAITING_LOAN = "L-1"
"""A joint loan whose payout waits for the evidence network."""
LOOSER, SHADOW, EXPERIMENT = (
    f"policies/credit_card/admit/{name}.yaml" for name in ("looser", "shadow", "experiment")
)
BORDER = "value: 0.30"
"""The number in the strategy's text that its second version changes."""
SECOND_FROM = date(2024, 7, 15)
_KNOWN = Dates(business_date=date(2005, 10, 31), rules_as_of=date(2024, 6, 30))


def fill(bank: Bank) -> None:
    """Run the bank's loop, and let its people in."""
    write_decision_documents(bank.places.documents)
    import_and_post(bank)
    decide_and_watch(bank)
    with bank.work() as work:
        _let_people_in(work)
    with bank.work() as work:
        _publish(work, bank)
    with bank.work() as work:
        _oversee(work, bank)
    with bank.work() as work:
        _act(work, bank)
    fill_loans(bank)
    _let_a_payout_wait(bank)


def _let_a_payout_wait(bank: Bank) -> None:
    """Have a joint loan's payout wait for the evidence network; the bank takes part just for that."""
    name = "bank.example"
    with bank.work() as work:
        join_network(work, origin=name, submitter=f"{name}/core", by="test", reason="simulated")
    quoted = quoted_loan(bank.places, asked=RETAIL)
    agreement = agreement_of(quoted, loan_id=WAITING_LOAN, party_id=LATE)
    with bank.work() as work:
        told = open_agreed(work, agreement=agreement, facts=MAY_DRAW, signed_hash=agreement.hash)
    assert told.outcome == "awaiting", told.check
    with bank.work() as work:
        leave_network(work, by="test", reason="simulated")


def decided_party(bank: Bank) -> str:
    """A customer who was decided about."""
    return decided_parties(bank.places.documents)[0]


def _let_people_in(work: Work) -> None:
    for role in ROLES:
        person = create_person(
            work.connection,
            login=role,
            display_name=NAMES[role],
            roles=[role],
            password=PASSWORD,
            by="test",
            now=work.now,
        )
        work.recorded(person.batch_id)
    for login, name, role in (("approver2", "审批小红", "approver"), ("validator", "验证小红", "modeller")):
        second = create_person(
            work.connection,
            login=login,
            display_name=name,
            roles=[role],
            password=PASSWORD,
            by="test",
            now=work.now,
        )
        work.recorded(second.batch_id)


def _oversee(work: Work, bank: Bank) -> None:
    plan = review_plan(bank.places.documents)
    card = work.places.document(plan.card_file)
    policy = work.adopt(work.places.document(plan.policy), kind="policy")
    model = Model(
        card_hash=card.hash,
        name="limit_review",
        product=plan.product,
        purpose="存量授信重检 limit review",
        materiality="high",
        owner="head of risk",
        developer="modeller",
        validator="validator",
        state="published",
        fitted_on=MONTHS[2],
        registered_on=MONTHS[2],
        next_review_due=MONTHS[5],
    )
    register_model(work.connection, model=model, now=work.now)
    work.recorded(model.batch_id)
    _validate(work, card.hash)
    for kind, dates, metrics in _metrics():
        run = record_model_run(
            work.connection,
            card_hash=card.hash,
            kind=kind,
            product=plan.product,
            population="made up",
            dates=dates,
            inputs=pl.DataFrame({"x": [1, 2, 3]}),
            outputs=pl.DataFrame({"y": [1]}),
            metrics=metrics,
            alarm_policy_hash=policy.hash,
            now=work.now,
        )
        work.recorded(run.batch_id)
    champion, challenger = policy, _challenger(policy)
    work.adopt(challenger, kind="policy")
    backtest = None
    for kind in (BASELINES, CHALLENGER):
        backtest = record_comparison(
            work.connection,
            kind=kind,
            product=plan.product,
            population="made up",
            dates=_KNOWN,
            rows=300,
            strategy_hash=challenger.hash,
            card_hash=card.hash,
            plan_hash=plan.document.hash,
            draws=100,
            seed=1,
            inputs_hash="0" * 64,
            lines=[_line("冠军 champion", champion.hash)],
            now=work.now,
        )
        work.recorded(backtest.batch_id)
    assert backtest is not None
    proposal = propose(
        work.connection,
        product=plan.product,
        policy="limit_review",
        champion_hash=champion.hash,
        challenger_hash=challenger.hash,
        effective_from=date(2005, 11, 1),
        dates=_KNOWN,
        proposer=PROPOSER,
        chosen_by="a rule written down beforehand",
        figures={"tried": 3},
        comparison_batch=backtest.batch_id,
        simulated=True,
        now=work.now,
    )
    work.recorded(proposal.batch_id)


def _validate(work: Work, card_hash: str) -> None:
    """A finding that was answered, one that is overdue, and a sign-off, all by a script."""
    for severity, text in (("medium", "few <b>months</b>"), ("low", "no stress")):
        finding = raise_model_finding(
            work,
            card_hash=card_hash,
            validator="validator",
            severity=severity,
            text=text,
            found_on=MONTHS[2],
            due_on=MONTHS[3],
            simulated=True,
        )
    answer_model_finding(
        work,
        finding_id=finding.batch_id,
        person="modeller",
        text="fitted again",
        done_on=MONTHS[3],
        simulated=True,
    )
    sign_off(work, card_hash=card_hash, person="approver", reason="read", on=MONTHS[2], simulated=True)


def _publish(work: Work, bank: Bank) -> None:
    """Publish the strategy that decided, and one with another border; try a third in an experiment."""
    folder = bank.places.documents
    plan = review_plan(folder)
    own = work.places.document(plan.policy)
    stricter = parse_document(own.text.replace(BORDER, "value: 0.28"), path=own.path)
    for document, since in ((own, _KNOWN.rules_as_of), (stricter, SECOND_FROM)):
        version = record_made_up(work, read_policy(document, rules_as_of=since), since)
        if document is own:
            change_state(
                work.connection,
                version_id=version.batch_id,
                state="live",
                person="approver",
                reason="read",
                simulated=True,
                now=work.now,
            )
            work.recorded(state_batch_id(version.batch_id, state="live"))
    for file, border in ((LOOSER, "value: 0.35"), (SHADOW, "value: 0.20")):
        text = own.text.replace(BORDER, border).replace("policy: limit_review", "policy: tried", 1)
        (folder / file).write_text(text, "utf-8")
    (folder / EXPERIMENT).write_text(_experiment(plan.policy), "utf-8")
    tried = (folder / "review.yaml").read_text("utf-8")
    tried = tried.replace("baselines:", f"experiment: {EXPERIMENT}\nbaselines:", 1)
    (folder / "tried.yaml").write_text(tried, "utf-8")
    party = decided_parties(folder)[1]
    review_party(
        work, plan=read_review_plan(work.places.document("tried.yaml")), party_id=party, request_id="1"
    )


def record_made_up(work: Work, policy: Policy, since: date) -> StrategyVersion:
    """Record a strategy as published, with a proof of made-up figures."""
    for document in (policy.document, *policy.documents):
        work.adopt(document, kind="policy")
    seen = {"outcome": {"value": 9, "null_refer": 3}, "grade": {"value": 12}}
    told = Proof(
        program_hash=policy.program.hash,
        seed=1,
        targets=("python", "polars", "duckdb"),
        boundary_rows=7,
        random_rows=5,
        differences=0,
        first=(),
        seen=seen,
    )
    proof = record_proof(
        work.connection, policy=policy.name, proof=told, engines={"polars": "made up"}, now=work.now
    )
    work.recorded(proof.batch_id)
    version = record_version(
        work.connection,
        policy=policy,
        effective_from=since,
        warnings=0,
        notes=21,
        cases=22,
        proof=proof,
        published_by=PROPOSER,
        reason="written down <b>beforehand</b>",
        simulated=True,
        now=work.now,
    )
    work.recorded(version.batch_id)
    return version


def _experiment(champion: str) -> str:
    """An experiment's text: one shadow says something, the other cannot be read."""
    return f"""\
experiment: looser_limits
product: credit_card
stage: admit
title: {{zh: 放宽额度试验, en: looser limits}}
from: 2005-01-01
to: 2006-01-01
salt: looser-2005
source: {{title: a test's choice}}
champion: {{document: {champion}}}
challengers:
  - {{name: looser, document: {LOOSER}, share: 0.5, source: {{title: a test's choice}}}}
shadow:
  - {{name: other, document: {SHADOW}}}
  - {{name: broken, document: review.yaml}}
"""


def _act(work: Work, bank: Bank) -> None:
    """What a script did: a complaint, and a case signed."""
    occasion = occasion_of(
        work,
        contract=plan_of(bank).contract,
        party_id=LATE,
        at=work.now,
        person="script",
        note="客户来电投诉 <b>提醒过多</b>",
        key="a complaint",
        simulated=True,
    )
    complain(work, occasion=occasion, kind="complaint")
    waiting = [one for one in find_cases(work.connection, closed=False) if one.case.mandate == "one_approver"]
    if len(waiting) > 1:
        sign_case(
            work,
            case_id=waiting[0].case.case_id,
            person=Person(name="script", role="approver"),
            ruling=Ruling(outcome="keep", limit_fen=waiting[0].case.limit_fen, reason="scripted"),
            acted_on=waiting[0].case.opened_on,
            simulated=True,
        )


def _metrics() -> list[tuple[str, Dates, list[Metric]]]:
    def metric(name: str, segment: str, value: int | None, level: str = "none") -> Metric:
        return Metric(
            name=name, segment=segment, value_nano=value, numerator=2, denominator=10, level=level, rule=""
        )

    bands = [
        metric(name, f"first/0{band}", 100_000_000 * band)
        for band in (1, 2, 3)
        for name in ("pd_mean", "bad_rate", "calibration_gap")
    ]
    groups = [
        metric(name, segment, 700_000_000)
        for segment in ("everybody=all", "sex=1", "sex=2")
        for name in ("approval_rate", "approval_ratio", "bad_rate_approved", "score_mean", "auc")
    ]
    performance = [metric("auc", "first", 712_345_678), metric("ks", "first", 312_000_000), *bands]
    months = [Dates(business_date=month, rules_as_of=_KNOWN.rules_as_of) for month in MONTHS[3:5]]
    drift = [metric("psi_score", "score", 10_000_000), metric("psi_feature", "late", 300_000_000, "red")]
    monthly = [
        metric(name, month, 400_000_000)
        for month in ("2005-07", "2005-08")
        for name in ("auc", "auc_low", "auc_high", "ks", "brier", "bad_rate", "pd_mean", "psi_score")
    ]
    scoring = [metric("unscored", "all", 0), metric("psi_score", "score", 20_000_000)]
    return [
        ("monthly", _KNOWN, [*monthly, metric("psi_feature", "2005-08/late", 120_000_000, "yellow")]),
        ("scoring", months[0], scoring),
        ("performance", _KNOWN, [*performance, metric("bad_rate", "first", 220_000_000)]),
        ("fairness", _KNOWN, groups),
        *(("stability", dates, drift) for dates in months),
    ]


def _challenger(policy: Document) -> Document:
    """The policy with a line more; what it means does not matter to a screen."""
    return parse_document(f"{policy.text}\n# a challenger's note\n", path=policy.path)


def _line(baseline: str, baseline_hash: str) -> Comparison:
    counts = {"rows": 300, "bads": 60, "baseline_approved": 200, "baseline_bads": 30}
    counts |= {"strategy_approved": 210, "strategy_bads": 29, "swap_in": 20, "swap_in_bads": 2}
    changes = {
        f"{name}_{part}": value
        for name in ("approval_change", "bad_rate_change", "swap_change")
        for part, value in (("nano", -5_000_000), ("low_nano", -9_000_000), ("high_nano", 1_000_000))
    }
    return Comparison(
        baseline=baseline,
        baseline_hash=baseline_hash,
        outcome="first",
        approvals_at="own",
        score_cutoff=None,
        swap_out=10,
        swap_out_bads=3,
        **counts,
        **changes,
    )
