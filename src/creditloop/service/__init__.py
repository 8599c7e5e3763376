"""The doors, and the one place where everything is wired together.

`cli` is the command line, `bank` opens a bank (its documents, its database, its evidence), `wiring` says in
one file which rooms own tables and who answers which fact, `jobs` is what happens by itself, `demo` runs
the loop on the example book, `clock` is the only clock. Nothing below this folder reads a clock, an
environment variable or a command line.
"""
