# Needs Python 3.11 or newer, with its venv module, and make. Everything else is installed into
# .venv, by hash, from the lock files.
SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
PORT ?= 8000
# A stamp per content of a lock file: a second run installs nothing.
stamp = .venv/.installed-$(1)-$(firstword $(shell cksum $(1)))
DEMO_STAMP := $(call stamp,requirements.lock)
TEST_STAMP := $(call stamp,requirements-test.lock)
# One worker more than there are cores: some always wait for the browser or the database.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
CATALOGUE := governance/locale/zh_Hans/LC_MESSAGES/django.po

.PHONY: help demo test install ready check format lock messages clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

demo: $(DEMO_STAMP) ## Load the sample district and open it at http://127.0.0.1:8000/ (PORT=…)
	DEMO=1 $(BIN)/python manage.py demo --port $(PORT)

test: $(TEST_STAMP) ## Run all tests (ARGS="-k import" for some; DATABASE_URL for PostgreSQL)
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist loadgroup $(ARGS)

install: $(TEST_STAMP) ## Install what tests and checks need into .venv

ready: $(TEST_STAMP) ## Migrate the database of which tests take copies (they do it themselves)
	$(BIN)/python -m tests.ready_database

check: $(TEST_STAMP) ## Lint, formatting, migrations, deployment settings, catalogue
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DEMO=1 $(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
		ALLOWED_HOSTS=localhost $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python -m pytest -p no:cacheprovider tests/test_catalogue.py

format: $(TEST_STAMP) ## Sort imports, mend what ruff can, format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(TEST_STAMP) ## Collect texts into the Chinese catalogue and compile it (needs gettext)
	DEMO=1 $(BIN)/python manage.py makemessages --locale zh_Hans --no-wrap --no-obsolete \
		--ignore .venv --ignore var --ignore tests
	$(BIN)/python -c "import polib; polib.pofile('$(CATALOGUE)').save_as_mofile('$(CATALOGUE:.po=.mo)')"

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml

lock: $(TEST_STAMP) ## Renew the lock files from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(BIN)/pip install --quiet uv
	$(COMPILE) $(UPGRADE) --output-file requirements.lock
	$(COMPILE) $(UPGRADE) --extra test --output-file requirements-test.lock

clean: ## Remove .venv and caches; keeps var/, where the database is
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first Python that is new enough.
.venv/bin/python:
	@for python in python3 python3.13 python3.12 python3.11 python; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "$$python -m venv .venv"; exec $$python -m venv .venv; \
		fi; \
	done; echo "Python 3.11 or newer was not found." >&2; exit 1

.venv/.installed-%: .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r $(patsubst %-$(lastword $(subst -, ,$*)),%,$*)
	@touch $@
