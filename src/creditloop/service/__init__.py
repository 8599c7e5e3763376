"""The doors, and the one place where everything is wired together.

`bank` opens a bank (documents, database, evidence; `places` says where they are) and gives pieces of `work`
that seal themselves. The stages act in folders named after what they do: `acquiring`, `admitting`, `lending`,
`booking`, `monitoring`, `recovering`, `overseeing`, with `strategies` for the bank's rules, `reporting`
for paper. `posting` goes through the months, `wiring` says in one file which rooms own tables and who answers
which fact, `jobs` is what happens by itself, `clock` is the only clock. The doors are `cli`, `http` and
`console`; `demo` runs the example book, with people `playing` by a script. Nothing below this folder reads a
clock, an environment variable or a command line.
"""
