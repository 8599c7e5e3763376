"""What every run of the suite is told, with a mutant or without: the same examples, no limit of time for one.

An example that is slow on a busy machine must not look as if the suite had noticed a mutant; and a mutant
that asks for memory without end must not take the machine with it.
"""

import resource

import pytest
from hypothesis import HealthCheck, Phase, settings

BYTES_MAX = 16 << 30
ASKED = (
    *("-q", "-p", "no:cacheprovider", "-m", "not outside and not shared"),
    *("-p", "tests.formula.mutation.fairness"),
)
"""What pytest is asked of both: tests of outside suites and of the folder of outside data stay out."""

settings.register_profile(
    "mutants",
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow,),
    report_multiple_bugs=False,
)
settings.load_profile("mutants")


def pytest_configure(config: pytest.Config) -> None:
    """Bound the address space of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (BYTES_MAX, BYTES_MAX))
