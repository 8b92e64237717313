# What this folder can do. Needed: Python 3.11 or newer, git and make; all else goes into .venv, here.

PYTHON ?= $(firstword $(foreach python,python3 python3.13 python3.12 python3.11 python3.14,$(if $(shell \
	$(python) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(python))) python3)
NOTEBOOK ?= notebooks/01_first_conversation.ipynb
PORT ?=
LAB_ARGS ?=
TEST_ARGS ?=
TEST_JOBS ?= auto
BENCH_ARGS ?=
SOAK_ARGS ?=
QUESTIONS ?= data/questions/*.wav
DEMO_OUT ?= build/demo

VENV := .venv
BIN := $(VENV)/bin
LAB_DEFAULTS := $(VENV)/share/jupyter/lab/settings/overrides.json
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# An environment knows the folder it was made in by its full path: a folder that was moved gets a new one.
ifneq ($(shell cat $(VENV)/made-in 2>/dev/null || pwd -P),$(shell pwd -P))
MOVED := moved
endif

.DEFAULT_GOAL := help
.PHONY: help lab test demo check bench figures soak clean moved

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  Options: make lab PORT=9000 LAB_ARGS=--no-browser, make test TEST_ARGS='-k preemption', make soak SOAK_ARGS='--plays 1000', PYTHON=python3.12"

lab: $(VENV)/ready-lab $(LAB_DEFAULTS) ## open JupyterLab on the first conversation
	$(BIN)/jupyter lab $(AS_ROOT) $(if $(PORT),--port=$(PORT)) --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/$(NOTEBOOK) $(LAB_ARGS)

test: $(VENV)/ready-dev ## run every test
	$(BIN)/python -m pytest -n $(TEST_JOBS) --dist loadfile $(TEST_ARGS)

demo: $(VENV)/ready-lab ## answer the recorded questions with preemptive generation off and on, and write a report
	$(BIN)/kit converse $(QUESTIONS) --compare preemption --out $(DEMO_OUT) --overwrite

check: $(VENV)/ready-dev ## style, types, and which module may import which
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/ready-dev ## measure speed and losses, beside livekit-agents, pipecat and the limit of the machine
	$(BIN)/python tests/benchmarks/run.py $(BENCH_ARGS)

figures: $(VENV)/ready-dev ## measure talking in the page and replay, on a machine that has nothing else to do: see build/figures
	KIT_FIGURES=1 $(BIN)/python -m pytest -s tests/browser/test_talk.py tests/browser/test_long_talk.py tests/browser/test_starting.py tests/benchmarks/test_replay.py

soak: $(VENV)/ready-dev ## live through a day with faults, 20,000 plays in any order, texts and broken files by the thousand
	$(BIN)/python -m tests.soak $(SOAK_ARGS)

clean: ## remove what was built (.venv stays)
	rm -rf build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find kit tests notebooks -name __pycache__ -prune -exec rm -rf {} + -o -name .ipynb_checkpoints -prune -exec rm -rf {} +

# JupyterLab asks no questions about news and updates; whoever wants them can turn them on in its settings.
$(LAB_DEFAULTS): $(VENV)/ready-lab
	@mkdir -p $(@D)
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' >$@

$(VENV)/ready-lab: EXTRAS = local,openai
$(VENV)/ready-dev: EXTRAS = dev
$(VENV)/ready-lab $(VENV)/ready-dev: pyproject.toml $(MOVED)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is: $$($(PYTHON) --version 2>&1 | tail -1)"; \
		echo "Get one from https://www.python.org/downloads/, then: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments: its venv module is missing."; \
		echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@if [ -n "$(MOVED)" ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		echo "Making the environment $(VENV)"; $(PYTHON) -m venv --clear $(VENV); fi
	@pwd -P >$(VENV)/made-in
	@echo "Installing [$(EXTRAS)] (a few minutes the first time)"
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv || \
		echo "uv cannot be installed: going on with pip"
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python -e '.[$(EXTRAS)]' || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(EXTRAS)]'
	@touch $@
	@if [ "$(EXTRAS)" = dev ]; then touch $(VENV)/ready-lab; fi
