# Needs Node >= 20.19, npm and make; each target installs and builds what it needs. `make help` lists them.

NODE ?= node
SOURCES := $(shell find src bench e2e -type f -name '*.ts' ! -name '*.test.ts' 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install build check lint format test demo crds sim bench image install-plugin control-plane e2e e2e-local contract recordings recordings-real clean

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The stamps live in what they vouch for, so that removing the folder is enough to start anew.
node_modules/.installed: package-lock.json package.json tools/install.mjs
	@$(NODE) tools/install.mjs
	@touch $@

dist/.built: $(SOURCES) tools/build.mjs tools/bundles.mjs node_modules/.installed
	@$(NODE) tools/build.mjs
	@mkdir -p dist && touch $@

install: node_modules/.installed ## install the packages of package-lock.json

build: dist/.built ## bundle controller, plugin and the rest into dist/

check: node_modules/.installed ## types, lint, formatting, generated files up to date, dead code
	@$(NODE) tools/check.mjs

lint: node_modules/.installed ## ESLint alone, with the rules of the rooms table
	@$(NODE) tools/check.mjs lint

format: node_modules/.installed ## let prettier and ESLint repair what they can
	@npm run --silent format
	@npm run --silent lint -- --fix

test: node_modules/.installed dist/.built ## unit tests; ends with the numbers passed, failed, skipped
	@$(NODE) tools/test.mjs

demo: dist/.built ## a good release goes out, a bad one comes back; KEEP=1 leaves it running
	@npm run --silent demo

crds: node_modules/.installed ## generate crds/ from the schema in src/api
	@npm run --silent crds

sim: dist/.built ## every scenario with the controller dying at every call, and random histories; COUNT=100 of them
	@$(NODE) --no-warnings dist/sim.mjs crashes
	@$(NODE) --no-warnings dist/sim.mjs histories --count $(or $(COUNT),100)

bench: dist/.built ## measure plans and reconciles per second, start-up, memory
	@npm run --silent bench

image: dist/.built ## container image of the controller
	@npm run --silent image

install-plugin: dist/.built ## install the kubectl plugin below PREFIX (default ~/.local), as sluice and as argo-rollouts
	@$(NODE) tools/install-plugin.mjs

control-plane: node_modules/.installed ## build or find the binaries of a real control plane, once, into .cache/
	@npm run --silent control-plane

e2e: dist/.built ## every story on a real control plane
	@npm run --silent e2e

e2e-local: dist/.built ## every story on the embedded local cluster
	@npm run --silent e2e-local

contract: dist/.built ## the same requests to a real API server and to the local one, answers compared
	@npm run --silent contract

recordings: dist/.built ## replay what Argo Rollouts was seen to do on the local cluster, and compare
	@npm run --silent recordings

recordings-real: dist/.built ## the same on a real control plane
	@npm run --silent recordings-real

clean: ## remove what was built and cached, except the control plane binaries
	@rm -rf dist coverage
	@find .cache -mindepth 1 -maxdepth 1 ! -name control-plane -exec rm -rf {} + 2>/dev/null || true
