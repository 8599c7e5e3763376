"""The simulator can fail: defects planted in the bank are found, each within a few seeds."""

from collections.abc import Iterator
from itertools import chain

import pytest
from tests.faults.checks import problems
from tests.faults.defects import Defect
from tests.faults.site import Site, new_site
from tests.faults.world import BrokenError, World

SEEDS_MOST = 12


@pytest.fixture(scope="module")
def site(server_url: str) -> Iterator[Site]:
    with new_site(server_url) as made:
        yield made


def first_found(site: Site, defect: Defect, *, seeds: range = range(1, SEEDS_MOST + 1), **how: bool) -> str:
    """Return what the first seed that finds a defect says of it."""
    sealed = how.pop("sealed", False)
    for seed in seeds:
        try:
            World(site=site, seed=seed, sealed=sealed, defect=defect, **how).run()
        except BrokenError as found:
            return str(found)
    pytest.fail(f"not found within {len(seeds)} seeds: {defect}")


BY_THE_BOOK = {
    Defect.FORGETS_REPEATS: ("came in", False),
    Defect.ANSWERS_FIRST: ("was acknowledged and is not in the book", False),
    Defect.KEEPS_A_FEN: ("does not post what it should", False),
    Defect.MISSES_A_LEG: ("not so: an event's postings add up to zero", True),
    Defect.CLOSES_BY_HALVES: ("not so: a closed shard has the rows and the postings it declares", True),
}
"""What the book says of a defect in the end, the bank's answers believed; whether its own checks were off."""


@pytest.mark.parametrize("defect", BY_THE_BOOK)
def test_a_defect_is_found_in_the_book(site: Site, defect: Defect) -> None:
    words, unchecked = BY_THE_BOOK[defect]
    assert words in first_found(site, defect, blind=True, unchecked=unchecked)


def test_an_event_booked_twice_is_found_by_its_answer(site: Site) -> None:
    assert "due was" in first_found(site, Defect.FORGETS_REPEATS)


@pytest.mark.parametrize(
    ("defect", "words"),
    [(Defect.MISSES_A_LEG, "the bank said BookError"), (Defect.CLOSES_BY_HALVES, "the database refuses")],
)
def test_the_database_refuses_it_before_the_book_is_wrong(site: Site, defect: Defect, words: str) -> None:
    assert words in first_found(site, defect)


@pytest.mark.outside
def test_work_that_is_committed_unsealed_is_found_by_the_evidence(site: Site) -> None:
    found = first_found(site, Defect.SEALS_LATER, sealed=True, blind=True, seeds=range(1, 6))
    assert "evidence: " in found


TAMPERED = {
    "UPDATE book.loan_event SET amounts_fen[1] = amounts_fen[1] + 1 WHERE sequence = 1": (
        "an event's postings add up to zero",
        "not what its hash says",
    ),
    "DELETE FROM book.loan_event WHERE (loan_no, sequence) IN"
    " (SELECT loan_no, max(sequence) FROM book.loan_event GROUP BY 1)": (
        "each event has the position it left",
        "expected",
    ),
    "DELETE FROM book.loan_position WHERE sequence = 2": ("each event has the position it left",),
    "DELETE FROM book.loan_terms": ("each loan has terms",),
    "UPDATE book.loan_position SET interest_total_fen = interest_total_fen + 1": ("interest_total_fen is",),
    "UPDATE book.loan_day SET principal_fen = principal_fen + 1": ("a closed shard has", "a replay says"),
    "UPDATE book.loan_day SET own_interest_fen = own_interest_fen + 2": ("our part of",),
    "DELETE FROM book.day_posting WHERE account = 'interest_income'": (
        "a batch's postings add up to zero",
        "a day's postings add up to zero",
    ),
    "DELETE FROM book.day_posting": ("a closed shard has the rows and the postings",),
    "DELETE FROM book.day_shard WHERE business_date = (SELECT min(business_date) FROM book.day_shard)": (
        "each row of a day belongs to a shard that is closed",
    ),
    "UPDATE book.day_shard SET business_date = business_date + 1 WHERE business_date ="
    " (SELECT max(business_date) FROM book.day_shard)": ("closed through",),
    "DELETE FROM book.loan WHERE loan_id = 'L0'": ("loans [",),
}
"""What is done to a book behind its back, and what is said of it."""


def test_whatever_is_done_to_a_book_is_seen(site: Site) -> None:
    world = World(site=site, seed=6, sealed=False)
    world.run()
    observer = site.observer
    assert list(problems(observer, world.expected)) == []
    for statement, words in TAMPERED.items():
        with observer.transaction(force_rollback=True):
            observer.execute("SET LOCAL session_replication_role = replica")
            assert observer.execute(statement.encode()).rowcount > 0, statement
            found = "\n".join(chain(problems(observer, world.expected)))
        for word in words:
            assert word in found, (statement, found)
