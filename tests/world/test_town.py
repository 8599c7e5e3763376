"""The town as a whole: the same bytes for the same seed, whatever the workers; a record that is true."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from creditloop.kernel.errors import CreditloopError, InputError, StateError
from creditloop.world import SOURCES, Town, build_town, read_plan
from creditloop.world.making import TRUTH, Share, make_share
from creditloop.world.setting import setting_of
from creditloop.world.town import shared_names
from creditloop.world.workers import run_shares
from creditloop.world.writing.files import file_hash

CONTRACTS = Path(__file__).parents[2] / "contracts"


def _build(folder: Path, **other: object) -> Town:
    asked = {
        "folder": folder,
        "contracts": CONTRACTS,
        "plan": read_plan(),
        "parties": 1_000,
        "seed": 3,
        "years": 1,
        "workers": 1,
    }
    return build_town(**{**asked, **other})  # type: ignore[arg-type]


def test_the_bytes_do_not_depend_on_how_the_sources_are_shared_out(town: Town, tmp_path: Path) -> None:
    setting = setting_of(plan=read_plan(), parties=3_000, seed=7, years=2)
    wanted = {file.file: file for file in town.files}
    steps: list[None] = []
    for names in (("bureau_queries", "patents"), ("repayments", "listed_parties"), (TRUTH,)):
        share = Share(setting=setting, contracts=CONTRACTS, folder=tmp_path, names=names)
        for file, rows in make_share(share, done=lambda: steps.append(None)).items():
            assert (file_hash(tmp_path / file), rows) == (wanted[file].sha256, wanted[file].rows)
    assert len(steps) == 2 * 3


@pytest.mark.outside
def test_the_bytes_do_not_depend_on_the_number_of_workers(town: Town, tmp_path: Path) -> None:
    shards: list[tuple[int, int | None]] = []
    again = _build(
        tmp_path / "again",
        parties=3_000,
        seed=7,
        years=2,
        workers=2,
        progress=lambda done, total: shards.append((done, total)),
    )
    assert again.files == town.files
    assert shards == [(done, 4) for done in range(1, 5)]
    assert (tmp_path / "again" / "town.json").read_text() == (town.folder / "town.json").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again"]


def test_another_seed_is_another_town(tmp_path: Path, town: Town) -> None:
    setting = setting_of(plan=read_plan(), parties=3_000, seed=8, years=2)
    share = Share(setting=setting, contracts=CONTRACTS, folder=tmp_path, names=("patents", TRUTH))
    make_share(share, done=lambda: None)
    for name in ("patents", "truth/parties", "truth/contagion", "truth/missing_sources"):
        assert (tmp_path / f"{name}.parquet").read_bytes() != (town.folder / f"{name}.parquet").read_bytes()


def test_the_record_is_true(town: Town) -> None:
    record = json.loads((town.folder / "town.json").read_text(encoding="utf-8"))
    assert record == town.as_record()
    assert (record["simulated"], record["seed"], record["parties"]) == (True, 7, 3_000)
    told = {each["file"]: each for each in record["files"]}
    found = {path.relative_to(town.folder).as_posix() for path in town.folder.rglob("*.parquet")}
    assert set(told) == found
    for file in found:
        content = (town.folder / file).read_bytes()
        assert told[file]["sha256"] == hashlib.sha256(content).hexdigest()
        metadata = pq.read_metadata(town.folder / file)
        assert metadata.num_rows == told[file]["rows"]
        assert metadata.metadata[b"simulated"] == b"true", file
    assert hashlib.sha256((town.folder / "plan.yaml").read_bytes()).hexdigest() == record["plan_sha256"]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_source_is_shared_out_once(workers: int) -> None:
    shares = shared_names(workers)
    assert sorted(name for share in shares for name in share) == sorted([*SOURCES, TRUTH])
    assert len(shares) == workers


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="folder of its own"):
        _build(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"workers": 0}, "workers"),
        ({"parties": 5}, "parties"),
        ({"contracts": Path("nowhere")}, "no such document"),
    ],
)
def test_what_cannot_be_built_leaves_nothing(tmp_path: Path, other: dict[str, object], said: str) -> None:
    with pytest.raises(CreditloopError, match=said):
        _build(tmp_path / "town", **other)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_fails_is_told(tmp_path: Path) -> None:
    text = (CONTRACTS / "patents.yaml").read_text(encoding="utf-8")
    (tmp_path / "patents.yaml").write_text(text.replace("transferred_in", "came_in"), encoding="utf-8")
    setting = setting_of(plan=read_plan(), parties=1_000, seed=7, years=1)
    share = Share(setting=setting, contracts=tmp_path, folder=tmp_path / "town", names=("patents",))
    share.folder.mkdir()
    with pytest.raises(StateError, match="worker of the town failed") as error:
        run_shares([share], done=lambda: None)
    assert "transferred_in" in str(error.value.got)


def test_five_years_have_five_festivals(tmp_path: Path) -> None:
    setting = setting_of(plan=read_plan(), parties=1_000, seed=7, years=5)
    share = Share(setting=setting, contracts=CONTRACTS, folder=tmp_path, names=("account_flows",))
    make_share(share, done=lambda: None)
    flows = pl.read_parquet(tmp_path / "account_flows.parquet")
    by_month = dict(flows.group_by(pl.col("booked_on").dt.truncate("1mo")).len().iter_rows())
    assert sorted({month.year for month in by_month}) == [2024, 2025, 2026, 2027, 2028]
    for day in read_plan().festivals[1:]:
        festive = day.replace(day=1)
        assert by_month[festive] > 1.1 * by_month[festive.replace(month=6)]


def test_a_hash_is_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_hash(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
