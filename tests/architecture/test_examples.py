"""The examples in docstrings are true."""

import doctest
from importlib import import_module

import pytest
from house import MODULES, Module

WITH_EXAMPLES = [module for module in MODULES if ">>> " in module.text]


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda module: module.name)
def test_the_examples_of_a_module_are_true(module: Module) -> None:
    result = doctest.testmod(import_module(module.name))
    assert result.attempted > 0
    assert result.failed == 0


def test_the_kernel_has_examples() -> None:
    assert {"creditloop.kernel.money", "creditloop.kernel.dates"} <= {module.name for module in WITH_EXAMPLES}
