"""Draw what was found, computing nothing (报告).

`drawing` makes the report of a run's record, as one HTML page with `pictures`, and as a PDF; `model_card`
writes the model card. The record holds texts and whole numbers, so that the same record gives the same
bytes; templates stand in the folder beside.
"""
