"""The process that answers frames for `answering`, until there are no more.

Requests and answers are pickles on its standard input and output; both ends are this package.
"""

import os
import pickle

from creditloop.formula.answer_columns import FrameTarget, columns_of
from creditloop.formula.targets import TARGETS

_INPUT, _OUTPUT, _ERRORS = 0, 1, 2


def main() -> None:
    """Answer in order, each time a program and frames, by every target that works on frames."""
    targets = [target for target in TARGETS if isinstance(target, FrameTarget)]
    with os.fdopen(_INPUT, "rb") as requests, os.fdopen(os.dup(_OUTPUT), "wb") as answers:
        os.dup2(_ERRORS, _OUTPUT)  # what an engine may print is no answer
        while True:
            try:
                program, frames = pickle.load(requests)  # by the process that began this one
            except EOFError:
                return
            try:
                told: object = [
                    columns_of(target, program=program, rows=(), frames=frames) for target in targets
                ]
            except Exception as error:  # whatever it is, it is raised over there
                told = error
            answers.write(pickle.dumps(told))
            answers.flush()
