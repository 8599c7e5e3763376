"""Look at a strategy without deciding anybody by it (策略静态检查、比较).

`faults` tells all that keeps a document from being read. `whole` checks one that is read: `sheets` give its
tables, cards and switches one shape, `rows` check their rows against each other, `unread` finds what nobody
reads and reasons that do not fit; each finding is a value (`findings`) with a severity, a place, and where it
can a case that shows it. `diff` says what changed between two documents, rule by rule (`changes`); `flips`
which cases they judge otherwise. `schema` is the format for editors.
"""
