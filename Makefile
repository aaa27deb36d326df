# Everything a stranger needs: Python >= 3.11 and make.
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: demo setup test test-long lint bench lock clean

demo: setup  ## build examples/marketplace.md and show the proof
	$(VENV)/bin/architect build examples/marketplace.md --template marketplace

setup: $(READY)  ## make .venv with the pinned packages, with uv when it is there

$(READY): requirements.lock pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  echo "setup: uv"; \
	  uv venv --quiet --allow-existing --python ">=3.11" $(VENV) && \
	  uv pip install --quiet --python $(PY) --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(PY) --no-deps --no-build-isolation -e . ; \
	else \
	  echo "setup: venv and pip (a minute or two the first time)"; \
	  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")' && \
	  python3 -m venv $(VENV) && \
	  $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock && \
	  $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	fi
	@echo "setup: npm parts (Supabase Lite, the Supabase MCP server), once"
	@$(VENV)/bin/architect setup
	@touch $(READY)

test: setup  ## the whole test suite on real parts
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-long: setup  ## the builds that `make test` leaves out
	$(PY) -m pytest -m long

lint: setup  ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: setup  ## measure: build by node, ratio to psql, branch, cold start, memory
	$(PY) -m benchmarks

lock:  ## resolve pyproject.toml anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info
