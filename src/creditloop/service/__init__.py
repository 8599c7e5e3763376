"""The doors, and the one place where everything is wired together.

`cli` is the command line; `bank` opens a bank (its documents, database, evidence; `places` says where they
are) and gives pieces of `work` that seal themselves. `card_book` imports and posts a migrated book,
`posting` does so month by month, `classifying` answers each month, `reconciling` compares book and bills.
`wiring` says in one file which rooms own tables and who answers which fact, `jobs` is what happens by
itself, `demo` runs the loop on the example book, `clock` is the only clock. Nothing below this folder reads
a clock, an environment variable or a command line.
"""
