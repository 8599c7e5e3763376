"""What a key must be for to do something about loans; see `doors.SCOPES`."""

QUOTE = "loans:quote"
"""Read products, quote loans."""
READ = "loans:read"
"""Read loans: plan, balances, payoff, statement, events."""
WRITE = "loans:write"
"""Open loans, take in repayments."""
