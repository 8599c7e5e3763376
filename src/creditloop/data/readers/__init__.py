"""Files as they come (CSV, Parquet, Excel), read strictly and in batches of bounded memory.

`source_file` says which file it is (bytes and SHA-256) and opens it if it holds what its ending says; each
format's reader gives the header, the number of rows if the file says it, and batches of cells as they stand.
Nothing is typed here: that is `doors`. What makes the whole file unreadable (a row of another length, a quote
never closed, an encoding that is not UTF-8, a damaged page) is raised, naming the row.
"""

from creditloop.data.readers.batches import BATCH_ROWS, Batch, CellFault, SourceReader
from creditloop.data.readers.source_file import FileIdentity, identify, open_reader

__all__ = ["BATCH_ROWS", "Batch", "CellFault", "FileIdentity", "SourceReader", "identify", "open_reader"]
