# Thin: each target sets up .venv where it is missing or stale, then calls one command.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: lab test demo student build check bench lint lock clean site

lab: .venv/ready  ## JupyterLab on the course; ARGS=--no-browser serves it headless
	$(BIN)/course lab $(ARGS)

# A worker that crashes ends the run: loadgroup would wait for ever once it is replaced.
test: .venv/ready  ## every test; ARGS="-k alarm" runs some
	$(BIN)/python -m pytest -n 2 --dist loadgroup --max-worker-restart 0 $(ARGS)

demo: .venv/ready  ## grades a sample class end to end and prints the grade table
	$(BIN)/python -m tools.demo $(ARGS)

student: .venv/ready  ## build/student/*.zip: what a student needs, without answers
	$(BIN)/python -m tools.student

build: .venv/ready  ## lessons/ -> source/ -> release/, course/data, the exam's questions, pages of docs/
	$(BIN)/python -m course.incidents
	$(BIN)/python -m tools.exam
	$(BIN)/python tools/notebooks.py build
	$(BIN)/python -m tools.skills
	$(BIN)/python -m tools.account_page
	$(BIN)/python -m tools.coverage_page

check: .venv/ready  ## says whether everything generated is up to date
	$(BIN)/python -m course.incidents --check
	$(BIN)/python -m tools.exam --check
	$(BIN)/python tools/notebooks.py build --check
	$(BIN)/python -m tools.skills --check
	$(BIN)/python -m tools.account_page --check
	$(BIN)/python -m tools.coverage_page --check

site: .venv/ready  ## the documents, the lessons without answers and the reference as a site in build/site
	$(BIN)/python -m tools.site $(ARGS)

bench: .venv/ready  ## prints the measurements and writes build/bench.json
	$(BIN)/python -m tools.bench $(ARGS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check course tools tests
	$(BIN)/mypy

lock:  ## pins every dependency anew, with hashes and without an index address (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	$(PYTHON) tools/environment.py

.venv/ready: requirements.lock pyproject.toml tools/setup.py
	$(PYTHON) tools/setup.py

clean:
	rm -rf .venv build
