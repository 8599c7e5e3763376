"""Leaks (信息泄漏): features that know the outcome as nobody could at the time of deciding.

`find_leaks` puts every column of a table to the same questions and names those that answer wrongly. Each
question has a module: `recording` how values were written down, `dependence` whether a column knows anything
but the outcome, `rewriting` whether it is another one written again. Two are asked of the file as a whole:
whether the order of its rows tells, and in `repeats` whether rows stand there twice. `texts` says what was
found, in both languages.

Data flow: a frame and outcomes in, a `LeakReport` out; nothing is stored or drawn.
"""

from creditloop.risk.probes.leaks.finding import Leak, LeakReport, Noted, find_leaks
from creditloop.risk.probes.leaks.repeats import Repeats
from creditloop.risk.probes.leaks.texts import LeakEvidence

__all__ = ["Leak", "LeakEvidence", "LeakReport", "Noted", "Repeats", "find_leaks"]
