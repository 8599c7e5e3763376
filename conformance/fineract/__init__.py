"""Outside cases of loans: life cycles and instalment tables carried over from Apache Fineract's scenarios.

    python -m conformance.fineract DIR [--json]

`reading` turns the origin's products and terms into our terms and rules, `life_cycle` its operations into our
events, `tables` our state into its tables; `instalment_tables` runs its tables of level instalments. All
arithmetic is creditloop.book's. Every cell counts. What is not taken over is refused by name, a file of
another kind too. The last line is `N passed, M failed, K refused`; the exit status is 0 when nothing failed.
"""

from conformance.fineract.judging import Verdict, judge_folder, main

__all__ = ["Verdict", "judge_folder", "main"]
