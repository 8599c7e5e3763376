"""A small bank with something on every screen: decided, warned, routed, measured, compared, and its people.

Measurements and the challenger are recorded by the second line's own functions with made-up figures: the
screens are under test here, not the figures.
"""

from datetime import date

import polars as pl
from tests.service.http.deciding_bank import (
    decide_and_watch,
    decided_parties,
    review_plan,
    write_decision_documents,
)
from tests.service.small_bank import LATE, MONTHS, import_and_post, plan_of

from creditloop.admit import Person, Ruling, find_cases
from creditloop.kernel.dates import Dates
from creditloop.kernel.documents import Document, parse_document
from creditloop.oversight import (
    BASELINES,
    CHALLENGER,
    Comparison,
    Metric,
    Model,
    propose,
    record_comparison,
    record_model_run,
    register_model,
)
from creditloop.service.admitting.review_desk import sign_case
from creditloop.service.bank import Bank
from creditloop.service.doors import ROLES, create_person
from creditloop.service.recovering.routing import complain, occasion_of
from creditloop.service.work import Work

PASSWORD = "a long enough password"
NAMES = {role: f"{title.zh}小明" for role, title in ROLES.items()}
PROPOSER = "strategist"
_KNOWN = Dates(business_date=date(2005, 10, 31), rules_as_of=date(2024, 6, 30))


def fill(bank: Bank) -> None:
    """Run the bank's loop, and let its people in."""
    write_decision_documents(bank.places.documents)
    import_and_post(bank)
    decide_and_watch(bank)
    with bank.work() as work:
        _let_people_in(work)
    with bank.work() as work:
        _oversee(work, bank)
    with bank.work() as work:
        _act(work, bank)


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
    second = create_person(
        work.connection,
        login="approver2",
        display_name="审批小红",
        roles=["approver"],
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
        developer="modelling",
        validator="validation",
        state="published",
        fitted_on=MONTHS[2],
        registered_on=MONTHS[2],
        next_review_due=MONTHS[5],
    )
    register_model(work.connection, model=model, now=work.now)
    work.recorded(model.batch_id)
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
    return [
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
