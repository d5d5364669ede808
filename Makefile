# launchwatch: `make help` lists the targets. Each installs what it needs into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo drill test lint fast-test test-slow test-browser fuzz bench bench-warning clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/.run: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --editable .
	@touch $@

.venv/.dev: .venv/.run
	$(PIP) --editable '.[test,lint]'
	@touch $@

.venv/.bench: .venv/.run
	$(PIP) --editable '.[bench]'
	@touch $@

demo: .venv/.run ## simulate the launch of 7 November 2025, read its reports, assess both together
	$(BIN)/launchwatch simulate taegwan-2025-11-07 --out build/demo/evidence
	$(BIN)/launchwatch assess build/demo/evidence --out build/demo/found

.venv/.node: .venv/.run
	$(PIP) --editable '.[node]'
	@touch $@

drill: .venv/.node ## three nodes, an invented launch toward Hokkaido, two officers: an exercise, scored
	$(BIN)/launchwatch drill toward-hokkaido

test: lint fast-test ## all that a change must pass: style, types, import borders, tests, README and docs commands

lint: .venv/.dev ## style, types, import borders
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: servers
servers: .venv/.dev # PostgreSQL and PostGIS for the log's tests, where they are missing and can be installed
	@$(BIN)/python -m tests.servers.postgres

fast-test: .venv/.dev servers ## the tests, without the slow and the browser's
	$(BIN)/pytest --numprocesses 2 -m 'not slow and not browser'

test-slow: .venv/.dev ## statistical and exhaustive tests
	$(BIN)/pytest --numprocesses 2 -m slow

test-browser: .venv/.dev ## the event page in Debian's chromium, which is installed if it is missing
	bash tests/browser/run.sh

FUZZ_S ?= 20
fuzz: .venv/.dev ## decoders fed with damaged input, FUZZ_S seconds each; skipped where atheris has no wheel
	@if $(PIP) --editable '.[fuzz]'; then \
		for decoder in lines table asterix capture sites reports report answer entered traffic asked; do \
			echo "fuzzing $$decoder for $(FUZZ_S) s"; \
			$(BIN)/python -m tests.fuzz.decoders $$decoder -max_total_time=$(FUZZ_S) -seed=1 -timeout=10 -verbosity=0; \
		done; \
	else echo "skipped: atheris does not install on $$($(BIN)/python --version)"; fi

bench: .venv/.dev .venv/.bench ## benchmarks: JSON into benchmarks/results, tables from it
	$(BIN)/python benchmarks/flights.py --json benchmarks/results/flights.json
	$(BIN)/python benchmarks/intake.py --json benchmarks/results/intake.json
	$(BIN)/python benchmarks/planted.py --json benchmarks/results/planted.json
	$(BIN)/python benchmarks/chain.py --json benchmarks/results/chain.json
	$(BIN)/python benchmarks/measures.py --json benchmarks/results/measures.json
	$(BIN)/python benchmarks/zones.py --json benchmarks/results/zones.json
	$(BIN)/python benchmarks/exposure.py --json benchmarks/results/exposure.json
	$(BIN)/python benchmarks/calibration.py --json benchmarks/results/calibration.json
	$(BIN)/python benchmarks/replay.py --plots 500000 --json benchmarks/results/replay.json
	$(BIN)/python benchmarks/classic_problems.py --json benchmarks/results/classic_problems.json
	$(BIN)/python benchmarks/peer_speed.py --json benchmarks/results/peer_speed.json
	$(BIN)/python benchmarks/track_loss.py --json benchmarks/results/track_loss.json
	$(BIN)/python benchmarks/impact_coverage.py --json benchmarks/results/impact_coverage.json
	$(BIN)/python benchmarks/impact_speed.py --json benchmarks/results/impact_speed.json
	$(BIN)/python benchmarks/verdicts.py --json benchmarks/results/verdicts.json
	$(BIN)/python benchmarks/reading.py $(if $(wildcard ../shared/reports),--also shared=../shared/reports) --lengths \
		--json benchmarks/results/reading.json --scores benchmarks/results/reading_scores.json
	$(BIN)/python benchmarks/posterior_speed.py --json benchmarks/results/posterior_speed.json
	$(BIN)/python benchmarks/sbc.py --json benchmarks/results/sbc.json
	$(BIN)/python benchmarks/fused.py --json benchmarks/results/fused.json
	$(if $(wildcard ../shared/catalog),$(BIN)/python benchmarks/held_out.py ../shared/catalog \
		--json benchmarks/results/held_out.json)
	$(if $(wildcard ../shared/catalog),$(BIN)/python benchmarks/places.py ../shared/catalog \
		--json benchmarks/results/places.json)
	$(BIN)/python benchmarks/tables.py
	$(BIN)/python benchmarks/reading_tables.py

bench-warning: .venv/.dev .venv/.bench ## benchmarks of the warning chain: three hours, as root, nothing else running
	$(BIN)/python benchmarks/log_speed.py --rows 10000000 --json benchmarks/results/log_speed.json
	@for store in sqlite:200 postgres:50 jetstream:50; do \
		$(BIN)/python benchmarks/power_loss.py --store $${store%:*} --cuts $${store#*:} \
			--json benchmarks/results/power_loss_$${store%:*}.json; done
	$(BIN)/python benchmarks/release_latency.py --json benchmarks/results/release_latency.json
	$(BIN)/python benchmarks/sharing.py --json benchmarks/results/sharing.json
	$(BIN)/python benchmarks/kills.py --json benchmarks/results/kills.json
	$(BIN)/python benchmarks/load.py --json benchmarks/results/load.json
	$(BIN)/python benchmarks/track_memory.py --json benchmarks/results/track_memory.json
	$(BIN)/python benchmarks/warned.py --flights 1000 --seed 8008 --json benchmarks/results/warned.json
	$(BIN)/python benchmarks/quiet.py --json benchmarks/results/quiet.json
	$(BIN)/python benchmarks/alert_life.py --hypothesis 1000 --json > benchmarks/results/alert_life.json
	$(BIN)/python benchmarks/bad_alerts.py --json benchmarks/results/bad_alerts.json
	$(BIN)/python benchmarks/release_rules.py --json benchmarks/results/release_rules.json
	$(BIN)/python benchmarks/warning_tables.py

clean: ## remove what was built; the virtual environment stays
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
