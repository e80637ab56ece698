# Everything a person does with Holdfast. `make help` lists it in groups.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=

##@ First steps

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.ready ## install everything into a local virtual environment

$(VENV)/.ready: requirements/dev.txt pyproject.toml tools/setup.sh
	@PYTHON=$(PYTHON) VENV=$(VENV) bash tools/setup.sh
	@touch $@

.PHONY: run
run: setup ## the whole line on this machine: broker, receiver, gateway, one keypad (ARGS="--press --json --exit")
	@$(BIN)/holdfast demo $(ARGS)

##@ Installers

.PHONY: flash
flash: setup ## MicroPython and the keypad onto a board: PORT=auto IMAGE=file.bin (ARGS=--dry-run)
	@$(BIN)/holdfast flash --port $(or $(PORT),auto) $(if $(IMAGE),--image $(IMAGE)) $(ARGS)

.PHONY: provision
provision: setup ## identity and key onto a keypad: SITE=4711 ZONE=3 PORT=auto (a box: SITE=4711 CSV=box.csv)
	@$(BIN)/holdfast provision $(if $(CSV),box --csv $(CSV),keypad --zone $(ZONE) --port $(or $(PORT),auto)) --site $(SITE) $(ARGS)

.PHONY: label
label: setup ## labels into labels/: CSV=box.csv or ARGS="--device ... --site ... --account ... --zone 3"
	@$(BIN)/holdfast label keypads $(if $(CSV),--csv $(CSV)) $(ARGS)

.PHONY: notice
notice: setup ## notices with the line's number: NUMBER=158 ARGS="--language cs --language en"
	@$(BIN)/holdfast label notice --number $(NUMBER) $(ARGS)

.PHONY: walk-test
walk-test: setup ## the site on test, each button ticked as it arrives: SITE=4711 MINUTES=30
	@$(BIN)/holdfast walk-test --site $(SITE) --minutes $(or $(MINUTES),30) $(ARGS)

.PHONY: doctor
doctor: setup ## what is wrong on this machine and the line, with remedies: ARGS="--receiver URL --gateway FILE"
	@$(BIN)/holdfast doctor $(ARGS)

.PHONY: hil
hil: setup ## one suite on a real keypad (PORT=/dev/ttyACM0 RIG=/dev/ttyACM1 HOST=192.168.1.2) or the emulated one
	@PORT=$(PORT) RIG=$(RIG) HOST=$(HOST) $(BIN)/pytest tests/hil -rs --timeout 300 --junitxml=var/hil/junit.xml $(ARGS)
	@echo "report: var/hil/report.html  JUnit: var/hil/junit.xml"

##@ Quality

.PHONY: test
test: system setup ## everything CI runs, with all set-up, LANES=2 parts at a time; ends with what was skipped and why
	-@$(BIN)/python tools/assets.py
	@$(BIN)/python tools/run_tests.py $(ARGS)

.PHONY: check
check: test ## the same as test: lint, types, contracts, house rules, all tests

.PHONY: lint
lint: setup ## ruff, mypy, import contracts, house rules; no tests
	@$(BIN)/python tools/run_tests.py --lint

.PHONY: prove
prove: system setup ## the longer proofs: hundreds of kills and power cuts, with their ledgers
	@$(BIN)/pytest -m prove -rs --timeout 3600 $(ARGS)

.PHONY: bench
bench: setup ## benchmarks: ratios and percentiles side by side in one run
	@$(BIN)/python -m tests.load $(ARGS)

.PHONY: hardware
hardware: system setup ## boards: rules, pins, parts, drift, circuit proofs; says what is missing
	@$(BIN)/python -m hardware check

.PHONY: draw
draw: setup ## draw sheets, bills of materials, pages and plots of the hardware anew
	@$(BIN)/python -m hardware draw && $(BIN)/python -m hardware render

.PHONY: system
system: ## Debian packages that the tests use; says what is missing when it may not install
	@bash tools/system.sh

##@ Upkeep

.PHONY: lock
lock: setup ## write requirements/*.txt anew from requirements/*.in
	@bash tools/lock.sh

.PHONY: audit
audit: setup ## known holes of all locked packages; never takes silence for an answer (ARGS="--advisories PyPI.zip" offline)
	@$(BIN)/python tools/audit.py $(ARGS)

.PHONY: sbom
sbom: setup ## what Holdfast is shipped with, as CycloneDX, each package with its hashes: var/sbom/
	@$(BIN)/python tools/sbom.py $(ARGS)

.PHONY: assets
assets: setup ## fonts of the console (and axe-core for its tests), with licences and checksums
	@$(BIN)/python tools/assets.py

.PHONY: diagrams
diagrams: setup ## draw the receiver's state tables into docs/states.md anew
	@$(BIN)/python tools/diagrams.py

.PHONY: pictures
pictures: assets ## the console's pictures in docs/, taken anew (ARGS="en" for one language)
	@$(BIN)/python -m tests.browser.pictures $(ARGS)

.PHONY: i18n
i18n: setup ## bring the console's catalogues up to date; says what is untranslated
	@$(BIN)/python tools/i18n.py

.PHONY: format
format: setup ## let ruff format and mend what it can
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: clean
clean: ## remove what builds and runs made
	@rm -rf $(VENV) build dist var .pytest_cache .mypy_cache .ruff_cache .hypothesis
