"""Judgments (裁判文书) to events: one event for one party of a case.

The party is found by its names and its role by the label before them (`parties`); the orders are found, and
whether they burden the party (`orders`); then cause, amount, stage and day make the event (`deciding`). Each
is quoted with the pattern and the place it stands on. A plaintiff is never a risk; what cannot be read is
counted against a defendant, with the evidence `UNDECIDED`, so that a person looks at it.
"""

from creditloop.data.texts.court.deciding import UNDECIDED, read_court_text

__all__ = ["UNDECIDED", "read_court_text"]
