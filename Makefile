# The commands of this project; `make` alone lists them.
# PORT=8899 and ARGS="--ip=0.0.0.0" go to JupyterLab; ARGS="-k ear" goes to pytest; PYTHON=python3.12 chooses the Python.

VENV := .venv
PY := $(VENV)/bin/python
# A moved or copied folder gets a fresh install: the stamps carry a checksum of the path.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
LAB := $(VENV)/lab-$(HERE).stamp
TEST := $(VENV)/test-$(HERE).stamp
NODE := tests/clients/node_modules/.stamp
PIP := $(PY) -m pip install --disable-pip-version-check -c requirements.lock

.PHONY: help lab app install test notebooks bench bench-peers lock clean
.DELETE_ON_ERROR:

help:
	@echo "make lab        open JupyterLab on the first notebook (PORT=, ARGS= pass through)"
	@echo "make app        open the same lab as a page without code (PORT=, ARGS= pass through)"
	@echo "make install    only set up what make lab needs"
	@echo "make test       set up what the tests need, and run them (ARGS= go to pytest)"
	@echo "make notebooks  execute the notebooks again and save their outputs"
	@echo "make bench      measure the figures (ARGS= names of figures, --json)"
	@echo "make bench-peers  measure another tool the same way (1 GB more, in .venv-peers)"
	@echo "make lock       choose new versions of all packages"

lab: $(LAB)
	@$(PY) -m labkit.cli lab $(if $(PORT),--port $(PORT)) $(ARGS)

app: $(LAB)
	@$(PY) -m labkit.cli app $(if $(PORT),--port $(PORT)) $(ARGS)

install: $(LAB)
	@echo "Installed. Next: make lab"

$(PY):
	@sh scripts/make_venv.sh $(VENV)

$(LAB): $(PY) pyproject.toml requirements.lock
	@echo "Installing JupyterLab and labkit into $(VENV) (once; 280 MB to fetch, 1 GB on disk, a minute or a few)"
	@$(PY) scripts/install.py ".[lab]"
	@touch $@

$(TEST): $(LAB)
	@echo "Installing what the tests need (once)"
	@$(PY) scripts/install.py ".[test]"
	@touch $@

$(NODE): tests/clients/package-lock.json
	@if command -v node >/dev/null && command -v npm >/dev/null; \
	then cd tests/clients && npm ci --no-audit --no-fund; mkdir -p node_modules && touch node_modules/.stamp; \
	else echo "No Node.js with npm here: the tests of the JavaScript clients will be skipped."; fi

# ruff and mypy run inside pytest (tests/test_style.py), so that one run and one closing line say everything.
# Two processes, a file of tests in one of them: its tests share a page. Those that drive browsers come last.
test: $(TEST) $(if $(wildcard tests/clients/package-lock.json),$(NODE))
	@$(PY) scripts/chromium.py
	@$(PY) scripts/firefox.py
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

notebooks: $(TEST)
	@$(PY) scripts/notebooks.py $(ARGS)

bench: $(LAB)
	@$(PY) -m labkit.cli bench $(ARGS)

bench-peers: $(TEST)
	@$(PY) scripts/bench_peers.py $(ARGS)

lock: $(TEST)
	@$(PIP) --quiet uv
	@$(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras \
	  --no-header --no-annotate pyproject.toml --output-file requirements.lock
	@echo "requirements.lock is new: run make test, and say in CHANGELOG.md what moved."

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache tests/out tests/clients/node_modules
