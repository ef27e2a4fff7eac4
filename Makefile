# Two commands do all the set-up: `make ask` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TORCH  ?= torch==2.13.0
Q      ?= How long could Claude Opus 4 play Pokémon Red?

# Through the environment, so that neither make nor the shell reads anything into a question.
export ASKED := $(value Q)
SEED   := $(BIN)/vouch ingest corpus/documents --collection seed --quiet-unchanged

# pip's note that an old pip could be newer helps nobody here.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# PyTorch comes first and by itself, so that no other package pulls it. Where the index would give the CUDA build
# (gigabytes), uv fetches the CPU build from PyTorch instead.
$(VENV)/torch:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing PyTorch (CPU) ..." >&2
	@if $(BIN)/pip install --quiet --quiet --dry-run --report - $(TORCH) | grep -Eq '"name": "(nvidia|cuda|triton)'; then \
	  $(BIN)/pip install --quiet --quiet uv && $(BIN)/uv pip install --quiet --python $(BIN)/python --torch-backend=cpu $(TORCH); \
	else $(BIN)/pip install --quiet --quiet $(TORCH); fi
	@touch $@

$(VENV)/base: $(VENV)/torch requirements.lock pyproject.toml
	@echo "Installing Vouch and what it needs ..." >&2
	@$(BIN)/pip install --quiet --quiet --no-deps --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --quiet --no-deps --editable .
	@touch $@

$(VENV)/dev: $(VENV)/base requirements-dev.lock
	@echo "Installing what the tests need ..." >&2
	@$(BIN)/pip install --quiet --quiet --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/base ## make the environment

ask: $(VENV)/base ## answer a question from the seed documents: make ask Q="..."
	@$(SEED) && $(BIN)/vouch ask --collection seed -- "$$ASKED"; status=$$?; [ $$status -eq 3 ] || exit $$status

chat: $(VENV)/base ## chat with the seed documents
	@$(SEED) && $(BIN)/vouch chat --collection seed

serve: $(VENV)/base ## serve the seed documents over HTTP on 127.0.0.1:8080
	@$(SEED) && $(BIN)/vouch serve --collection seed

# The least that the answers to corpus/questions.jsonl must reach. Quotes are faithful by construction; that the verifier
# sees anything is shown by a model that is wrong on purpose (tests/fakes/writing_model.py): how many of its wrong
# sentences must be flagged, and how many of its right ones, in its own words, must pass.
QUOTING_FLOORS := faithfulness=0.99 citation_f1=0.99 span_exactness=1 recall@5=0.87 answer_rate=0.80
WRITING_FLOORS := span_exactness=1 correctness_recall=0.60 false_premise=0.70
WRONG_FLAGGED  := 0.90
RIGHT_PASSED   := 0.45

evaluate: $(VENV)/base ## score the answers to corpus/questions.jsonl: quoted, then written by a model that errs
	@$(SEED) && $(BIN)/vouch evaluate corpus/questions.jsonl --collection seed --output .vouch/quoting.json \
	  $(addprefix --fail-under ,$(QUOTING_FLOORS))
	@FLAGGED=$(WRONG_FLAGGED) PASSED=$(RIGHT_PASSED) $(BIN)/python -m tests.fakes.writing_model evaluate \
	  corpus/questions.jsonl --collection seed --compare .vouch/quoting.json $(addprefix --fail-under ,$(WRITING_FLOORS))

# A process a core, four at most (each may hold models and a browser); PARALLEL= runs them one after the other.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist worksteal

test: $(VENV)/dev ## run the tests
	@$(BIN)/pytest -m "not faults" $(PARALLEL)

test-faults: $(VENV)/dev ## run the crash, disk, load and fuzz tests
	@$(BIN)/pytest -m faults $(PARALLEL)

check: $(VENV)/dev ## format, lint, types, doctests, architecture; changes nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/pytest --doctest-modules rag api tests/test_architecture.py

format: $(VENV)/dev ## mend the format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.venv-bench/ready: bench/requirements-peers.txt
	@$(PYTHON) -m venv .venv-bench
	@echo "Installing the system measured beside ours ..." >&2
	@.venv-bench/bin/pip install --quiet --quiet $(TORCH)
	@.venv-bench/bin/pip install --quiet --quiet -r bench/requirements-peers.txt
	@touch $@

bench: $(VENV)/dev .venv-bench/ready ## measure what the README claims (some minutes; BENCH_DATA names the public sets)
	@$(BIN)/python -m bench

bench-quality: $(VENV)/dev ## measure the verifier against people: make bench-quality BENCH_DATA=DIR (an hour at first)
	@test -n "$$BENCH_DATA" || { echo "Name the folder of the public sets: make bench-quality BENCH_DATA=DIR" >&2; exit 2; }
	@$(BIN)/python -m bench quality

lock: ## resolve the locks anew (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --custom-compile-command "make lock" -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --custom-compile-command "make lock" -c requirements.lock -q -o requirements-dev.lock

clean: ## remove the environment and the seed collection
	rm -rf $(VENV) .venv-bench .vouch

.PHONY: help install ask chat serve evaluate test test-faults check format bench bench-quality lock clean
