"""The plan of a card book, and posting by it: bad plans are refused by line, months come in order, once."""

from datetime import date
from pathlib import Path

import pytest
from tests.service.small_bank import CUSTOMERS, LATE, MONTHS, PLAN_TEXT, RULES, plan_of, statements

from creditloop.book import balances, find_batch, history, owed
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import ContractBroken, InputError, OutOfOrder, PolicyError, StateError
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.booking.card_book import (
    batch_key,
    check_posted,
    import_statements,
    limits,
    post_month,
    read_plan,
    statement_rows,
)
from creditloop.service.posting import post_months

BAD_PLANS = {
    "a key is missing": ("limits: customer\n", "", 1, "(document)", "the key 'limits' is missing"),
    "an unknown key": ("plan: ", "colour: red\nplan: ", 1, "colour", "unknown key 'colour'"),
    "a plan of another kind": ("plan: card_book", "plan: mortgage", 1, "plan", "not one of the words"),
    "a product that is a number": ("product: credit_card", "product: 7", 3, "product", "expected text"),
    "no contract": ("contract: small_cards", "contract:", 4, "contract", "expected text"),
    "no file": ("file: statements.parquet", "file: ''", 5, "file", "expected text"),
    "rules of no day": (f"rules_as_of: {RULES}", "rules_as_of: soon", 8, "rules_as_of", "expected a date"),
    "a day no calendar has": (f"rules_as_of: {RULES}", "rules_as_of: 2024-02-30", 8, None, "no such day"),
    "no months": ("[2005-04-30, ", "[] #", 9, "months", "months must be in order"),
    "months that are no list": ("[2005-04-30, ", "2005-04-30 #", 9, "months", "expected a list"),
    "a month twice": ("2005-05-31, ", "2005-05-31, 2005-05-31, ", 9, "months", "months must be in order"),
    "months backwards": ("2005-04-30, 2005-05-31", "2005-05-31, 2005-04-30", 9, "months", "must be in order"),
    "a month that is no date": ("2005-05-31, ", "May, ", 9, "months.1", "expected a date"),
    "a key twice": ("product: ", "plan: card_book\nproduct: ", 3, None, "the key 'plan' stands twice"),
    "not YAML": ("months: [", "months: [[", 10, None, "not well-formed YAML"),
}


@pytest.mark.parametrize("name", BAD_PLANS)
def test_a_bad_plan_is_refused_by_line(name: str) -> None:
    right, wrong, line, field, message = BAD_PLANS[name]
    assert right in PLAN_TEXT
    with pytest.raises(PolicyError, match=message.replace("(", r"\(")) as caught:
        read_plan(parse_document(PLAN_TEXT.replace(right, wrong, 1), path="bad.yaml"), root=Path())
    assert (caught.value.where["file"], caught.value.where["line"]) == ("bad.yaml", line)
    assert caught.value.where.get("field") == field


def test_a_good_plan_says_where_its_file_is_and_which_dates_its_figures_carry() -> None:
    plan = read_plan(parse_document(PLAN_TEXT, path="good.yaml"), root=Path("/bank"))
    assert plan.file == Path("/bank/statements.parquet")
    assert plan.dates(MONTHS[2]).as_record() == {"business_date": "2005-06-30", "rules_as_of": "2024-06-30"}
    assert [batch_key(plan, month) for month in MONTHS[:2]] == [
        "small_cards/opening/2005-04",
        "small_cards/statement/2005-05",
    ]


def test_the_book_is_what_the_bills_say_every_month(posted_bank: Bank) -> None:
    rows = statements()
    with connect(posted_bank.url) as connection:
        for i, month in enumerate(MONTHS):
            book = dict(owed(connection, as_of=month).select("party_id", "owed_fen").rows())
            bills = zip(rows["ID"], rows[f"BILL_AMT{6 - i}"], strict=True)
            assert book == {f"small_cards/{number}": round(bill * 100) for number, bill in bills}
            assert balances(connection, as_of=month)["balance_fen"].sum() == 0


def test_every_event_leads_to_its_statement(posted_bank: Bank) -> None:
    with connect(posted_bank.url) as connection:
        lines = history(connection, party_id=LATE)
        for line in lines:
            table, batch, row_no = line.event.source_ref.split("/")
            assert table == "source.small_cards_statement"
            query = f"SELECT party_id, statement_date FROM {table} WHERE (batch_id, row_no) = (%s, %s)"
            assert connection.execute(query.encode(), [batch, int(row_no)]).fetchone() == (
                LATE,
                line.event.value_date,
            )
    assert [line.event.value_date for line in lines] == sorted(line.event.value_date for line in lines)


