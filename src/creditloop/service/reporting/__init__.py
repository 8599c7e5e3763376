"""The risk report of a run (风险报告): what is on record, gathered and drawn, nothing computed anew.

`stage_parts` tells what the stages did, `model_parts` how the models do, and `risk_report` puts them
together as one record and its PDF, kept beside each other, so that every number on paper can be looked up
with batch and version.
"""
