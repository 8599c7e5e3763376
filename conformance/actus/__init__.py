"""Outside cases of financial contracts: the test vectors of ACTUS.

    python -m conformance.actus DIR [--json]

Every `.json` file under DIR holds cases by id: terms, observed market series and events, and the results
expected. `reading` turns terms into ours, `judging` runs `creditloop.book.flows` and compares every row:
date, kind, payoff, principal, rate and accrued interest, or the exercise's date and amount, each to 1e-6.
Nothing is computed here. Contract types and terms that are not taken over are refused by name. The last
line is `N passed, M failed, K refused`; the exit status is 0 when nothing failed.
"""
