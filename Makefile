# make demo    the whole line on a sample shop, then the storefront     (ONCE=1 ends after the table;
#              QUICK=1 leaves out click models and torch: a storefront after some 70 s of CPU)
# make test    every test; where the time went is in .pytest_durations.json
# make check   style, types, layers, import circles, docs; sizes by room next to the last version
# make sbom    build/sbom.json, CycloneDX         make audit   known vulnerabilities of the locks
# make lock    requirements/*.lock with hashes   make licences   docs/licences.md
# make bench   every benchmark               make readme  the figures and tables in the docs from bench/results
# make docs    the site of docs/ in build/docs; to read it: python3 -m http.server -d build/docs
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SHOP ?= sample
DATA ?=
FOLDER ?= shops/$(SHOP)$(if $(QUICK),-quick)
PORT ?= 8000
LAST_VERSION ?= 8bb76a54
ARGS := $(if $(DATA),--data $(DATA)) $(if $(ONCE),--once) $(if $(QUICK),--quick)
# What a quick demo needs is there too where everything is.
DEMO := $(if $(QUICK),$(if $(wildcard $(VENV)/.train),.train,.quick),.train)

.PHONY: demo test check sbom audit lock licences bench readme docs browser clean
demo: $(VENV)/$(DEMO)
	$(BIN)/baihuo demo --shop-kind $(SHOP) --shop $(FOLDER) --port $(PORT) $(ARGS)

test: $(VENV)/.dev browser
	$(BIN)/pytest -n 2 --dist loadgroup

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfmt --check -q src
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python bench/tables.py --check
	$(BIN)/python bench/sizes.py --since $(LAST_VERSION)
	$(BIN)/pytest -q -m "not slow" tests/docs tests/test_import_circles.py tests/test_room_api.py tests/engine/test_sql_files.py

# What is installed, with versions and licences; the tool validates it against the schema.
sbom: $(VENV)/.dev
	@mkdir -p build
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.json $(BIN)/python

# AUDIT=--required fails, too, where no service of advisories answers.
audit: $(VENV)/.dev
	$(BIN)/python requirements/audit.py $(AUDIT)

lock: $(VENV)/.dev
	$(BIN)/pip install -q uv
	$(BIN)/python requirements/lock.py

licences: $(VENV)/.dev
	$(BIN)/python requirements/licences.py

bench: $(VENV)/.dev
	$(BIN)/python bench/record.py $(ARGS)

readme: $(VENV)/.dev
	$(BIN)/python bench/tables.py

# The variable keeps the theme's notice about its successor out of every build.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q

# A browser for the storefront tests: Debian's Chromium where none is there, and where it can be installed.
browser:
	@command -v chromium >/dev/null || \
	  { echo "installing Chromium for the browser tests"; sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    $$sudo apt-get update -q && $$sudo apt-get install -y -q chromium fonts-noto-cjk strace; } || \
	  echo "Chromium could not be installed: its tests are skipped (with CI=true they fail)"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "baihuo needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.quick: pyproject.toml constraints.txt install.py | $(VENV)/bin/python
	@$(BIN)/python install.py quick
	@touch $@

$(VENV)/.train: pyproject.toml constraints.txt install.py | $(VENV)/bin/python
	@$(BIN)/python install.py train
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt install.py | $(VENV)/bin/python
	@$(BIN)/python install.py train dev
	@touch $@ $(VENV)/.train

$(VENV)/.docs: pyproject.toml constraints.txt install.py | $(VENV)/bin/python
	@$(BIN)/python install.py docs
	@touch $@

clean:
	rm -rf shops build/docs .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .pytest_durations.json
