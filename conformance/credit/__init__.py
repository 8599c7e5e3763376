"""Credit data sets as outside suites: one is described in a file, models are fitted and cross-validated.

`dataset` reads the description and the table, `judging` fits the models of one fold, `figures` measures what
they say, `report` puts it together. Run by `python -m conformance.credit DATASET.yaml`.
"""
