# Thin over scripts/: `make` alone lists the targets.
PYTHON_HERE := .venv/bin/python
.DEFAULT_GOAL := help
# Without byte code every start compiles the packages anew, which costs seconds.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup run stop test lint bench kills messages lock clean

help:  ## list these targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:  ## make the environment: .venv, node_modules, compiled translations
	@python3 scripts/bootstrap.py

run: setup  ## start everything with demo data (PORT=8000, PORTAL_HOME=var)
	@exec $(PYTHON_HERE) -m scripts.run

stop:  ## stop the database and broker that manage.py started, and a running `make run`
	@$(PYTHON_HERE) -m scripts.services stop

test:  ## every check and every test
	@python3 scripts/bootstrap.py --browser
	@exec $(PYTHON_HERE) -m scripts.check

lint: setup  ## the checks without the tests
	@exec $(PYTHON_HERE) -m scripts.check --lint

bench: setup  ## measure on large data, printed as one table
	@exec $(PYTHON_HERE) -m benchmarks

kills: setup  ## kill parts of a running portal at random and count lost events
	@exec $(PYTHON_HERE) -m benchmarks.kills

messages: setup  ## bring locale/ up to date with the sources
	@$(PYTHON_HERE) -m scripts.messages update

lock:  ## resolve the newest versions pyproject.toml allows
	@python3 scripts/bootstrap.py && $(PYTHON_HERE) -m scripts.lock

clean:  ## remove what was installed and built; the data folder stays
	rm -rf .venv .boot node_modules staticfiles .mypy_cache .ruff_cache .pytest_cache \
	  .import_linter_cache .coverage htmlcov test-results
	find . -name __pycache__ -prune -exec rm -rf {} + -o -name '*.mo' -not -path './var/*' -exec rm -f {} +
