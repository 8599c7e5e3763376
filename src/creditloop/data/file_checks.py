"""What is checked of a file as a whole: header, bytes, control totals, rows that repeat others."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from creditloop.data.contracts import ColumnType, Contract, EqualButFor
from creditloop.data.readers import FileIdentity, identify
from creditloop.data.shaping import ROW
from creditloop.kernel.errors import ContractBroken
from creditloop.kernel.money import text_from_fen

_NANO = 10**9
_DIGEST_SCHEMA: Mapping[str, pl.DataType] = {
    "rule_id": pl.String(),
    "source_row": pl.Int64(),
    "digest": pl.String(),
}


def check_was_whole(file: Path, *, identity: FileIdentity, rows_read: int) -> None:
    """Refuse a file that was read to its end and had no rows, or that is no longer the one it was.

    Raises: ContractBroken.
    """
    if rows_read == 0:
        raise ContractBroken("the file has a header and no rows", where={"file": identity.name}, got=0)
    if identify(file).sha256 != identity.sha256:
        raise ContractBroken(
            "the file changed while it was read",
            got="other bytes than at the beginning",
            where={"file": identity.name},
            hint="give it again when it is complete",
        )


def check_header(columns: Sequence[str], *, contract: Contract, file_name: str) -> None:
    """Refuse a file whose columns are not exactly those the contract names, loaded or left out.

    Raises: ContractBroken naming the columns that stand twice, are missing, or are not in the contract.
    """
    twice = [name for name, count in Counter(columns).items() if count > 1]
    wanted = [*contract.source_types(), *contract.not_loaded]
    missing = [name for name in wanted if name not in columns]
    unknown = [name for name in columns if name not in wanted]
    for names, message in (
        (twice, "a column stands twice in the header"),
        (missing, "a column of the contract is missing in the file"),
        (unknown, "a column of the file is not in the contract: it has no sensitivity class and no purpose"),
    ):
        if names:
            raise ContractBroken(
                message,
                got=", ".join(names) if names is not missing else ", ".join(columns),
                expected=", ".join(missing) if names is missing else None,
                where={"file": file_name, "row": "header", "field": names[0]},
                hint=f"name it in {contract.document.path}, or under not_loaded with a reason"
                if names is unknown
                else None,
            )


def check_totals(contract: Contract, *, rows: int, sums: Mapping[str, int], file_name: str) -> None:
    """Refuse a file that does not have the control totals its contract states.

    Args:
        sums: sum of each column a total is stated of, in fen or whole numbers.
    """
    totals = contract.totals
    if totals.rows is not None and rows != totals.rows:
        raise ContractBroken(
            "the file has not the number of rows stated as control total",
            got=rows,
            expected=totals.rows,
            where={"file": file_name},
        )
    types = contract.source_types()
    for column, expected in totals.sums.items():
        got = sums[column] if types[column] is ColumnType.MONEY else sums[column] * 100
        if got != expected:
            raise ContractBroken(
                f"the sum of {column!r} is not the control total",
                got=text_from_fen(got),
                expected=text_from_fen(expected),
                where={"file": file_name, "field": column},
            )


def rejected_most(contract: Contract, *, rows: int) -> int:
    """Return how many of a file's rows may be rejected at most."""
    return rows * contract.rejected_share_max_nano // _NANO


def check_share(
    contract: Contract,
    *,
    rows: int,
    rejected: int,
    by_code: Mapping[str, int],
    first: Mapping[str, object],
    file_name: str,
) -> None:
    """Refuse a file of which more rows are rejected than the contract allows.

    Args:
        by_code: how many findings that reject there are of each code.
        first: where the first of them is.
    """
    most = rejected_most(contract, rows=rows)
    if rejected <= most:
        return
    told = ", ".join(f"{code} {count}" for code, count in sorted(by_code.items()))
    raise ContractBroken(
        "more rows are rejected than the contract allows: the file is refused",
        got=f"{rejected} of {rows} rows; {told}",
        expected=f"at most {most} rows",
        where={"file": file_name, **first},
    )


def row_digests(kept: pl.DataFrame, *, rules: Sequence[EqualButFor]) -> pl.DataFrame:
    """Return for each rule and row a SHA-256 of the typed columns that the rule compares."""
    found = []
    for rule in rules:
        compared = [name for name in kept.columns if name not in rule.columns and name != ROW]
        texts = kept.select(pl.struct(compared).struct.json_encode()).to_series()
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        found.append(
            pl.DataFrame(
                {"rule_id": [rule.rule_id] * kept.height, "source_row": kept[ROW], "digest": digests},
                schema=_DIGEST_SCHEMA,
            )
        )
    return pl.concat(found) if found else pl.DataFrame(schema=_DIGEST_SCHEMA)
