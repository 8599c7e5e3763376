"""A piece of work seals itself or leaves nothing; a bank is opened once, whoever comes first."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.service.small_bank import CONTRACT, CUSTOMERS, MONTHS, Clock, open_small, places_of, plan_of

from creditloop.data import accesses, read_table
from creditloop.kernel.errors import EvidenceError, InputError, StateError
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import connect, find_open_deliveries
from creditloop.monitor import find_runs
from creditloop.service import bank as bank_module
from creditloop.service.bank import Bank, open_bank
from creditloop.service.booking.card_book import import_statements, limits, post_month
from creditloop.service.posting import post_months
from creditloop.service.wiring import sealed_tables
from creditloop.service.work import Reaction, Work


def count(bank: Bank, table: str) -> int:
    with connect(bank.url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        assert row is not None
        return int(row[0])


def unsealed(bank: Bank) -> set[str]:
    """Tables that hold a batch which the evidence log does not know."""
    with connect(bank.url) as connection:
        return {
            table.name
            for table in sealed_tables(connection)
            if connection.execute(
                f"SELECT FROM {table.name} t WHERE NOT EXISTS"
                " (SELECT FROM evidence.chunk WHERE (table_name, batch_id) = (%s, t.batch_id))".encode(),
                [table.name],
            ).fetchone()
            is not None
        }


def test_all_that_was_recorded_is_sealed_and_under_a_checkpoint(posted_bank: Bank) -> None:
    verification = posted_bank.verify()
    assert verification.problems == ()
    assert verification.open_entries == 0
    assert unsealed(posted_bank) == set()
    with connect(posted_bank.url) as connection:
        rows = sum(count(posted_bank, table.name) for table in sealed_tables(connection))
    assert verification.rows == rows
    assert count(posted_bank, "monitor.classification") == CUSTOMERS * len(MONTHS)


def test_reads_are_sealed_with_the_work_they_were_made_in(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
    before = small_bank.verify().entries
    with small_bank.work() as work:
        limits(work, plan=plan, month=MONTHS[0], purpose="audit")
        limits(work, plan=plan, month=MONTHS[1], purpose="audit")
        assert work.batches == []
    with connect(small_bank.url) as connection:
        reads = accesses(connection)
    assert [read.purpose for read in reads] == ["audit", "audit"]
    assert small_bank.verify().entries == before + 2
    assert unsealed(small_bank) == set()


def test_an_exception_inside_leaves_nothing(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with pytest.raises(ZeroDivisionError), small_bank.work() as work:
        import_statements(work, plan=plan)
        limits(work, plan=plan, month=MONTHS[0], purpose="audit")
        post_month(work, plan=plan, month=MONTHS[0])
        raise ZeroDivisionError
    tables = ("kernel.document", "kernel.fact", "data.import_batch", "data.access_log", "book.event")
    assert [count(small_bank, table) for table in (*tables, "evidence.entry")] == [0] * 6
    with connect(small_bank.url) as connection:
        assert connection.execute("SELECT to_regclass('source.small_cards_statement')").fetchone() == (None,)
    assert small_bank.verify().problems == ()


def test_what_cannot_be_sealed_is_not_recorded(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
    key = small_bank.evidence.key_path
    kept = key.read_text()
    key.unlink()
    with pytest.raises(EvidenceError, match=r"missing|cannot be read|not there"), small_bank.work() as work:
        post_month(work, plan=plan, month=MONTHS[0])
    assert count(small_bank, "book.event") == 0
    key.write_text(kept)
    with small_bank.work() as work:
        post_month(work, plan=plan, month=MONTHS[0])
    assert count(small_bank, "book.batch") == 1


def read_sex(work: Work) -> None:
    read_table(
        work.connection,
        contract=work.contract(CONTRACT),
        table="customer",
        columns=["party_id", "sex"],
        purpose="rule",
        reader="strategist",
        reason="a better strategy",
        known_by=datetime(2006, 1, 1, tzinfo=UTC),
        now=work.now,
        record_denial=work.record_denial,
    )


def test_a_denied_read_leaves_its_log_row_sealed_although_the_work_fails(posted_bank: Bank) -> None:
    before = count(posted_bank, "kernel.document")
    with pytest.raises(InputError, match="'sex' is a protected attribute"), posted_bank.work() as work:
        work.adopt(work.places.document("book.yaml"), kind="other")
        read_sex(work)
    with connect(posted_bank.url) as connection:
        read = accesses(connection)[-1]
    assert (read.reader, read.purpose, read.allowed) == ("strategist", "rule", False)
    assert read.columns == ("party_id", "sex")
    assert count(posted_bank, "kernel.document") == before
    assert unsealed(posted_bank) == set()
    assert posted_bank.verify().problems == ()
    with connect(posted_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE data.access_log SET refusal = NULL, allowed = true WHERE NOT allowed")
    problems = posted_bank.verify().problems
    assert [(problem.code, problem.table) for problem in problems] == [("row_changed", "data.access_log")]


def test_a_denial_may_be_caught_and_the_work_goes_on(posted_bank: Bank) -> None:
    with posted_bank.work() as work:
        with pytest.raises(InputError, match="protected"):
            read_sex(work)
        limits(work, plan=plan_of(posted_bank), month=MONTHS[0], purpose="audit")
    with connect(posted_bank.url) as connection:
        assert [read.allowed for read in accesses(connection)[-2:]] == [True, False]
    assert unsealed(posted_bank) == set()
    assert posted_bank.verify().problems == ()


# Opening


def test_a_bank_whose_evidence_folder_is_lost_is_not_opened(posted_bank: Bank) -> None:
    folder = posted_bank.evidence.path
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(EvidenceError, match="its evidence folder is gone") as caught:
        open_bank(places=posted_bank.places, clock=Clock())
    assert caught.value.where == {"file": folder}
    assert not folder.exists()
    folder.with_name("elsewhere").rename(folder)
    assert open_bank(places=posted_bank.places, clock=Clock()).verify().problems == ()


def test_the_evidence_stands_under_the_name_of_the_database_itself(small_bank: Bank) -> None:
    with connect(small_bank.url) as connection:
        name = connection.info.dbname
    again = open_bank(places=small_bank.places, database="quite_another", clock=Clock())
    assert again.evidence.path == small_bank.evidence.path == small_bank.places.state / "evidence" / name
    assert small_bank.evidence.path.parent.stat().st_mode & 0o777 == 0o700
    assert small_bank.evidence.verifier().name == f"creditloop/{name}"
    assert (again.url, again.evidence) == (small_bank.url, small_bank.evidence)


def test_a_database_whose_name_is_no_folders_is_refused(tmp_path: Path, server_url: str) -> None:
    name = f"odd/../{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        try:
            with pytest.raises(InputError, match="no name for a folder") as caught:
                open_small(tmp_path, psycopg.conninfo.make_conninfo(server_url, dbname=name))
        finally:
            server.execute(
                psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(psycopg.sql.Identifier(name))
            )
    assert caught.value.got == name


def at_once(count: int, act: Callable[[], object]) -> list[object]:
    """Do something in several threads that start together; return what came of each."""
    gate, results = threading.Barrier(count), list[object]()

    def run() -> None:
        gate.wait(timeout=30)
        try:
            results.append(act())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_two_may_open_a_new_bank_at_once(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "documents" / "contracts").mkdir(parents=True)
    places = places_of(tmp_path, database_url)
    opened = at_once(4, lambda: open_bank(places=places, clock=Clock()))
    assert all(isinstance(bank, Bank) for bank in opened), opened
    keys = {bank.evidence.verifier().text() for bank in opened if isinstance(bank, Bank)}
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "state" / "evidence").iterdir()] == [
        psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    ]


def test_two_may_post_the_same_months_at_once(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
    done = at_once(2, lambda: [posted.batch_id for posted in post_months(small_bank, plan=plan)])
    assert done[0] == done[1]
    assert isinstance(done[0], list)
    assert len(done[0]) == len(MONTHS)
    small_bank.deliver()
    with connect(small_bank.url) as connection:
        assert len(find_runs(connection)) == len(MONTHS)
        assert find_open_deliveries(connection) == []
    assert count(small_bank, "book.batch") == len(MONTHS)
    assert small_bank.verify().problems == ()
    assert unsealed(small_bank) == set()


# Deliveries


@pytest.fixture
def one_reaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the classification answers a posted month."""
    alone = [one for one in bank_module.REACTIONS if one.subscriber == "monitor.classification"]
    assert len(alone) == 1
    monkeypatch.setattr(bank_module, "REACTIONS", tuple(alone))


