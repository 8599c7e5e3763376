"""Measuring scores (度量): how well they tell goods from bads, and whether they mean what they say.

`discrimination` is AUC, KS, gains and lift; `calibration` compares a pd with what was seen; `stability` is
psi; `swap_set` sets two strategies' approvals beside each other. `outcomes` checks the columns all of them
take. All figures come from counts, so equal scores are equal however the rows are ordered; what happens on
ties, empty bands and missing values stands with each function. Nothing is drawn or printed here.
"""
