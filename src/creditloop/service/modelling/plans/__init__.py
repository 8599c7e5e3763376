"""The plan of a model as a document (模型计划).

`plan` is what it says, as immutable values: data, target, columns, protected groups, split, candidates, the
rule of choice. `plan_reading` reads the document, `split_reading` its parts about how rows are parted.
Reading is strict: a fault is named with file, line and field, and nothing has a default that decides.
"""
