# `make demo` and `make test` set up all that they need; a second run starts at once.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
DEMO_STAMP := $(VENV)/demo.stamp
DEV_STAMP := $(VENV)/dev.stamp
TYPESCRIPT := 5.9.3
TSC_DIR := $(VENV)/typescript-$(TYPESCRIPT)
TSC := $(TSC_DIR)/node_modules/.bin/tsc
PYTEST := timeout --kill-after=20 900 $(BIN)/pytest --durations=10 -o faulthandler_timeout=120
# Most tests wait for others most of the time, and so they do it together; those that look at a picture or a clock do not.
TOGETHER := -n 4 --dist loadfile
LOOKING := tests/web tests/integration/emulator_media tests/integration/test_resets.py
PORT :=
CLOUD :=

export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test checks lint types layers web-types docs docs-write unit integration contract real-time web browser rtmp portaudio wheel atlas format clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: $(DEMO_STAMP) ## Show a digital human on this machine (PORT=9000 chooses the port)
	$(BIN)/avatar-bridge demo $(if $(PORT),--port $(PORT))

test: $(DEV_STAMP) ## Run every check and every test; those that take their real time run beside the others
	@.ci/beside .ci/real-time $(MAKE) --no-print-directory checks

checks: lint types layers web-types docs browser rtmp portaudio
	$(PYTEST) $(TOGETHER) $(LOOKING:%=--ignore=%)
	$(PYTEST) $(LOOKING)
	$(MAKE) --no-print-directory wheel

lint: $(DEV_STAMP) ## Check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(DEV_STAMP) ## Check the types of the Python code
	$(BIN)/pyright

layers: $(DEV_STAMP) ## Check which package imports which
	$(BIN)/lint-imports

web-types: $(TSC) ## Check the types of the pages
	$(TSC) --project demo_web/jsconfig.json

docs: $(DEV_STAMP) ## Check that the generated pages of docs/ are up to date (make docs-write writes them)
	$(BIN)/python docs/build.py --check
	$(BIN)/python -m tests.contract.coverage --check

docs-write: $(DEV_STAMP) ## Write the generated pages of docs/
	$(BIN)/python docs/build.py
	$(BIN)/python -m tests.contract.coverage

unit: $(DEV_STAMP) ## Run the unit tests
	$(PYTEST) $(TOGETHER) tests/unit

integration: $(DEV_STAMP) rtmp portaudio ## Run the tests that start servers
	$(PYTEST) $(TOGETHER) tests/integration tests/contract

contract: $(DEV_STAMP) ## Hold the contract against the emulator, or any cloud: CLOUD=https://… (docs/emulator.md)
	$(if $(CLOUD),AVATAR_CONTRACT_URL='$(CLOUD)' $(BIN)/pytest -v --tb=short,$(PYTEST)) tests/contract

real-time: $(DEV_STAMP) ## Run the tests that take their real time, ten minutes
	@.ci/real-time

web: browser ## Run the tests in a browser
	$(PYTEST) tests/web

browser: $(DEV_STAMP)
	@.ci/browser

rtmp:
	@.ci/nginx-rtmp

portaudio:
	@.ci/portaudio

wheel: $(DEV_STAMP) ## Build the wheel, install it elsewhere and ask its demo a question
	$(BIN)/python .ci/wheel.py

atlas: $(DEV_STAMP) ## Draw the emulator's face again
	$(BIN)/python -m emulator.face.build

format: $(DEV_STAMP) ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean: ## Remove all that was built, the virtual environment too
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis test-results

$(BIN)/pip:
	@.ci/venv $(VENV)

$(DEMO_STAMP): pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --editable '.[all]'
	@touch $@

$(DEV_STAMP): pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $(DEMO_STAMP) $@

$(TSC): | $(DEV_STAMP)
	@mkdir -p $(TSC_DIR)
	$(BIN)/npm install --silent --no-audit --no-fund --no-save --prefix $(TSC_DIR) typescript@$(TYPESCRIPT)
