"""Classifying follows posting: by the plan that was posted, by the rules of the date, once for a version."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from tests.service.small_bank import LATE, MONTHS, RULES, plan_of

from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import EvidenceError, InputError, OutOfOrder, PolicyError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.monitor import ClassificationRun, find_runs, find_verdict
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import import_statements, post_month
from creditloop.service.monitoring.classifying import classify_book, read_policies


def test_the_late_customer_goes_down_the_tiers(posted_bank: Bank) -> None:
    with connect(posted_bank.url) as connection:
        found = [
            find_verdict(connection, batch_id=run.batch_id, party_id=LATE) for run in find_runs(connection)
        ]
    told = [
        (one["days_past_due"], one["bucket"], one["regulatory_class"], one["bank_class"]) for one in found
    ]
    assert told == [
        (0, "M0", "normal", "normal"),
        (0, "M0", "normal", "normal"),
        (30, "M1", "special_mention", "special_mention"),
        (60, "M2", "special_mention", "substandard"),  # the bank's own floor
        (90, "M3", "special_mention", "substandard"),
        (120, "M4", "substandard", "substandard"),
    ]
    assert [one["owed_fen"] for one in found] == [500_000, 560_000, 610_000, 670_000, 720_000, 780_000]


def test_a_month_that_is_not_posted_is_not_classified_from_the_month_before(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
        post_month(work, plan=plan, month=MONTHS[0])
    with pytest.raises(OutOfOrder, match="the month is not posted yet") as caught, small_bank.work() as work:
        classify_book(work, plan=plan, dates=plan.dates(MONTHS[1]))
    assert caught.value.where == {"batch": "small_cards/statement/2005-05"}
    assert caught.value.hint == "creditloop book post book.yaml"


def test_two_who_need_a_classification_at_once_get_the_same_one(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
        post_month(work, plan=plan, month=MONTHS[0])
        read_policies(
            work, product=plan.product, rules_as_of=RULES
        )  # or the other would wait for their texts

    def classified() -> ClassificationRun:
        with small_bank.work() as other:
            return classify_book(other, plan=plan, dates=plan.dates(MONTHS[0]))

    with ThreadPoolExecutor(1) as pool:
        with small_bank.work() as work:
            first = classify_book(work, plan=plan, dates=plan.dates(MONTHS[0]))
            second = pool.submit(classified)
            sleep(0.5)  # time enough for the other to come to the same classification
            assert not second.done()
        assert second.result(timeout=30) == first
    with connect(small_bank.url) as connection:
        assert len(find_runs(connection)) == 1


def test_a_day_that_is_no_month_of_the_plan_is_refused(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    dates = Dates(business_date=MONTHS[0].replace(day=29), rules_as_of=RULES)
    with pytest.raises(InputError, match="the plan has no such month"), posted_bank.work() as work:
        classify_book(work, plan=plan, dates=dates)


def test_rules_before_the_first_are_refused(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    dates = Dates(business_date=MONTHS[0], rules_as_of=MONTHS[0])
    with pytest.raises(PolicyError, match="nothing is in force on this date"), posted_bank.work() as work:
        classify_book(work, plan=plan, dates=dates)


def test_a_new_version_of_a_policy_gives_a_run_of_its_own_and_the_old_one_stays(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    dates = plan.dates(MONTHS[5])
    with connect(posted_bank.url) as connection:
        before = find_runs(connection)
    policy = posted_bank.places.documents / "policies" / "credit_card" / "monitor" / "five_tier.yaml"
    policy.write_text(policy.read_text("utf-8").replace("value: 60\n", "value: 30\n"), "utf-8")
    with posted_bank.work() as work:
        stricter = classify_book(work, plan=plan, dates=dates)
        assert classify_book(work, plan=plan, dates=dates) == stricter
    with connect(posted_bank.url) as connection:
        runs = [run for run in find_runs(connection) if run.dates == dates]
        assert [run for run in find_runs(connection) if run != stricter] == before
    assert runs[-1] == stricter, "of the same dates the last recorded comes last"
    assert runs[0].delinquency_policy_hash == stricter.delinquency_policy_hash
    assert runs[0].five_tier_policy_hash != stricter.five_tier_policy_hash
    assert posted_bank.verify().problems == ()


def test_the_policies_texts_are_kept_under_the_hash_the_run_names(posted_bank: Bank) -> None:
    with posted_bank.work() as work:
        policies = read_policies(work, product="credit_card", rules_as_of=RULES)
        run = find_runs(work.connection)[0]
        for policy, named in (
            (policies.days_past_due, run.delinquency_policy_hash),
            (policies.five_tier, run.five_tier_policy_hash),
        ):
            assert policy.hash == named
            assert work.adopted(named).text == policy.document.text


def test_a_document_nobody_adopted_is_not_made_up(posted_bank: Bank) -> None:
    with pytest.raises(UnknownId, match="no document with this hash"), posted_bank.work() as work:
        work.adopted("0" * 64)


def test_a_plan_changed_in_the_archive_is_not_used(posted_bank: Bank) -> None:
    plan = plan_of(posted_bank)
    with connect(posted_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE kernel.document SET body = replace(body, '2024-06-30', '2024-07-01') WHERE kind = 'plan'"
        )
    with (
        pytest.raises(EvidenceError, match="the text of an adopted document was changed"),
        posted_bank.work() as work,
    ):
        work.adopted(plan.document.hash)
