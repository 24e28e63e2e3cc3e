# Coach. `make run` starts everything; `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p))))
BIN := .venv/bin
export PYTHONPATH := .
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BASE_STAMP := .venv/.base-$(shell cksum requirements/base.txt | cut -d' ' -f1)
DEV_STAMP := .venv/.dev-$(shell cksum requirements/dev.txt | cut -d' ' -f1)
CLIENT_SOURCES := $(shell git ls-files frontend 2>/dev/null)

.PHONY: help run test test-server golden lint types bench load chaos e2e screenshots lock client client-test schema

help: ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

run: $(BASE_STAMP) frontend/dist/index.html ## start Coach at http://127.0.0.1:8000 (PORT, SOURCE, SPEED, SYMBOLS, DATA_DIR, …)
	@exec $(BIN)/python -m coach.config.supervisor

test: client-test test-server ## run every test of the client and the server (DATABASE_URL: on that server)

test-server: $(DEV_STAMP) frontend/dist/index.html
	$(BIN)/python -m pytest -n 3 --dist worksteal $(TESTS)

golden: $(DEV_STAMP) ## run the golden cases
	$(BIN)/python -m pytest golden/tests/test_cases.py golden/tests/test_fixture.py -q

lint: $(DEV_STAMP) frontend/node_modules/.stamp ## linters, types and the law of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy .
	cd frontend && npm run --silent lint && npm run --silent typecheck

e2e: $(DEV_STAMP) frontend/dist/index.html ## journeys in Chromium against the running product
	$(BIN)/python -m pytest -m e2e tests/e2e --durations=10

screenshots: $(DEV_STAMP) frontend/dist/index.html ## pictures of every screen and state into docs/images
	$(BIN)/python -m tests.e2e.screenshots

bench: $(DEV_STAMP) ## speed of evaluator, bar cache, backtest, learning (prints a table, writes bench-results/)
	$(BIN)/python -m benchmarks

load: $(DEV_STAMP) frontend/dist/index.html ## streams, ingest to client, minute close, tick to wick, labels (a table, bench-results/load.json)
	$(BIN)/python -m benchmarks.load

chaos: $(DEV_STAMP) frontend/dist/index.html ## kill each process, empty Redis, lock, fill the disk (ARGS="--times 20")
	$(BIN)/python -m benchmarks.chaos $(ARGS)

client: frontend/dist/index.html ## build the client

client-test: frontend/node_modules/.stamp
	cd frontend && npm run --silent test

schema: $(BASE_STAMP) frontend/node_modules/.stamp ## write the OpenAPI schema and the client's types from it
	$(BIN)/python manage.py spectacular --file frontend/src/shared/api/schema.yaml
	cd frontend && npm run --silent api:types

lock: ## compile requirements/*.in to pinned, hashed requirements/*.txt (needs uv)
	for f in base dev bench; do uv pip compile --universal --python-version 3.11 --generate-hashes -q \
	  requirements/$$f.in -o requirements/$$f.txt; done

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Coach needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

$(BASE_STAMP): .venv/bin/python
	@echo "Installing Python packages (about a minute) …"
	$(BIN)/pip install --require-hashes -r requirements/base.txt
	@echo "Compiling the evaluator …"
	$(BIN)/python -m coach.engine.warm
	@touch $@

$(DEV_STAMP): .venv/bin/python
	@echo "Installing Python packages for development (about two minutes) …"
	$(BIN)/pip install --require-hashes -r requirements/dev.txt
	@touch $@ $(BASE_STAMP)

frontend/node_modules/.stamp: frontend/package-lock.json
	@echo "Installing the client's packages …"
	cd frontend && npm ci --no-audit --no-fund
	@touch $@

frontend/dist/index.html: frontend/node_modules/.stamp $(CLIENT_SOURCES)
	@echo "Building the client …"
	cd frontend && npm run --silent build
	@touch $@
