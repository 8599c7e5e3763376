"""Build a town (建造小镇): sources, planted truth, a record of both; the folder appears when all is done.

1. Read the contracts; share the sources among the workers by their weight.
2. Each worker goes through the shards in order, plants each (the same in every worker), makes the rows of
   its sources, plants what is late, corrected or missing, and appends them to its files.
3. The parent writes when each source was asked and what it answered, which only now is known.
4. It writes gangs, hubs, shocks, the plan and `town.json` with counts and hashes.

A file is written by one worker, shard after shard, and a shard's rows depend on the seed and its number only:
the bytes are the same whatever the number of workers.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from creditloop.kernel.errors import InputError
from creditloop.world import truth
from creditloop.world.making import TRUTH, Share, make_checks, make_share, shard_count
from creditloop.world.months import date_of
from creditloop.world.plan import Plan
from creditloop.world.planted.shocks import shocks_of
from creditloop.world.setting import Setting, setting_of
from creditloop.world.sources.catalogue import SOURCE_CHECKS, SOURCES
from creditloop.world.workers import run_shares
from creditloop.world.writing.files import ShardFile, file_hash
from creditloop.world.writing.schema import source_schema

Progress = Callable[[int, int | None], None]
WORKERS_MAX = 8
_TRUTH_WEIGHT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TownFile:
    """A file of a town: its path within the folder, its rows, its SHA-256 in hex."""

    file: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A town as built; everything in it is simulated."""

    folder: Path
    seed: int
    parties: int
    first_day: str
    last_day: str
    plan_hash: str
    files: tuple[TownFile, ...]

    def as_record(self) -> dict[str, object]:
        """Return what `town.json` holds."""
        return {
            "simulated": True,
            "seed": self.seed,
            "parties": self.parties,
            "first_day": self.first_day,
            "last_day": self.last_day,
            "plan_sha256": self.plan_hash,
            "rows": sum(each.rows for each in self.files),
            "files": [{"file": each.file, "rows": each.rows, "sha256": each.sha256} for each in self.files],
        }


def build_town(
    *,
    folder: Path,
    contracts: Path,
    plan: Plan,
    parties: int,
    seed: int,
    years: int,
    workers: int,
    progress: Progress = lambda done, total: None,
) -> Town:
    """Build a town into a folder that must not be there yet.

    Args:
        contracts: folder of the bank's contracts, under which the sources are written.
        parties: 1,000 to 10,000,000.
        years: 1 to 5, from the plan's first year on.
        workers: processes, 1 to 8; no matter how many, the bytes are the same.
        progress: told (shards done, shards in all), over all workers.
    Raises: InputError if an argument is out of range or the folder is there; ContractBroken if a contract
        does not load; StateError if a worker fails. Nothing is left behind then.
    """
    if not 1 <= workers <= WORKERS_MAX:
        raise InputError("a town cannot have so many workers", got=workers, expected=f"1 to {WORKERS_MAX}")
    if folder.exists():
        raise InputError(
            "a town needs a folder of its own",
            got=f"{folder.name}: there already",
            hint="name a folder that does not exist yet",
        )
    setting = setting_of(plan=plan, parties=parties, seed=seed, years=years)
    for source in (*SOURCES, SOURCE_CHECKS):
        source_schema(contracts, source)
    building = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir(parents=True)
        shares = [
            Share(setting=setting, contracts=contracts, folder=building, names=names)
            for names in shared_names(workers)
        ]
        rows = _made(shares, progress) | make_checks(setting, contracts=contracts, folder=building)
        town = _recorded(setting, building, {**rows, **_write_groups(setting, building)}, named=folder)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return town


def shared_names(workers: int) -> list[tuple[str, ...]]:
    """Share the sources and the truth among workers: the heaviest first, to whoever has least to do."""
    weights = {TRUTH: _TRUTH_WEIGHT, **{name: source.weight for name, source in SOURCES.items()}}
    shares: list[list[str]] = [[] for _ in range(workers)]
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        least = min(range(workers), key=lambda index: sum(weights[other] for other in shares[index]))
        shares[least].append(name)
    return [tuple(share) for share in shares]


def _made(shares: list[Share], progress: Progress) -> dict[str, int]:
    steps, done = shard_count(shares[0].setting) * len(shares), 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, steps)

    if len(shares) == 1:
        return make_share(shares[0], done=step)
    return run_shares(shares, done=step)


def _write_groups(setting: Setting, folder: Path) -> dict[str, int]:
    """Write what is planted for the town as a whole; return the rows of each file."""
    tables = {
        "gangs": truth.gangs(setting),
        "hubs": truth.hubs(setting),
        "shocks": truth.shocks(setting, shocks_of(setting)),
    }
    for name, table in tables.items():
        file = ShardFile(folder / truth.FOLDER / f"{name}.parquet", table.schema, group_rows=1)
        file.append(table)
        file.close()
    return {f"{truth.FOLDER}/{name}.parquet": table.num_rows for name, table in tables.items()}


def _recorded(setting: Setting, folder: Path, rows: Mapping[str, int], *, named: Path) -> Town:
    """Write the plan and `town.json`, and return the town."""
    (folder / "plan.yaml").write_text(setting.plan.text, encoding="utf-8")
    files = tuple(
        TownFile(file=file, rows=rows[file], sha256=file_hash(folder / file)) for file in sorted(rows)
    )
    town = Town(
        folder=named,
        seed=setting.seed,
        parties=setting.parties,
        plan_hash=setting.plan.hash,
        files=files,
        first_day=date_of(setting.months.first).isoformat(),
        last_day=date_of(setting.months.last).isoformat(),
    )
    text = json.dumps(town.as_record(), ensure_ascii=False, indent=1) + "\n"
    (folder / "town.json").write_text(text, encoding="utf-8")
    return town
