# Everything a newcomer needs; `make help` lists it.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
CORPUS ?= ../shared/corpus
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# numerical libraries would start a thread for each core in every process
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help demo test test-long lint format wheel evaluate bench model venv clean

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install -q -e '.[all]' --group dev
	@touch $@

$(VENV)/.demo: pyproject.toml
	@test -e $(VENV)/.installed || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q --upgrade 'pip>=25.1' && $(BIN)/python -m pip install -q -e .; }
	@touch $@

venv: $(VENV)/.installed  ## make .venv with everything that the tests use

demo: $(VENV)/.demo  ## install, run a whole example study, show the result
	@$(BIN)/python tools/demo.py

wheel: $(VENV)/.installed  ## build the wheel into dist/
	@rm -rf dist
	@$(BIN)/python -m build -q --wheel --outdir dist . 

# on the installed wheel, so that a file missing from it is a failure here and not at a user's
test: wheel  ## run the tests on the installed wheel
	@$(BIN)/python -m pip install -q --force-reinstall --no-deps dist/*.whl
	$(BIN)/pytest -m "not long" tests; status=$$?; $(BIN)/python -m pip install -q --no-deps -e .; exit $$status

test-long: wheel  ## also fuzz, crash and load runs; seeds are printed
	@$(BIN)/python -m pip install -q --force-reinstall --no-deps dist/*.whl
	$(BIN)/pytest --hypothesis-show-statistics tests; status=$$?; $(BIN)/python -m pip install -q --no-deps -e .; exit $$status

lint: $(VENV)/.installed  ## ruff, format check, mypy strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

evaluate: $(VENV)/.installed  ## how good it is, on ../shared/corpus and on the gold set in tests/
	$(BIN)/python tools/evaluate.py --write

bench: $(VENV)/.installed  ## how fast it is, beside Presidio and bare spaCy
	$(BIN)/python tools/bench.py $(CORPUS)
	$(BIN)/python tools/bench_keystore.py

model: $(VENV)/.installed  ## train the shipped model from ../shared/corpus; QUICK=1 for under 45 minutes
	$(BIN)/python -m pip install -q --group model
	$(BIN)/python tools/train_student.py $(if $(QUICK),--quick)

clean:  ## remove what was built; not .venv
	rm -rf build dist demo keys/demo .pytest_cache .mypy_cache .ruff_cache
