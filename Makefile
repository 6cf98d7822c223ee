# Two commands on a fresh machine: `make demo` and `make test`. Each sets up what it needs, once.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
CORPUS ?=
COMPANIES ?= 2000

.PHONY: help demo test check serve bench leaks slow clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

# torch goes first and by itself: PIP_INDEX_URL or TORCH_INDEX_URL may point to CPU-only builds.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL)) torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY) ## ingest the sample company and ask three questions
	$(BIN)/python -m eval.demo

test: $(READY) ## every test
	$(BIN)/python -m pytest

check: $(READY) ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: $(READY) ## the HTTP service on config.yaml
	$(BIN)/answerable serve

bench: $(READY) ## speed and size in one run: make bench [CORPUS=folder]
	$(BIN)/python -m eval.bench $(CORPUS)

leaks: $(READY) ## the large leak suite: make leaks [COMPANIES=2000]
	$(BIN)/python -m tests.leaks --companies $(COMPANIES)

clean: ## remove the virtual environment and the index
	rm -rf $(VENV) data
