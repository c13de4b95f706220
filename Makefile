# insidertape: the commands a person needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
NATIVE := $(addprefix services/parser/native/,Cargo.toml Cargo.lock) $(wildcard services/parser/native/src/*.rs)
TESTS ?= tests
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(2 + (os.cpu_count() or 1))')
PYTEST = $(BIN)/python -Im pytest --rootdir . -c pyproject.toml --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run test campaigns coverage lint bench fuzz chaos drill quarter kafka kafka-image image picture constraints schemas clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(INSTALLED): pyproject.toml deploy/constraints.txt deploy/native_build.py $(NATIVE)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "insidertape needs Python 3.11 or later; set PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement deploy/constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/insidertape --version
	@touch $@

run: $(INSTALLED) ## Run the whole pipeline over the sample filings; no broker needed
	$(BIN)/insidertape run --once --source deploy/samples --data .data

test: $(INSTALLED) ## Run the tests (TESTS=tests) in WORKERS processes; Kafka tests use a real Apache Kafka if one is available
	$(PYTEST) -m "not campaign" $(TESTS)

campaigns: $(INSTALLED) ## Run the tests that kill and break services for a minute or more
	$(PYTEST) -m campaign $(TESTS)

coverage: $(INSTALLED) ## Run the unit tests and report the lines of each file that they miss
	$(BIN)/coverage run -m pytest --rootdir . -c pyproject.toml --quiet tests/unit
	$(BIN)/coverage report

lint: $(INSTALLED) ## Check style, types, layering and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
ifneq ($(shell command -v cargo),)
	cd services/parser/native && cargo fmt --check && cargo clippy --quiet --release --locked -- --deny warnings
endif

bench: $(INSTALLED) ## Measure start-up, parser, holdings and output; PIPELINE=1 the pipeline on Kafka (FILINGS=100000), PEERS=1 also other parsers, MEMORY=1 only memory
ifdef PIPELINE
	$(BIN)/python -m tests.benchmarks.pipeline --filings $(or $(FILINGS),100000)
	$(BIN)/python -m tests.benchmarks.scaling
	$(BIN)/python -m tests.benchmarks.latency
else
	$(if $(PEERS),$(PYTHON) -m venv .venv-bench && .venv-bench/bin/python -m pip install --quiet --editable ".[bench]")
	$(if $(PEERS),.venv-bench,$(VENV))/bin/python -m tests.benchmarks.parser $(if $(MEMORY),--memory)
	$(if $(MEMORY),,$(BIN)/python -m tests.benchmarks.startup && $(BIN)/python -m tests.benchmarks.state && $(BIN)/python -m tests.benchmarks.display)
endif

fuzz: $(INSTALLED) ## Fuzz the readers of filings for MINUTES (10); READER=xml, submission, html, text or native selects one
ifeq ($(READER),native)
	$(BIN)/python -m tests.native --minutes $(or $(MINUTES),10)
else
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'atheris==3.0.0'
	$(BIN)/python -m tests.fuzz --reader $(or $(READER),all) --minutes $(or $(MINUTES),10)
endif

chaos: $(INSTALLED) ## Run the fault-injection campaign for MINUTES (30) on its own Kafka; count what is lost or duplicated
	$(BIN)/python -m tests.chaos --minutes $(or $(MINUTES),30)

DRILL_broker-lost := tests/deploy/test_drills.py -k broker_lost
DRILL_database-lost := tests/deploy/test_drills.py -k database_lost
DRILL_state-corrupted := tests/engines/test_state_repair.py
DRILL_bad-deployment := tests/engines/test_dead_letter_limit.py
drill: $(INSTALLED) ## Rehearse an entry of the runbook: NAME=broker-lost, database-lost, state-corrupted or bad-deployment
	$(if $(DRILL_$(NAME)),,$(error NAME is one of: $(patsubst DRILL_%,%,$(filter DRILL_%,$(.VARIABLES)))))
	$(PYTEST) $(DRILL_$(NAME))

quarter: $(INSTALLED) ## Watch a simulated quarter of EDGAR (36,000 filings, half an hour) and print the figures
	$(BIN)/python -m tests.edgar.quarter

kafka: ## Fetch Apache Kafka with Maven (Java 17) into .kafka, for a local broker without Docker
	$(PYTHON) deploy/kafka/local.py fetch

kafka-image: ## Build a broker image if none can be pulled (Debian, root, a Docker engine)
	deploy/kafka/build-image.sh

wheel: ## Build a wheel with the native reader into dist, for Linux with glibc 2.17 or later and Python 3.11 or later
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet --disable-pip-version-check \
		'cargo-zigbuild==0.24.1' 'ziglang==0.17.1' 'hatchling>=1.27'
	PATH="$(CURDIR)/.venv-wheel/bin:$$PATH" INSIDERTAPE_NATIVE=1 INSIDERTAPE_NATIVE_PLATFORM=manylinux_2_17_$(shell uname -m) \
		.venv-wheel/bin/python -m hatchling build -t wheel

schemas: $(INSTALLED) ## Regenerate the JSON Schemas, the AsyncAPI document, and the tables of codes, metrics and settings
	$(BIN)/python -m deploy.generators.generate
	$(BIN)/python -m deploy.generators.code_page
	$(BIN)/python -m deploy.generators.metric_page
	$(BIN)/python -m deploy.generators.operating_tables
	$(BIN)/python -m deploy.generators.strimzi

picture: $(INSTALLED) ## Draw the README's picture of the page with Chromium
	$(BIN)/python -m tests.gateway.page.picture deploy/page.png

LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --no-annotate
constraints: $(INSTALLED) ## Upgrade the pinned versions and hashes
	$(BIN)/python -m pip install --quiet uv
	$(LOCK) --extra dev --extra notify --upgrade pyproject.toml --output-file deploy/constraints.txt
	$(LOCK) --extra notify --constraint deploy/constraints.txt --upgrade pyproject.toml --output-file deploy/image/requirements.txt
	$(LOCK) --constraint deploy/constraints.txt --upgrade deploy/image/build-requirements.in \
		--output-file deploy/image/build-requirements.txt
	sed -i "1i # Pinned versions and hashes of everything insidertape installs. Renewed by 'make constraints'." \
		deploy/constraints.txt deploy/image/requirements.txt deploy/image/build-requirements.txt

image: ## Build the container image on a base of Debian's packages (BASE=IMAGE: on another base)
	deploy/build-image.sh

clean: ## Delete the data of `make run`
	rm -rf .data
