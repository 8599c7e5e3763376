"""From rows to files (写出): columns as whole arrays, when each fact becomes known, Parquet under a contract.

`columns` has what rows are made of and how texts are built from arrays; `corrections` plants late facts and
first versions that were told wrongly; `schema` checks rows against their contract and turns fen into exact
yuan; `files` appends shards to a file in groups of rows, so that memory stays bounded.
"""

from creditloop.world.writing.columns import Codes, Maybe, Rows

__all__ = ["Codes", "Maybe", "Rows"]
