"""Parquet: cells with their own types, once these are known to be able to hold the contract's."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from creditloop.data.contracts import ColumnType
from creditloop.data.readers.batches import BATCH_ROWS, Batch
from creditloop.kernel.errors import ContractBroken

_Test = Callable[[pa.DataType], bool]
_TEXT: tuple[_Test, ...] = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_null,
)
_NUMBER: tuple[_Test, ...] = (pa.types.is_integer, pa.types.is_float64, pa.types.is_decimal)
_COMES_FROM: Mapping[ColumnType, tuple[_Test, ...]] = {
    ColumnType.INTEGER: (*_TEXT, *_NUMBER),
    ColumnType.MONEY: (*_TEXT, *_NUMBER),
    ColumnType.TEXT: (*_TEXT, pa.types.is_integer),
    ColumnType.CODE: (*_TEXT, pa.types.is_integer),
    ColumnType.BOOLEAN: (*_TEXT, pa.types.is_boolean, pa.types.is_integer),
    ColumnType.DATE: (*_TEXT, pa.types.is_date),
    ColumnType.INSTANT: (*_TEXT, lambda kind: pa.types.is_timestamp(kind) and kind.tz is not None),
}
"""Physical types a contract's type may come from. Not float32: it cannot name an amount."""


_SIMULATED = b"simulated"
"""Key of the file's own remarks: "true" where what it tells is made up."""


class ParquetReader:
    """Reads a Parquet file batch by batch; see `SourceReader`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._parquet = pq.ParquetFile(file)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error
        self.columns: tuple[str, ...] = tuple(self._parquet.schema_arrow.names)
        self.rows_total: int | None = self._parquet.metadata.num_rows
        self.simulated = (self._parquet.metadata.metadata or {}).get(_SIMULATED) == b"true"

    def batches(self, types: Mapping[str, ColumnType]) -> Iterator[Batch]:
        """Yield the rows in order; see `SourceReader`."""
        for name, column_type in types.items():
            self._check_type(name, column_type)
        try:
            for batch in self._parquet.iter_batches(batch_size=BATCH_ROWS, columns=list(types)):
                frame = pl.DataFrame(pl.from_arrow(batch)).with_columns(
                    pl.col(pl.Categorical).cast(pl.String)
                )
                yield Batch(frame=frame.with_columns(pl.col(pl.String).replace("", None)))
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._parquet.close()

    def _check_type(self, name: str, column_type: ColumnType) -> None:
        kind = self._parquet.schema_arrow.field(name).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if any(test(kind) for test in _COMES_FROM[column_type]):
            return
        naive = column_type is ColumnType.INSTANT and pa.types.is_timestamp(kind)
        raise ContractBroken(
            f"the column {name!r} cannot hold such values" + (": it has no time zone" if naive else ""),
            got=str(kind),
            expected=column_type.value,
            where={"file": self._file.name, "field": name},
        )

    def _damaged(self, error: Exception) -> ContractBroken:
        return ContractBroken(
            "not a well-formed Parquet file", got=str(error).splitlines()[0], where={"file": self._file.name}
        )
