# Each target sets up what it needs, in .venv and node_modules; nothing else is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1

.PHONY: setup demo test test-peers lint bench mlflow up down lock clean aws-smoke

setup: $(VENV)/.ready ## the environment

$(VENV)/.ready: requirements.lock package-lock.json pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Terrace needs Python 3.11 or newer; {sys.executable} is {v.major}.{v.minor}. Name another: make PYTHON=python3.13")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) ..."
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@$(BIN)/npm ci --silent --no-audit --no-fund
	@ln -sf ../../node_modules/.bin/cdk $(BIN)/cdk
	@touch $@

demo: setup ## the whole story on the embedded cloud
	@$(BIN)/python -m examples.demo

# Spark is a large archive that nothing but its own tests needs.
$(VENV)/.spark: requirements-spark.lock $(VENV)/.ready
	@echo "Installing Spark, for its tests, into $(VENV) ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirements requirements-spark.lock
	@touch $@

# MLflow's packages have other versions than ours, so it has an environment of its own.
$(VENV)/.mlflow: localcloud/mlflow.lock $(VENV)/.ready
	@echo "Installing MLflow, for the embedded cloud, into $(VENV)/mlflow ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/mlflow
	@$(BIN)/uv pip sync --quiet --python $(VENV)/mlflow/bin/python localcloud/mlflow.lock
	@touch $@

mlflow: $(VENV)/.mlflow ## MLflow, for tenants with `mlflow` on the embedded cloud

# In two processes, since the embedded cloud's tests wait; tests/conftest.py says what stays together.
test: setup ## the suite, the end-to-end tests included, without those that need Spark or MLflow
	@$(BIN)/python -m pytest --numprocesses 2 --no-loadscope-reorder -m "not peers"

test-peers: setup $(VENV)/.spark $(VENV)/.mlflow ## the tests that need Spark or MLflow, which it installs
	@$(BIN)/python -m pytest --numprocesses 2 --no-loadscope-reorder -m peers

lint: setup ## ruff, mypy strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup ## times and ratios against the peers, in one run
	@$(BIN)/python -m benchmarks

aws-smoke: setup ## two small tenants on the account of the environment, and away again
	@$(BIN)/python -m examples.smoke

up: setup $(VENV)/.mlflow ## the embedded cloud, to play with
	@$(BIN)/terrace local up

down: setup ## stops it, and everything it started
	@$(BIN)/terrace local down

lock: setup ## writes the lock files anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header \
		--extra functions --extra cdk --extra local --extra examples --extra attributions --extra dev pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --python-version 3.14 --python-platform aarch64-manylinux_2_28 --only-binary :all: \
		--generate-hashes --no-emit-index-url --no-annotate --no-header lambdas/requirements.in -o lambdas/requirements.lock
	@$(BIN)/uv pip compile --quiet --python-version 3.14 --python-platform aarch64-manylinux_2_28 --only-binary :all: \
		--generate-hashes --no-emit-index-url --no-annotate --no-header lambdas/explaining.in -o lambdas/explaining.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header \
		--extra spark --constraints requirements.lock pyproject.toml -o requirements-spark.lock
	@$(BIN)/uv pip compile --quiet --python-version 3.11 --python-platform x86_64-manylinux_2_28 --only-binary :all: \
		--generate-hashes --no-emit-index-url --no-annotate --no-header spark/requirements.in -o spark/requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header \
		localcloud/mlflow.in -o localcloud/mlflow.lock
	@$(BIN)/npm install --silent --package-lock-only --omit-lockfile-registry-resolved

# What functions run is read-only, its folders too.
clean: ## removes what the targets made
	@chmod -R u+w .cache .localcloud 2>/dev/null || true
	@rm -rf $(VENV) node_modules cdk.out .cache .localcloud
