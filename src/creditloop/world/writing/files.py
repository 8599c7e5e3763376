"""Parquet files written shard by shard (流式写出): rows are collected to groups, written, and let go."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


class ShardFile:
    """A Parquet file that shards are appended to; its bytes depend on its rows and their order alone."""

    def __init__(self, file: Path, schema: pa.Schema, *, group_rows: int) -> None:
        """Create the file.

        Args:
            group_rows: rows collected before they are written.
        """
        self.rows = 0
        self._schema, self._group_rows = schema, group_rows
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        file.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(
            file,
            schema,
            compression="zstd",
            compression_level=1,
            store_schema=False,
            store_decimal_as_integer=True,
            write_statistics=["party_no"] if "party_no" in schema.names else False,
        )

    def append(self, table: pa.Table) -> None:
        """Add a shard's rows."""
        self._waiting.append(table)
        self._waiting_rows += table.num_rows
        self.rows += table.num_rows
        if self._waiting_rows >= self._group_rows:
            self._flush()

    def close(self) -> None:
        """Write what waits, and finish the file."""
        if self._waiting_rows:
            self._flush()
        self._writer.add_key_value_metadata(self._schema.metadata)  # without Arrow's schema it is not written
        self._writer.close()

    def _flush(self) -> None:
        whole = pa.concat_tables(self._waiting)
        self._writer.write_table(whole, row_group_size=whole.num_rows)
        self._waiting, self._waiting_rows = [], 0


def file_hash(file: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
