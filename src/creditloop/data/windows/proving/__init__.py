"""Proofs of window features on drawn events (证明): two executions agree, the future changes nothing.

`drawing` draws parties and events that lie on every edge a definition has. `executions` computes every
feature online and in bulk and compares; `leaks` changes whatever became known after a party's day and looks
whether any feature moved. Both give a value that says whether it holds, how much was tried, and the first
things found. Everything drawn is simulated.
"""

from creditloop.data.windows.proving.executions import WindowDifference, WindowProof, prove_windows
from creditloop.data.windows.proving.leaks import LeakProbe, WindowLeak, probe_leaks

__all__ = ["LeakProbe", "WindowDifference", "WindowLeak", "WindowProof", "probe_leaks", "prove_windows"]
