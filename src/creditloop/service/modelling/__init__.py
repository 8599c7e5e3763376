"""Make a model from a plan (建模): from a table or a contract to a card, its report and its model card.

`plans` is what a plan says and reads it strictly. `sample` turns a Parquet table into rows,
`contract_sample` a contract's features; `findings` looks at the columns before anything is fitted;
`candidates` fits each kind of model, `crossing` on the same folds; `carding` makes the chosen card,
`examining` and `treatment` look at it. `running` is the procedure, step by step, and `recording` its one
record, in whole numbers, with `warnings` to be read first. `reporting` draws report and model card of it,
`writing` the folder with the card, its exports and all of these: the same plan and data give the same bytes.
"""

from creditloop.service.modelling.contract_sample import contract_sample
from creditloop.service.modelling.plans.plan import ModelPlan, TableData
from creditloop.service.modelling.plans.plan_reading import read_model_plan
from creditloop.service.modelling.reporting.drawing import check_can_draw
from creditloop.service.modelling.running import ModelRun, run_model_plan
from creditloop.service.modelling.sample import Sample, table_sample
from creditloop.service.modelling.writing import FILES, check_folder, model_files, write_model

__all__ = [
    "FILES",
    "ModelPlan",
    "ModelRun",
    "Sample",
    "TableData",
    "check_can_draw",
    "check_folder",
    "contract_sample",
    "model_files",
    "read_model_plan",
    "run_model_plan",
    "table_sample",
    "write_model",
]
