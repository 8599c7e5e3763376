"""The bank's strategies as documents (策略): checked, proven, published, backtested, explained, made again.

`checking` says what is wrong with a text; `publishing` proves it in every target and keeps it with its
proof, by the plan that `publication_plan` reads. `cases` reads past cases, `backtesting` runs a strategy
or an optimiser over them, and `backtest_report` draws what came out. `explaining` tells one case in
words; `replaying` makes every decision of every stage again, bit by bit.
"""
