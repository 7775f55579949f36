# `make` alone lists what can be made.

SHELL        := bash
LINT_VERSION := v2.15.0
LINT         := .tools/golangci-lint-$(LINT_VERSION)

.PHONY: help build run test check fuzz bench bench-large faults histories screenshots release release-check install-walk image
.DEFAULT_GOAL := help

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the program into bin/sinpyo
	CGO_ENABLED=0 go build -trimpath -o bin/sinpyo ./cmd/sinpyo

run: build ## build and start everything on this machine, with the emulator inside
	@exec bin/sinpyo serve --dev

test: deps check ## every test, on SQLite and PostgreSQL, with browser and SDK
	scripts/test

check: $(LINT) ## format, vet, staticcheck, gosec and the other linters of .golangci.yml
	@unformatted=$$(gofmt -l cmd coolsms internal sandbox test); \
	if [ -n "$$unformatted" ]; then echo "gofmt these files:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go vet -tags crashpoints ./...
	$(LINT) run ./...

fuzz: ## feed every parser of foreign input for 30s each, or FUZZTIME; what breaks one is kept
	scripts/fuzz $(or $(FUZZTIME),30s)

bench: ## measure against the goals and write docs/benchmarks.md
	@scripts/bench

bench-large: ## measure the console on ten million texts in .bench-large, which is kept
	@scripts/bench-large

faults: ## play the fault matrix in full and write docs/faults.md (half an hour; as root, or some is left out)
	@scripts/faults

histories: ## hold 100,000 random histories of verifications to the model (10 minutes)
	SINPYO_TEST_HISTORIES=100000 go test -v -count=1 -timeout 80m -run Histories ./internal/verify

# What is released: the tag, or the newest tag and the commit.
VERSION ?= $(shell git describe --tags --always --dirty)
EPOCH   ?= $(shell git log -1 --format=%ct)

release: ## build the archives into dist, with SBOM and checksums, signed with the key file RELEASE_KEY
	@go run ./deploy/release -version "$(VERSION)" -epoch "$(EPOCH)" -key "$(RELEASE_KEY)"

release-check: ## build the release of HEAD twice, in two folders and from nothing, and compare
	@scripts/release-check

install-walk: ## follow docs/install.md on a bare Debian, from release file to restored backup; needs root
	@scripts/install-walk

image: ## build the container image with buildah and try it out; needs root
	@scripts/image "$(VERSION)"

screenshots: deps ## make the pictures in docs/screenshots
	rm -f docs/screenshots/console-*.png
	SINPYO_TEST_BROWSER=1 SINPYO_TEST_SHOTS=$(CURDIR)/docs/screenshots go test -count=1 -timeout 10m -run TestConsole ./test/browser
	go test -count=1 -timeout 25m ./test/screenshots -out $(CURDIR)/docs/screenshots

.PHONY: deps
deps:
	@scripts/install-test-deps

$(LINT):
	@echo "installing golangci-lint $(LINT_VERSION) into .tools"
	@GOBIN=$(CURDIR)/.tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv .tools/golangci-lint $@