@pytest.mark.usefixtures("one_reaction")
def test_a_posted_month_is_classified_once(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    with small_bank.work() as work:
        import_statements(work, plan=plan)
        post_month(work, plan=plan, month=MONTHS[0])
    with connect(small_bank.url) as connection:
        assert [(one.subscriber, one.kind) for one in find_open_deliveries(connection)] == [
            ("monitor.classification", "MonthPosted")
        ]
        assert find_runs(connection) == []
    assert small_bank.deliver() == (1, 0)
    assert small_bank.deliver() == (0, 0)
    with small_bank.work() as work:
        assert post_month(work, plan=plan, month=MONTHS[0]).repeated
    assert small_bank.deliver() == (0, 0)
    with connect(small_bank.url) as connection:
        assert [run.dates for run in find_runs(connection)] == [plan.dates(MONTHS[0])]
    assert unsealed(small_bank) == set()


@pytest.mark.usefixtures("one_reaction")
def test_a_reaction_that_fails_leaves_the_fact_open_and_is_tried_again(small_bank: Bank) -> None:
    plan = plan_of(small_bank)
    policy = small_bank.places.documents / "policies" / "credit_card" / "monitor" / "five_tier.yaml"
    text = policy.read_text("utf-8")
    policy.write_text(text.replace("hit_policy: first", "hit_policy: last", 1), "utf-8")
    with small_bank.work() as work:
        import_statements(work, plan=plan)
    with pytest.raises(StateError, match="could not be answered yet") as caught:
        list(post_months(small_bank, plan=plan))
    assert "not one of the words allowed here" in str(caught.value.got)
    assert caught.value.where == {
        "subscriber": "monitor.classification",
        "fact": "MonthPosted",
        "key": "small_cards/opening/2005-04",
    }
    assert count(small_bank, "book.batch") == 1
    assert count(small_bank, "monitor.classification_batch") == 0
    assert small_bank.verify().problems == ()
    assert small_bank.deliver() == (0, 0), "left alone for a minute"
    policy.write_text(text, "utf-8")
    clock = small_bank.clock
    assert isinstance(clock, Clock)
    clock.at = clock.at.replace(hour=10)
    assert small_bank.deliver() == (1, 0)
    with connect(small_bank.url) as connection:
        assert find_open_deliveries(connection) == []
    assert count(small_bank, "monitor.classification_batch") == 1
    assert unsealed(small_bank) == set()


def test_a_reaction_that_records_and_then_fails_leaves_nothing(
    posted_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reaction of the test's own, wired where the product's are."""
    before = count(posted_bank, "kernel.fact")

    def react(work: Work, fact: Fact) -> None:
        work.say(Fact(kind="HeardOf", key=fact.key, occurred_at=work.now, known_at=work.now))
        if not heard:
            heard.append(fact.key)
            raise StateError("not now")

    heard: list[str] = []
    monkeypatch.setattr(bank_module, "REACTIONS", (Reaction(subscriber="test", kind="Rang", react=react),))
    with posted_bank.work() as work:
        work.say(Fact(kind="Rang", key="bell", occurred_at=work.now, known_at=work.now))
    assert posted_bank.deliver() == (0, 1)
    assert count(posted_bank, "kernel.fact") == before + 1
    clock = posted_bank.clock
    assert isinstance(clock, Clock)
    clock.at = clock.at.replace(hour=11)
    assert posted_bank.deliver() == (1, 0)
    assert count(posted_bank, "kernel.fact") == before + 2
    assert unsealed(posted_bank) == set()
    assert posted_bank.verify().problems == ()
