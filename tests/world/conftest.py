"""One small town for all tests of this folder, and its setting."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from creditloop.world import Town, build_town, read_plan
from creditloop.world.setting import Setting, setting_of

ROOT = Path(__file__).parents[2]
PARTIES, SEED = 3_000, 7

Read = Callable[[str], pl.DataFrame]


@pytest.fixture(scope="session")
def setting() -> Setting:
    """The setting of a larger town, of which tests ask what is planted without building it."""
    return setting_of(plan=read_plan(), parties=100_000, seed=SEED, years=2)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town of 3,000 parties, in two shards, over two years."""
    return build_town(
        folder=tmp_path_factory.mktemp("world") / "town",
        contracts=ROOT / "contracts",
        plan=read_plan(),
        parties=PARTIES,
        seed=SEED,
        years=2,
        workers=1,
    )


@pytest.fixture(scope="session")
def read(town: Town) -> Read:
    """Read a file of the town, money as float yuan."""

    def _read(name: str) -> pl.DataFrame:
        frame = pl.read_parquet(town.folder / f"{name}.parquet")
        return frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))

    return _read


@pytest.fixture(scope="session")
def latest(read: Read) -> Read:
    """Read a source as known at the end: of each key's versions the last, with the truth about its party."""
    truth = read("truth/parties").rename({"kind": "party_kind", "industry": "party_industry"}).drop("region")

    def _latest(name: str) -> pl.DataFrame:
        keys = {
            "account_flows": ["flow_no"],
            "bureau_months": ["account_no", "month_on"],
            "invoices": ["invoice_no"],
            "tax_filings": ["filing_no"],
            "orders": ["order_no"],
            "electricity": ["billed_on"],
            "repayments": ["loan_no", "instalment_no"],
            "social_security": ["month_on", "scheme"],
            "card_statements": ["statement_on"],
            "bureau_queries": ["query_no"],
            "device_events": ["event_no"],
        }[name]
        frame = read(name).sort("known_on").unique(["party_no", *keys], keep="last", maintain_order=True)
        return frame.join(truth, on="party_no")

    return _latest
