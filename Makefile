# Short names: run, test, test-faults, lint, docs, bench, ui, clean. Everything happens in .venv at the root.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help env run test test-faults lint docs bench ui clean

BIN := .venv/bin
# Named after what is to be installed, so that a changed lock installs anew and an interrupted
# installation never counts as done.
STAMP := .venv/.installed-$(shell cat requirements.lock pyproject.toml | cksum | tr -s ' \t' '-')
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))
PYTHON ?= $(shell for candidate in python3 python3.12 python3.11; do \
	$$candidate -c '$(SUPPORTED)' 2>/dev/null && echo $$candidate && break; done)

export PATH := $(CURDIR)/$(BIN):$(PATH)

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*  ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

env: $(STAMP)  ## make .venv as requirements.lock says

$(STAMP):
	@test -n "$(PYTHON)" || { echo "quotamart needs Python 3.11 or 3.12 on the PATH."; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	chmod 700 warehouse
	dbt --quiet parse
	@touch $@

run: env  ## sample data where nothing has landed; its last months closed; build, audit, publish
	@landing="$${QUOTAMART_LANDING:-landing}"; \
	if [ -z "$$(find "$$landing" -name '*.parquet' -print -quit 2>/dev/null)" ]; then \
		echo "Nothing has landed: making a sample company."; \
		quotamart sample --scale 0.1 --seed 7 --out "$$landing"; \
	fi
	@python -m orchestration.sample.months
	@quotamart build
	@echo
	@python -m orchestration.report

test: env  ## lint, dbt, pytest, Spark parity
	@$(MAKE) --no-print-directory lint
	dbt --quiet parse
	pytest -n auto --dist loadgroup --no-loadscope-reorder --durations=25

test-faults: env  ## the tests of faults and load at full length
	dbt --quiet parse
	pytest -m faults --at-full-length

lint: env  ## ruff and sqlfluff
	ruff check
	ruff format --check
	sqlfluff lint

docs: env  ## docs/metrics.md, from the metrics beside the marts
	python -m orchestration.metrics

bench: env  ## Dagster beside plain dbt build, areas beside each other, the sample generator
	python -m benchmarks

ui: env  ## Dagster's UI with the project loaded
	quotamart ui

clean:  ## remove what a build leaves; landing, ledger and published versions stay
	rm -rf target logs build dist metastore_db spark-warehouse derby.log .pytest_cache .ruff_cache
	rm -rf .tmp_dagster_home_* warehouse/*
