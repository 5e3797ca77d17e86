# Everything from a machine with Python 3.11+ and make: `make demo`, `make test`.
# Set-up is skipped while the locks stand unchanged (stamps in .setup/).

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := .setup/tools/bin/uv
DEMO ?= demo
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DO_NOT_TRACK := 1
export MLFLOW_DISABLE_TELEMETRY := true
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.PHONY: help demo test test-fast serve check fix setup assets browser lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: setup assets ## an invented county, from landed files to map, zones and a home site
	$(BIN)/forebridge demo --out $(DEMO)

serve: setup assets ## look at the demo (or OUT=dir) in a browser
	$(BIN)/forebridge serve --out $(or $(OUT),$(DEMO))

test: setup assets browser ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-fast: setup ## unit and property tests only
	$(BIN)/python -m pytest -n 2 tests/unit tests/property

check: setup ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: setup ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: .setup/python
assets: .setup/assets
browser: .setup/browser

.setup/python: requirements.lock requirements-setup.lock pyproject.toml
	@mkdir -p .setup
	@$(PYTHON) -c 'import sys; sys.exit(not ((3,11) <= sys.version_info[:2] <= (3,13)))' \
	  || { echo "Forebridge needs Python 3.11 to 3.13; give one as: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(UV) || { $(PYTHON) -m venv .setup/tools && .setup/tools/bin/python -m pip install --quiet \
	  --disable-pip-version-check --require-hashes -r requirements-setup.lock; }
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.setup/assets: package.json package-lock.json $(wildcard serving/web/assets/*) | .setup/python
	@command -v npm >/dev/null 2>&1 || $(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-node.lock
	npm ci --no-progress --ignore-scripts --loglevel=error
	npm run --silent assets
	@touch $@

.setup/browser: | .setup/python
	@command -v chromium >/dev/null 2>&1 || { command -v apt-get >/dev/null 2>&1 && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-liberation >/dev/null; } \
	  || echo "No Chromium and no way to install it: the browser tests will be skipped, and will say so."
	@touch $@

lock: ## resolve the locks afresh (no index address is written)
	$(UV) pip compile pyproject.toml --extra dev --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate --no-header -q -o requirements.lock

clean: ## remove what set-up made
	rm -rf .venv .setup node_modules serving/web/static/vendor build *.egg-info
