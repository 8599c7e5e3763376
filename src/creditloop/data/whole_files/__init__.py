"""Files read under their contract and not kept (按契约读取、不入库): right in every row, or refused.

`read_whole_file` takes a file through the same readers, doors, codes and quality rules as an import does, and
gives the contract's one table as a frame; nothing is written to the database. It is for what another system
says of every loan every day: it is compared and forgotten, only the differences are kept. A row at fault
refuses the file, naming file, row and field; keys that stand twice are left in, for whoever compares to name.
"""

from creditloop.data.whole_files.reading import WholeFile, read_whole_file

__all__ = ["WholeFile", "read_whole_file"]
