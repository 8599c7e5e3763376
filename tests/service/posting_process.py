"""A process of its own that posts the small bank's book, saying each month once it is acknowledged.

Arguments: the bank's folder and the database's address. It is killed by the test at some moment.
"""

import sys
from pathlib import Path

from tests.service.small_bank import places_of, plan_of

from creditloop.service.bank import open_bank
from creditloop.service.booking.card_book import import_statements
from creditloop.service.posting import post_months


def main(folder: Path, url: str) -> None:
    """Post everything that is not posted yet."""
    bank = open_bank(places=places_of(folder, url))
    plan = plan_of(bank)
    sys.stdout.write("opened\n")
    sys.stdout.flush()
    with bank.work() as work:
        import_statements(work, plan=plan)
    for posted in post_months(bank, plan=plan):
        sys.stdout.write(f"{posted.dates.business_date}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
