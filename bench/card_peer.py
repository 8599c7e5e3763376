"""Score with a peer's scorecard, for `bench.card`: run by the interpreter in which the peer stands.

    PYTHON bench/card_peer.py SAMPLE.parquet BATCH.parquet > FOUND.json

It imports optbinning, scikit-learn and pandas alone, none of ours. The card is fitted on the sample (column
`bad`, all others features), then one row of the batch is scored at a time, as a frame of one row, and the
batch at once; no reasons are given, the peer having none.
"""

import importlib
import importlib.metadata
import json
import sys
import time
import warnings
from pathlib import Path

SINGLE = 20
"""Rows scored one at a time."""


def main() -> None:
    """Fit, score, write what it cost in CPU seconds."""
    warnings.simplefilter("ignore")
    standard, sys.stdout = sys.stdout, sys.stderr  # solvers may talk
    try:
        peer = importlib.import_module("optbinning")
        pandas = importlib.import_module("pandas")
        linear = importlib.import_module("sklearn.linear_model")
    except ImportError:
        json.dump({"installed": False}, standard)
        return
    sample, batch = (pandas.read_parquet(Path(path)) for path in sys.argv[1:3])
    names = [name for name in sample.columns if name != "bad"]
    card = peer.Scorecard(
        binning_process=peer.BinningProcess(names), estimator=linear.LogisticRegression(),
        scaling_method="min_max", scaling_method_params={"min": 300, "max": 850},
    ).fit(sample[names], sample["bad"])  # fmt: skip
    card.score(batch[:1])
    single = []
    for at in range(SINGLE):
        started = time.process_time()
        card.score(batch[at : at + 1])
        single.append(time.process_time() - started)
    started, wall = time.process_time(), time.perf_counter()
    card.score(batch)
    found = {
        "installed": True,
        "version": importlib.metadata.version("optbinning"),
        "single_cpu_s": sorted(single),
        "batch_cpu_s": time.process_time() - started,
        "batch_wall_s": time.perf_counter() - wall,
        "rows": len(batch),
    }
    json.dump(found, standard)


if __name__ == "__main__":
    main()
