# The menu. `make` or `make help` lists it: the text after ## is what a target does.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

JOBS ?= $(shell nproc)
# The Node of deps/install.sh comes before one the machine may have.
export PATH := $(CURDIR)/.deps/node/bin:$(PATH)

.PHONY: help deps build run test test-fast scenario test-long bench fmt lint tidy mutate asan openapi console dist clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

deps: ## install what the build needs (Debian packages, Node, DuckDB); quick when it is there
	@deps/install.sh

# Configures once; afterwards ninja runs cmake again by itself when a CMake file changes.
build/%/build.ninja: CMakePresets.json | deps
	cmake --preset $*
	@touch $@

build: build/release/build.ninja ## build build/release/tallybook with libduckdb.so beside it
	cmake --build --preset release -j $(JOBS)

run: build ## build, load the demo into ./data when it is empty, serve on 127.0.0.1:8080
	@tools/run.sh

build-ci: build/ci/build.ninja
	cmake --build --preset ci -j $(JOBS)
.PHONY: build-ci

test: build-ci ## build with warnings as errors and run every test
	@env -u TALLYBOOK_LONG ctest --test-dir build/ci --output-on-failure -j2

test-fast: build/dev/build.ninja ## unit, property and golden tests of an unoptimised build: seconds after an edit
	cmake --build --preset dev -j $(JOBS) --target unit_tests property_tests golden_tests
	@ctest --test-dir build/dev --output-on-failure -j2 -R '^(unit|property|golden|tidy)'

scenario: build/ci/build.ninja ## run one timeline: make scenario F=tests/scenarios/x.scenario
	@test -n "$(F)" || { echo "make scenario F=tests/scenarios/NAME.scenario" >&2; exit 1; }
	@cmake --build --preset ci -j $(JOBS) --target scenarios_tests | tail -n 1
	@tests/support/with_postgres.sh build/ci/scenarios_tests --gtest_brief=1 \
	  --gtest_filter='Scenario.IsAsWritten/$(basename $(notdir $(F)))_*'

test-long: build-ci ## every test with long runs: more generated cases, a minute for each fuzz target
	@TALLYBOOK_LONG=1 ctest --test-dir build/ci --output-on-failure -j2

bench: build/bench/build.ninja ## build and run the benchmarks; writes docs/benchmarks.md
	cmake --build --preset bench -j $(JOBS)
	@tools/bench.sh

fmt: deps ## format src, tests and bench
	@git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format-14 -i

lint: build/dev/build.ninja ## house rules; format and clang-tidy of the files changed since main
	@tools/lint.sh

tidy: deps ## the house rules alone
	@python3 tools/tidy/tidy.py

mutate: build/mutate/build.ninja ## switch on one small defect after another; the fast tests must notice each
	cmake --build --preset mutate -j $(JOBS) --target mutant_tests
	@python3 tools/mutate.py build/mutate/mutant_tests

asan: build/asan/build.ninja ## unit, property, event and HTTP tests with address and undefined-behaviour sanitizers
	cmake --build --preset asan -j $(JOBS) --target unit_tests property_tests events_tests http_tests
	@ctest --test-dir build/asan --output-on-failure -j2 -R '^(unit|property|events|http)\.'

openapi: build ## write docs/api/openapi.json
	@mkdir -p docs/api
	build/release/tallybook openapi >docs/api/openapi.json.new
	@mv docs/api/openapi.json.new docs/api/openapi.json

# Every build of the program makes the pages itself; this is for working on them alone.
console: build/release/build.ninja ## type check, test and build the browser pages
	cmake --build --preset release --target tb_console_assets
	cd console && npm run check && npm test

dist: build ## pack the program into dist/*.tar.gz and try it from another folder
	@tools/dist.sh

clean: ## remove what the build made; data/ and .deps/ stay
	rm -rf build dist
