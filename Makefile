# Every target sets up what is missing first; `make serve` and `make test` are all that is needed.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
WITH_TOOLS := . setup/lib.sh; use_tools;

# PACKAGES="altair duckdb" chooses other packages for the site, PACKAGES=none none.
export RIVULET_PACKAGES := $(PACKAGES)
# SOURCES=site leaves out the ways to packages that the site does not serve.
export RIVULET_SOURCES := $(SOURCES)

.PHONY: serve test build lint bench native long depth browser endurance oracle corpus packages setup

serve: setup ## Serve the app on http://127.0.0.1:8080
	@$(WITH_TOOLS) trunk serve --release

# NETWORK=none keeps notebooks from other sites.
build: setup ## Leave the finished site in dist/; SITE=folder puts your notebooks in the place of the samples, PACKAGES="..." chooses the packages
	@$(WITH_TOOLS) RIVULET_SITE="$(SITE)" RIVULET_NETWORK="$(NETWORK)" trunk build --release

test: ## Run all tests, in a real browser too
	@setup/all.sh tests
	@$(MAKE) --no-print-directory native
	@$(WITH_TOOLS) trunk build --release
	@$(MAKE) --no-print-directory depth
	@$(MAKE) --no-print-directory browser

native: ## Run the tests that need no browser
	@$(WITH_TOOLS) RIVULET_ORACLE="$$CACHE/oracle/$$(oracle_key)-host.jsonl" \
	  RIVULET_ORACLE_314="$$CACHE/oracle/$$(oracle_key)-314.jsonl" RIVULET_CORPUS="$$CACHE/corpus" RIVULET_JUPYTER="$$CACHE/jupyter-1" \
	  cargo test --profile tests -p protocol -p engine -p worker -p tests
	@python3 -m unittest discover -s worker/python/tests

long: setup ## Try ten times as many random histories, schedules, links and damages (a few minutes)
	@$(WITH_TOOLS) LONG="$${LONG:-10}" cargo test --profile tests -p tests --test simulation --test journal --test link --test graph

depth: ## Build the engine's readers for the browser tests of deep nesting and of Markdown
	@$(WITH_TOOLS) cargo build -q --release --target wasm32-unknown-unknown -p depth_in_wasm
	@$(WITH_TOOLS) wasm-bindgen --target web --out-dir target/depth_in_wasm "$${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/depth_in_wasm.wasm"

browser: ## Run the browser tests against the dist/ that is there
	@node --test --test-concurrency=1 --test-reporter=spec tests/browser/*.test.mjs tests/smoke/*.test.mjs

# SOAK_MINUTES=120 has the reruns go on for two hours.
endurance: ## Try Stop, ends of tabs, losses of Python and reruns in the dist/ that is there, as often as the acceptance list asks (about an hour)
	@LONG=10 node --test --test-concurrency=1 --test-reporter=spec tests/browser/endurance.test.mjs
	@ENDS=500 LOSSES=10 node --test --test-concurrency=1 --test-reporter=spec --test-name-pattern='ends of a tab|at any moment' tests/browser/tabs.test.mjs tests/browser/hostile.test.mjs

oracle: ## Have CPython judge the analysis on the whole standard library (about five minutes)
	@setup/all.sh tests
	@$(WITH_TOOLS) for which in host 314; do \
	  file="$$CACHE/oracle/$$(oracle_key)-$$which-all.jsonl"; \
	  [ -e "$$file" ] || node tests/oracle/oracle.mjs "$$file" 0 $$which; done; \
	  RIVULET_ORACLE="$$CACHE/oracle/$$(oracle_key)-host-all.jsonl" \
	  RIVULET_ORACLE_314="$$CACHE/oracle/$$(oracle_key)-314-all.jsonl" \
	  cargo test --profile tests -p tests --test oracle -- --nocapture

corpus: ## Run the notebooks of the corpus in the dist/ that is there, and count how their cells end (about 20 minutes)
	@setup/all.sh tests
	@$(WITH_TOOLS) node tests/corpus/corpus.mjs "$$CACHE/corpus"

lint: setup ## Check formatting, lints, and that the pure crates are pure
	@setup/lint.sh

bench: ## Measure speed and size against a bare Pyodide page
	@setup/all.sh tests
	@$(WITH_TOOLS) trunk build --release
	@$(WITH_TOOLS) cargo run -q --profile tests -p tests --bin graph_bench
	@$(WITH_TOOLS) cargo build -q --release --target wasm32-unknown-unknown -p graph_in_wasm
	@$(WITH_TOOLS) wasm-bindgen --target experimental-nodejs-module --out-dir target/graph_in_wasm target/wasm32-unknown-unknown/release/graph_in_wasm.wasm
	@node tests/bench/graph.mjs "$(CURDIR)/target/graph_in_wasm/graph_in_wasm.js"
	@node tests/bench/bench.mjs

packages: ## Find the newest wheels of the default packages, and pin them in setup/packages.lock
	@node setup/packages.mjs pin

setup:
	@setup/all.sh
