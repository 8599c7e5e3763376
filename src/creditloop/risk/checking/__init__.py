"""Look at a strategy without deciding anybody by it (策略静态检查、比较).

`whole` checks a document: `sheets` give its tables, cards and switches one shape, `rows` check their rows
against each other, `unread` finds what nobody reads and reasons that do not fit; each finding is a value
(`findings`) with a severity, a place, and where it can a case that shows it. `diff` says what changed between
two documents, rule by rule; `flips` which cases they judge otherwise. `schema` is the format for editors.
"""
