"""A card book changes banks: from old statements to verdicts, an auditor, a strategist and a thief."""

from datetime import date

import pytest
from tests.service.small_bank import CUSTOMERS, LATE, MONTHS, plan_of, statements

from creditloop.book import EventKind, check_history, history, owed, trial_balance
from creditloop.data import accesses, lineage, read_table
from creditloop.kernel.dates import end_of_day
from creditloop.kernel.errors import BookError, InputError
from creditloop.kernel.storage import connect
from creditloop.monitor import find_runs, find_verdict, portfolio
from creditloop.service.answering import answer_all
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import import_statements, post_month
from creditloop.service.booking.reconciling import reconcile_month

pytestmark = pytest.mark.story

APRIL, MAY, JUNE, JULY, AUGUST, SEPTEMBER = MONTHS


class Story:
    """What the people in the story do, in the order they do it."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.plan = plan_of(bank)

    # the bank

    def the_statements_are_imported(self) -> None:
        with self.bank.work() as work:
            result = import_statements(work, plan=self.plan)
        assert (result.rows_read, result.rows_rejected) == (CUSTOMERS, 0)
        assert result.tables["statement"].loaded == CUSTOMERS * len(MONTHS)
        # credit balances and bills above the limit are noticed, and nothing is dropped
        assert result.findings_by_code["negative_bill"] > 0
        assert result.findings_by_code["bill_above_limit"] > 0

    def the_opening_balances_are_taken_over(self) -> None:
        with self.bank.work() as work:
            opening = post_month(work, plan=self.plan, month=APRIL)
        assert opening.row_count == CUSTOMERS
        self.bank.deliver()

    def a_month_is_posted(self, month: date) -> None:
        with self.bank.work() as work:
            post_month(work, plan=self.plan, month=month)
        answer_all(self.bank)
        with self.bank.work() as work:
            assert reconcile_month(work, plan=self.plan, month=month).differing == 0

    def the_class_is(self, month: date, *, bucket: str, rule: str, in_force: str) -> None:
        with connect(self.bank.url) as connection:
            (run,) = [run for run in find_runs(connection) if run.dates.business_date == month]
            verdict = find_verdict(connection, batch_id=run.batch_id, party_id=LATE)
        assert (verdict["bucket"], verdict["regulatory_class"], verdict["bank_class"]) == (
            bucket,
            rule,
            in_force,
        )

    # the thief

    def somebody_edits_a_bill_in_the_database(self) -> None:
        with connect(self.bank.url) as connection:
            connection.execute("SET session_replication_role = replica")  # even the guards are off
            edit = (
                f"UPDATE source.small_cards_statement SET bill_fen = 0 WHERE statement_date = '{SEPTEMBER}'"
            )
            assert connection.execute(f"{edit} AND party_id = %s".encode(), [LATE]).rowcount == 1

    def somebody_edits_the_book_in_the_database(self) -> None:
        with connect(self.bank.url) as connection:
            connection.execute("SET session_replication_role = replica")
            edit = "UPDATE book.event SET amount_fen = 1 WHERE party_id = %s AND value_date = %s"
            assert connection.execute(edit.encode(), [LATE, SEPTEMBER]).rowcount == 1

    # the strategist

    def a_strategist_asks_for(self, column: str, *, purpose: str) -> None:
        with self.bank.work() as work:
            contract = work.contract(self.plan.contract)
            read_table(
                work.connection,
                contract=contract,
                table="customer",
                columns=["party_id", column],
                purpose=purpose,
                reader="strategist",
                reason="who pays late?",
                known_by=end_of_day(SEPTEMBER, utc_offset_hours=contract.utc_offset_hours),
                now=work.now,
                record_denial=work.record_denial,
            )


def test_a_book_changes_banks(small_bank: Bank) -> None:
    story = Story(small_bank)

    # In spring the bank takes over twenty card customers: their statements, and what they owed in April.
    story.the_statements_are_imported()
    story.the_opening_balances_are_taken_over()
    story.the_class_is(APRIL, bucket="M0", rule="normal", in_force="normal")

    # Month by month it posts payments and net charges, and the book is the bill each time.
    story.a_month_is_posted(MAY)
    story.the_class_is(MAY, bucket="M0", rule="normal", in_force="normal")

    # From June on a customer pays nothing: special mention first, …
    story.a_month_is_posted(JUNE)
    story.the_class_is(JUNE, bucket="M1", rule="special_mention", in_force="special_mention")

    # … substandard by the bank's own floor at sixty days, …
    story.a_month_is_posted(JULY)
    story.the_class_is(JULY, bucket="M2", rule="special_mention", in_force="substandard")
    story.a_month_is_posted(AUGUST)
    story.the_class_is(AUGUST, bucket="M3", rule="special_mention", in_force="substandard")

    # … and by the regulation, too, once more than ninety days have passed.
    story.a_month_is_posted(SEPTEMBER)
    story.the_class_is(SEPTEMBER, bucket="M4", rule="substandard", in_force="substandard")

    an_auditor_follows_a_number_down(story)
    a_strategist_may_not_have_everything(story)
    a_thief_is_found(story)


def an_auditor_follows_a_number_down(story: Story) -> None:
    """From the portfolio to the verdict, the rule, its version, the book's events, the line of the file."""
    with connect(story.bank.url) as connection:
        # The portfolio says how much is substandard in September.
        (run,) = [run for run in find_runs(connection) if run.dates.business_date == SEPTEMBER]
        figures = portfolio(connection, run=run)
        (line,) = [line for line in figures.regulatory_classes if line.name == "substandard"]
        assert (line.customers, line.owed_fen) == (1, 780_000)

        # It is one customer: the verdict names the rule that decided, and the amount it was made from.
        verdict = find_verdict(connection, batch_id=run.batch_id, party_id=LATE)
        assert (verdict["regulatory_rule"], verdict["days_past_due"]) == ("FT_03", 120)
        assert verdict["owed_fen"] == line.owed_fen

        # The rule's version is a text the bank still has, word for word.
        (text,) = connection.execute(
            "SELECT body FROM kernel.document WHERE document_hash = %s", [run.five_tier_policy_hash]
        ).fetchone() or ("",)
        assert '{id: FT_03, when: "days_past_due > parameter.substandard_over_days"' in text

        # The amount is a sum of postings, each event chained to the one before.
        lines = history(connection, party_id=LATE)
        assert check_history([line.event for line in lines]) == line.owed_fen
        kinds = [line.event.kind for line in lines]
        assert kinds[0] is EventKind.OPENING_BALANCE
        assert kinds.count(EventKind.PAYMENT) == 0, "nothing was paid since May"
        assert sum(account.balance_fen for account in trial_balance(connection, as_of=SEPTEMBER)) == 0

        # The last event came from the fourth line of the file the old bank gave.
        key = {"party_id": LATE, "statement_date": SEPTEMBER}
        (origin,) = lineage(connection, table="source.small_cards_statement", key=key)
        assert lines[-1].event.source_ref.startswith(f"source.small_cards_statement/{origin.batch_id}/")
        assert (origin.file_name, origin.source_row) == ("statements.parquet", 4)
    assert statements()["BILL_AMT1"][origin.source_row - 1] * 100 == line.owed_fen


