"""The loop over the example book, step by step: what `make run` shows.

    import        30,000 customers and their statements, under contract
    the loop      the business date moves from April to October 2005, and every stage acts (`service.loop`)
    findings … learning   what each stage did, as records: `ground` and `stages`
    loans         a small loan book, taken over and lived day by day (simulated)
    evidence      everything sealed is verified
    report        the risk report of the run, a PDF
    visitors      people for the console and a key for the API

Each step is a command of its own on other data. A second run finds everything done and repeats nothing; the
result is the same to the byte, so it holds no clock, no duration, nothing drawn by chance.
"""

from creditloop.service.demo.ground import Record
from creditloop.service.demo.run import DATABASE, PLAN, RESULT, StepDone, run_demo, write_result
from creditloop.service.demo.visitors import let_in, visitors_file

__all__ = [
    "DATABASE",
    "PLAN",
    "RESULT",
    "Record",
    "StepDone",
    "let_in",
    "run_demo",
    "visitors_file",
    "write_result",
]
