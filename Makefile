# The verbs of Facewarden. `make` alone lists them.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
SHELL := /bin/sh
# What a recipe makes is this user's alone.
.SHELLFLAGS := -c 'umask 077; eval "$$0"'
# It says of every process that Python 3.11 will be old one day.
export PYTHONWARNINGS := ignore::FutureWarning:google.api_core._python_version_support

# Any Python from 3.9 on that really runs: a shim may exist and fail. Set-up finds or fetches the versions it is for.
PYTHON := $(shell for p in python3.11 python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.10 python3.9; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .local/venv/bin
SYSTEM := $(PYTHON) tools/local_system.py
SETUP := $(PYTHON) tools/setup_env.py

.PHONY: help demo up down status logs run show evidence open test lint format types bench pins check-pins audit setup clean python environments

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## set up, start, run the whole path on a replica gallery; ONCE=1 stops by itself
	@$(VENV)/python -m tools.demo $(if $(filter-out 0,$(ONCE)),--once)

up: setup ## start the local system in the background, with its tables, and write .local/env
	@$(SYSTEM) up
	@$(PYTHON) tools/run_dag.py prepare_warehouse

down: python ## end all of it: no process and no port is left
	@$(SYSTEM) down

status: python ## what is up, and where
	@$(SYSTEM) status

logs: ## follow the logs of the local system's services
	@tail -n 20 -F .local/logs/*.log

# CONF goes through the environment: quoting it again would break it.
run: override export CONF := $(value CONF)
run: python ## run a DAG: make run DAG=… CONF='{"…": …}' [FOLLOW=1]
	@test -n "$(DAG)" || { echo "Which DAG? make run DAG=crawl_galleries CONF='{\"pages\": 1}'"; exit 2; }
	@$(PYTHON) tools/run_dag.py "$(DAG)" --conf "$$CONF" $(if $(filter-out 0,$(FOLLOW)),--follow)

show: setup ## a picture with boxes and scores: make show MEDIA=… (a media_id, a sha256, the path of a file)
	@test -n "$(MEDIA)" || { echo "Which file? make show MEDIA=PLATFORM/GALLERY/POST_NO/image/1 (or a sha256, or a path)"; exit 2; }
	@test -f .local/env || { echo "Not up: make up first"; exit 2; }
	@. .local/env && $(VENV)/python -m include.faces.show "$(MEDIA)"

evidence: setup ## draw a subject's evidence page, and print a link to it: make evidence SUBJECT=…
	@test -n "$(SUBJECT)" || { echo "Whose? make evidence SUBJECT=SUBJECT_ID"; exit 2; }
	@test -f .local/env || { echo "Not up: make up first"; exit 2; }
	@. .local/env && address=$$($(VENV)/python -m include.matching "$(SUBJECT)") && $(PYTHON) tools/open_object.py "$$address"

open: python ## a link that opens an object of the bucket: make open ADDRESS=gs://…
	@test -n "$(ADDRESS)" || { echo "Which object? make open ADDRESS=gs://BUCKET/evidence/SUBJECT_ID.html"; exit 2; }
	@$(PYTHON) tools/open_object.py "$(ADDRESS)"

test: setup ## the whole test suite; T="tests/crawl -k pace" chooses, COVER=1 shows what no test runs
	@$(VENV)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(if $(filter-out 0,$(COVER)),--cov --cov-report=term) $(T)

lint: environments ## ruff, mypy, the floors of the house; whether pins and types of rows are in step
	@$(VENV)/ruff check --quiet .
	@$(VENV)/ruff format --check --quiet . || { echo "make format puts these files in shape:"; $(VENV)/ruff format --check .; exit 1; }
	@$(VENV)/mypy
	@$(VENV)/lint-imports --cache-dir .local/import_linter >.local/floors.txt 2>&1 || { cat .local/floors.txt; exit 1; }
	@$(VENV)/vermin --quiet --violations --no-tips --target=3.9- --exclude-regex 'tools/(demo|row_types)\.py$$' tools
	@$(PYTHON) tools/pins.py offline
	@$(VENV)/python -m tools.row_types check

format: environments ## let ruff put the code in shape
	@$(VENV)/ruff check --fix --quiet .
	@$(VENV)/ruff format --quiet .

types: environments ## make the types of rows from bq_schemas/ anew
	@$(VENV)/python -m tools.row_types make

bench: setup ## measure something: make bench BENCH=x prints a table and writes .local/bench/x.json
	@test -f "tests/bench/$(BENCH).py" || { echo "Which one? BENCH=" $(filter-out table,$(basename $(notdir $(wildcard tests/bench/*.py)))); exit 2; }
	@mkdir -p .local/bench && PYTHONPATH=. $(VENV)/python tests/bench/$(BENCH).py

pins: python ## compile requirements*.txt from requirements*.in (asks the package registry)
	@$(SETUP) tools && $(PYTHON) tools/pins.py compile

check-pins: python ## compile them anew and compare (asks the package registry)
	@$(SETUP) tools && $(PYTHON) tools/pins.py check

audit: python ## known vulnerabilities of everything that is pinned (asks the package registry)
	@$(SETUP) tools && $(PYTHON) tools/audit.py

setup: python ## tools, environments, models, replica; done once
	@$(SETUP)

environments: python
	@$(SETUP) tools venv

clean: python ## end the local system and remove .local, with everything in it
	@$(SYSTEM) down
	@rm -rf .local .mypy_cache .pytest_cache .ruff_cache

python:
	@test -n "$(PYTHON)" || { echo "Facewarden needs Python 3.9 or newer, and none was found. On Debian or Ubuntu:"; \
	echo "    sudo apt-get install python3 python3-venv"; echo "Without root: pyenv install 3.11"; exit 1; }