def a_strategist_may_not_have_everything(story: Story) -> None:
    """A limit may be read for a rule, the sex of a customer may not; both are on record."""
    story.a_strategist_asks_for("limit_fen", purpose="rule")
    with pytest.raises(InputError, match="'sex' is a protected attribute"):
        story.a_strategist_asks_for("sex", purpose="rule")
    with pytest.raises(InputError, match="'sex' is a protected attribute"):
        story.a_strategist_asks_for("sex", purpose="model")
    with connect(story.bank.url) as connection:
        logged = [read for read in accesses(connection) if read.reader == "strategist"]
    assert [(read.columns[1], read.purpose, read.allowed) for read in logged] == [
        ("limit_fen", "rule", True),
        ("sex", "rule", False),
        ("sex", "model", False),
    ]
    assert story.bank.verify().problems == ()


def a_thief_is_found(story: Story) -> None:
    """An edited bill no longer agrees with the book, an edited event not with its chain; both are named."""
    story.somebody_edits_a_bill_in_the_database()
    with story.bank.work() as work:
        month = reconcile_month(work, plan=story.plan, month=SEPTEMBER)
    assert (month.differing, month.first_differing) == (1, LATE)
    (problem,) = story.bank.verify().problems
    assert (problem.code, problem.table) == ("row_changed", "source.small_cards_statement")
    assert problem.key is not None
    assert LATE in problem.key
    assert str(SEPTEMBER) in problem.key

    story.somebody_edits_the_book_in_the_database()
    with connect(story.bank.url) as connection, pytest.raises(BookError) as broken:
        check_history([line.event for line in history(connection, party_id=LATE)])
    assert broken.value.where["party"] == LATE
    assert {problem.table for problem in story.bank.verify().problems} == {
        "source.small_cards_statement",
        "book.event",
    }
    with connect(story.bank.url) as connection:  # the postings were not touched: the debt still stands
        assert owed(connection, as_of=SEPTEMBER).filter(party_id=LATE)["owed_fen"].to_list() == [780_000]
