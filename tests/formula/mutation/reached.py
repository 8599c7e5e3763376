"""The statements of the compiler reached since the set was last cleared, as `file:line`."""

REACHED: set[str] = set()
