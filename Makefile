# One word each: make run | test | check | stories | docs | bench.   `make help` lists them.
# The first call builds .venv (pinned installer, then hashed requirements); nothing is installed elsewhere.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python
WORKERS ?= 2

.PHONY: help run test check stories docs bench results mutants clean lock

help:
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

run: $(VENV)/.run ## the loop over the real card book, stage by stage
	@$(BIN)/creditloop demo

test: $(VENV)/.dev ## every test, on two workers
	@$(BIN)/python -m pytest -n $(WORKERS)

check: $(VENV)/.dev ## style, types, direction
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

stories: $(VENV)/.dev ## the loan's life in prose
	@$(BIN)/python -m pytest -m story -v

docs: $(VENV)/.dev ## the documents and the glossary against the code
	@$(BIN)/python -m pytest tests/docs -v

bench: $(VENV)/.dev ## every benchmark, one after another
	@for file in bench/[a-z]*.py; do $(BIN)/python -m bench.$$(basename $$file .py) || exit 1; done

results: $(VENV)/.dev ## strategies against plain rules on real data, as docs/results tells (needs ../shared)
	@$(BIN)/python -m bench.results

mutants: $(VENV)/.dev ## break the compiler 300 times and count what the tests notice (long)
	@$(BIN)/python -m tests.formula.mutants --workers $(WORKERS)

clean: ## the environment and what runs left behind in this folder
	rm -rf $(VENV) var dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

lock: $(VENV)/.dev ## renew the hashed requirements files
	@cd requirements && for name in install run sm dev; do sh compile.sh ../$(BIN)/uv $$name; done

$(VENV)/.installer: requirements/install.txt
	@$(PYTHON) -c 'import sys; sys.exit("creditloop needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/install.txt
	@touch $@

$(VENV)/.run: $(VENV)/.installer requirements/run.txt pyproject.toml
	@echo "creditloop: installing into $(VENV) …" >&2
	@$(UV) --require-hashes -r requirements/run.txt
	@$(UV) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@$(UV) --require-hashes -r requirements/dev.txt
	@touch $@
