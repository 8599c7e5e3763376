"""Leaks planted in every described set, and real ones: which are named unprompted, and what else is named.

    python -m bench.leaks [--shared FOLDER] [--set NAME ...] [--draws N] [--workers N]
                          [--json | --write | --check]

Every kind of `leaks_kinds` is planted in every set of conformance/credit/sets, one at a time; `find_leaks` is
asked as `python -m conformance.credit` asks it. `--draws` plants each kind so often, drawn anew. `--json`
prints the figures as one object, `--write` writes docs/results/leaks.md of all sets, `--check` compares with
it. Where a known leak of the sets themselves is missed, a kind is missed in every set, or more than one
honest column in 50 is named, the exit status is 1; where a set cannot be read it is 2.
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.leaks_kinds import KINDS
from bench.leaks_measure import measured, set_names
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from creditloop.kernel.errors import CreditloopError

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "docs" / "results" / "leaks.md"
ALARMS_ONE_IN = 50
KNOWN: Mapping[str, Mapping[str, str]] = {
    "hmeq": {"DEBTINC": "not recorded for those who defaulted"},
    "lgd": {
        "event": "0 just where nothing was lost",
        "Recovery_rate": "1 less the loss",
        "y_logistic": "made of the loss",
        "lnrr": "made of the loss",
        "Y_probit": "made of the loss",
    },
}
"""Columns of the sets that are leaks, whatever the probe says of them, and why."""
Record = Mapping[str, Any]


def summed(told: Record) -> dict[str, Any]:
    """Return the figures with what they come to: leaks named, `real` ones, honest columns in `alarms`."""
    planted, sets = told["planted"], told["sets"]
    real, alarms, honest = list[Record](), list[Record](), 0
    for one in sets:
        known = KNOWN.get(one["name"], {})
        named = {each["column"]: each for each in (*one["dropped_named"], *one["named"])}
        asked = one["columns"] + len(one["dropped"])
        real += [{"set": one["name"], "column": name, "why": why, **_evidence(named.get(name))}
                 for name, why in known.items()]  # fmt: skip
        alarms += [{"set": one["name"], **each} for name, each in named.items() if name not in known]
        honest += asked - len(known)
    kinds = {kind.name: [one["named"] for one in planted if one["kind"] == kind.name] for kind in KINDS}
    others = [{**each, "set": one["set"], "kind": one["kind"], "draw": one["draw"]}
              for one in planted for each in one["others"]]  # fmt: skip
    columns = {one["name"]: one["columns"] - len(one["features"]) for one in sets}
    return {
        **told,
        "planted_count": len(planted),
        "named_count": sum(one["named"] for one in planted),
        "blind": [name for name, found in kinds.items() if not any(found)],
        "real": real,
        "honest": honest,
        "alarms": alarms,
        "pairs": [one for one in others if one["kinds"] == ["rewritten"]],
        "others": [one for one in others if one["kinds"] != ["rewritten"]],
        "asked_beside": sum(columns[one["set"]] for one in planted),
    }


def _evidence(named: Record | None) -> dict[str, Any]:
    return {"named": named is not None, "kinds": [] if named is None else named["kinds"]}


def failings(told: Record) -> Iterator[str]:
    """Say in which way the probe fell short."""
    yield from (f"missed: {one['column']} of {one['set']}" for one in told["real"] if not one["named"])
    yield from (f"missed in every set: {name}" for name in told["blind"])
    if ALARMS_ONE_IN * len(told["alarms"]) > told["honest"]:
        yield f"{len(told['alarms'])} of {told['honest']} honest columns named, bar 1 in {ALARMS_ONE_IN}"


def page(told: Record) -> str:
    """Write the page; every figure in it comes from `summed`."""
    there = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    cells = defaultdict[tuple[str, str], list[bool]](list)
    for one in told["planted"]:
        cells[one["kind"], one["set"]].append(one["named"])
    return there.get_template("leaks.md.jinja").render(
        told=told, kinds=KINDS, cells=cells, one_in=ALARMS_ONE_IN, failings=list(failings(told))
    )


def lines(told: Record) -> Iterator[str]:
    """Give the figures as people read them."""
    for one in told["sets"]:
        own = [each for each in told["planted"] if each["set"] == one["name"]]
        missed = [f"{each['kind']} ({each['draw']})" for each in own if not each["named"]]
        found = sum(each["named"] for each in own)
        yield f"{one['name']:26} {found:4} of {len(own)} planted named; missed: {', '.join(missed) or 'none'}"
        named = {each["column"]: each["en"] for each in (*one["dropped_named"], *one["named"])}
        yield from (f"  {column}: {said}" for column, said in named.items())
    yield f"planted: {told['named_count']} of {told['planted_count']} named"
    yield f"real: {sum(one['named'] for one in told['real'])} of {len(told['real'])} named"
    yield f"honest columns named: {len(told['alarms'])} of {told['honest']}"
    yield (
        f"beside a planted leak: {len(told['others'])} of {told['asked_beside']} others named, "
        f"and {len(told['pairs'])} the leak was made of"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked; return the exit status."""
    given = _arguments(arguments)
    names = given.set or set_names()
    try:
        told = summed(measured(names, shared=given.shared, draws=given.draws, workers=given.workers))
    except CreditloopError as error:
        print(error.diagnostics(), file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps(told, ensure_ascii=False))
    elif given.write:
        PAGE.write_text(page(told), encoding="utf-8")
    else:
        print("\n".join(lines(told)))
    found = list(failings(told))
    if given.check and (not PAGE.is_file() or PAGE.read_text("utf-8") != page(told)):
        found.append(f"{PAGE.relative_to(REPOSITORY)} tells other figures: write it anew with --write")
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return int(bool(found))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.leaks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--set", action="append", choices=set_names(), help="only this set; may be repeated")
    parser.add_argument("--draws", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    default = os.environ.get("CREDITLOOP_SHARED", str(REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=Path(default), help="the folder that holds data/")
    way = parser.add_mutually_exclusive_group()
    for name in ("--json", "--write", "--check"):
        way.add_argument(name, action="store_true")
    given = parser.parse_args(arguments)
    if given.set and (given.write or given.check):
        parser.error("the page is of all sets")
    return given


if __name__ == "__main__":
    sys.exit(main())
