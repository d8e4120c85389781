# Every target sets up what it needs: a virtual environment in .venv, the build and test tools, the compiled kernels.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
PY     := $(VENV)/bin/python
TESTFLAGS ?=
export PYTHONPATH := src

.PHONY: build test test-debug golden demo shell sqllogictest fuzz lint debug bench bench-tpch bench-growth clean

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install -q --disable-pip-version-check 'setuptools>=68' wheel 'cython>=3.1,<4' 'pytest>=8' 'pytest-xdist>=3' apsw 'hypothesis>=6' 'prompt_toolkit>=3' 'tqdm>=4' ruff
	touch $@

build: $(VENV)/.ready
	@$(PY) tools/build.py

test: build
	$(PY) -m pytest -n 2 $(TESTFLAGS)

# On a copy of the project in build/checked, so that the build in place stays the fast one. A finding ends the worker, and with it the run.
# 8 minutes for the build and 40 for the tests, on two cores that others use too.
test-debug: $(VENV)/.ready
	$(PY) tools/checked.py -m pytest -n 2 --dist loadfile --max-worker-restart=0 --capture=sys $(TESTFLAGS)

golden: build
	$(PY) -m tests.sql.golden $(ARGS)

demo: build
	$(PY) -m examples.demo

shell: build
	$(PY) -m pumice $(ARGS)

sqllogictest: build
	$(PY) -m tests.sqllogictest.run --all $(ARGS)

fuzz: build
	$(PY) -m tests.fuzz.run $(ARGS)

bench: build
	$(PY) -m bench.run $(ARGS)

bench-tpch: build
	$(PY) -m bench.tpch $(ARGS)

bench-growth: build
	$(PY) -m bench.growth $(ARGS)

lint: $(VENV)/.ready
	$(PY) -m ruff check src tests bench tools examples setup.py

debug: $(VENV)/.ready
	@PUMICE_DEBUG=1 $(PY) tools/build.py

clean:
	rm -rf build src/*.egg-info
	find src -name '*.so' -delete