def test_a_month_posted_again_gives_the_first_result_and_writes_only_the_log_of_reads(
    posted_bank: Bank,
) -> None:
    plan = plan_of(posted_bank)
    with connect(posted_bank.url) as connection:
        first = find_batch(connection, batch_key=batch_key(plan, MONTHS[3]))
    with posted_bank.work() as work:
        again = post_month(work, plan=plan, month=MONTHS[3])
        assert work.batches == []
    assert again.repeated
    assert (again.batch_id, again.posted_at, again.rows_hash) == (
        first.batch_id,
        first.posted_at,
        first.rows_hash,
    )
    assert [posted.repeated for posted in post_months(posted_bank, plan=plan)] == [True] * 6


@pytest.fixture
def imported(small_bank: Bank) -> Bank:
    """The small bank with its statements imported, and nothing posted."""
    with small_bank.work() as work:
        import_statements(work, plan=plan_of(small_bank))
    return small_bank


def test_a_month_out_of_order_is_refused(imported: Bank) -> None:
    plan = plan_of(imported)
    with pytest.raises(InputError, match="no party has an opening balance"), imported.work() as work:
        post_month(work, plan=plan, month=MONTHS[1])
    with imported.work() as work:
        post_month(work, plan=plan, month=MONTHS[0])
    with pytest.raises(OutOfOrder), imported.work() as work:
        post_month(work, plan=plan, month=MONTHS[2])
    with connect(imported.url) as connection:
        assert connection.execute("SELECT count(*) FROM book.batch").fetchone() == (1,)


@pytest.mark.parametrize("day", [date(2005, 5, 30), date(2005, 10, 31), date(2005, 3, 31)])
def test_a_month_that_is_not_in_the_plan_is_refused(imported: Bank, day: date) -> None:
    plan = plan_of(imported)
    with pytest.raises(InputError, match="the plan has no such month") as caught, imported.work() as work:
        post_month(work, plan=plan, month=day)
    assert caught.value.got == str(day)
    assert caught.value.expected == [str(month) for month in MONTHS]
    with pytest.raises(InputError, match="the plan has no such month"), imported.work() as work:
        check_posted(work, plan=plan, month=day)


def test_a_plan_with_other_rules_conflicts_with_what_was_posted_by_the_first(posted_bank: Bank) -> None:
    file = posted_bank.places.documents / "book.yaml"
    file.write_text(PLAN_TEXT.replace(str(RULES), "2024-07-31"), "utf-8")
    with pytest.raises(StateError, match="posted before with another dates"):
        list(post_months(posted_bank, plan=plan_of(posted_bank)))


def test_the_plan_and_the_contract_are_kept_and_the_fact_names_the_plan(imported: Bank) -> None:
    plan = plan_of(imported)
    with imported.work() as work:
        post_month(work, plan=plan, month=MONTHS[0])
        assert work.adopted(plan.document.hash) == plan.document
    with connect(imported.url) as connection:
        assert connection.execute("SELECT kind FROM kernel.document ORDER BY kind").fetchall() == [
            ("contract",),
            ("plan",),
        ]
        (payload,) = connection.execute("SELECT payload::json->>'plan' FROM kernel.fact").fetchone() or ()
    assert payload == plan.document.hash


def test_a_plan_outside_the_banks_folder_is_answered_too(small_bank: Bank, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.yaml"
    outside.write_text(PLAN_TEXT, "utf-8")
    plan = plan_of(small_bank, outside)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
    outside.unlink()
    assert len(list(post_months(small_bank, plan=plan))) == len(MONTHS)
    with connect(small_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM monitor.classification_batch").fetchone() == (6,)


def test_statements_are_seen_as_known_when_the_month_had_closed(imported: Bank) -> None:
    plan = plan_of(imported)
    with imported.work() as work:
        rows = statement_rows(work, plan=plan, month=MONTHS[0], columns=["bill_fen"], purpose="posting")
        later = statement_rows(
            work, plan=plan, month=date(2005, 5, 30), columns=["bill_fen"], purpose="posting"
        )
        found = limits(work, plan=plan, month=MONTHS[0], purpose="audit")
        before = limits(work, plan=plan, month=date(2005, 4, 29), purpose="audit")
    assert rows.columns == ["party_id", "source_ref", "bill_fen"]
    assert (rows.height, later.height, found.height, before.height) == (CUSTOMERS, 0, CUSTOMERS, 0)


def test_a_file_that_is_not_the_contracts_imports_nothing(small_bank: Bank) -> None:
    statements().drop("BILL_AMT3").write_parquet(small_bank.places.documents / "statements.parquet")
    with (
        pytest.raises(ContractBroken, match="a column of the contract is missing"),
        small_bank.work() as work,
    ):
        import_statements(work, plan=plan_of(small_bank))
    with connect(small_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM kernel.document").fetchone() == (0,)
