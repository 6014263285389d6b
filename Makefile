# Live Sessions. `make` alone prints the words. Everything here needs Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TESTS ?= tests
m ?=

.DEFAULT_GOAL := help
.PHONY: help run test check fix demo migration bench e2e faults
.SILENT:

help:
	echo "make run        start everything with a demo, and say where it is (Ctrl-C ends it)"
	echo "make test       every test this machine can run, on SQLite and on PostgreSQL"
	echo "make check      formatting, linting, types, import contracts, templates, lock files"
	echo "make fix        format the code and mend what can be mended by itself"
	echo "make demo       fill the database of make run with the demo"
	echo "make migration  write a migration for changed tables:  make migration m=\"add reviews\""
	echo "make bench      measure: speed side by side with a bare page and bare SQL"
	echo "make e2e        only the journeys in a real browser"
	echo "make faults     the long runs with killed processes and races"

run: $(VENV)/for-run
	exec $(BIN)/python -m liveapp.dev.run

test: $(VENV)/for-work
	$(BIN)/python -m pytest -n auto --dist worksteal $(TESTS)

check: $(VENV)/for-work
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet liveapp/templates liveapp/dev/templates
	if grep -n 'http' requirements.lock requirements-dev.lock; then echo "A lock file carries an address."; exit 1; fi

fix: $(VENV)/for-work
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

demo: $(VENV)/for-run
	$(BIN)/python -m liveapp.dev.run flask --app app db upgrade
	$(BIN)/python -m liveapp.dev.run flask --app app demo

migration: $(VENV)/for-work
	if [ -z "$(m)" ]; then echo 'Say what changes: make migration m="add reviews"'; exit 1; fi
	$(BIN)/python -m liveapp.dev.run flask --app app db upgrade
	$(BIN)/python -m liveapp.dev.run flask --app app db migrate -m "$(m)"
	$(BIN)/ruff format --quiet migrations

bench: $(VENV)/for-work
	for file in bench/[!_]*.py; do echo "== $$file"; PYTHONPATH=. $(BIN)/python "$$file" || exit 1; done

e2e: $(VENV)/for-work
	$(BIN)/python -m pytest -m e2e tests/e2e

faults: $(VENV)/for-work
	$(BIN)/python -m pytest -m faults $(TESTS)

# The virtual environment is made once and filled again only when its lock file has other content.
$(VENV)/for-run: lock := requirements.lock
$(VENV)/for-work: lock := requirements-dev.lock
$(VENV)/for-run $(VENV)/for-work: ALWAYS
	if cmp -s $(lock) $@; then exit 0; fi; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Live Sessions needs Python 3.11 or newer: install it, or name one, as in  make PYTHON=python3.12 run"; exit 1; }; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python can't make virtual environments: install its venv package (on Debian and Ubuntu, python3-venv)."; exit 1; }; \
	$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) || exit 1; \
	echo "Installing what $(lock) names into $(VENV) ..." >&2; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(lock) && cp $(lock) $@

.PHONY: ALWAYS
ALWAYS:
