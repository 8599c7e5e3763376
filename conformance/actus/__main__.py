"""Judge a folder, print what is not passed and the count; see the package for the forms."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from conformance.actus.judging import judge_folder


def main(arguments: Sequence[str]) -> int:
    """Judge a folder; return the exit status: 0 when nothing failed."""
    folders = [argument for argument in arguments if argument != "--json"]
    if len(folders) != 1 or not Path(folders[0]).is_dir():
        print("usage: python -m conformance.actus DIR [--json]", file=sys.stderr)
        return 2
    verdicts = list(judge_folder(Path(folders[0])))
    counts = {word: sum(v.result == word for v in verdicts) for word in ("passed", "failed", "refused")}
    if "--json" in arguments:
        print(
            json.dumps({**counts, "verdicts": [asdict(verdict) for verdict in verdicts]}, ensure_ascii=False)
        )
    else:
        for verdict in verdicts:
            if verdict.result != "passed":
                print(f"{verdict.result}: {verdict.name}: {verdict.detail}")
        for kind in sorted({verdict.kind for verdict in verdicts if verdict.kind}):
            of_kind = [verdict for verdict in verdicts if verdict.kind == kind]
            passed = [verdict for verdict in of_kind if verdict.result == "passed"]
            print(f"{kind}: {len(passed)} of {len(of_kind)}, {sum(v.rows for v in passed)} rows")
        print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['refused']} refused")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
