# `make` alone lists what can be made.

SHELL        := bash
LINT_VERSION := v2.15.0
LINT         := .tools/golangci-lint-$(LINT_VERSION)

.PHONY: help build run test check bench bench-large faults screenshots
.DEFAULT_GOAL := help

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the program into bin/sinpyo
	CGO_ENABLED=0 go build -trimpath -o bin/sinpyo ./cmd/sinpyo

run: build ## build and start everything on this machine, with the emulator inside
	@exec bin/sinpyo serve --dev

test: deps check ## every test, on SQLite and PostgreSQL, with browser and SDK
	scripts/test

check: $(LINT) ## format, vet and lint
	@unformatted=$$(gofmt -l cmd coolsms internal sandbox test); \
	if [ -n "$$unformatted" ]; then echo "gofmt these files:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go vet -tags crashpoints ./...
	$(LINT) run ./...

bench: ## measure against the goals and write docs/benchmarks.md
	@scripts/bench

bench-large: ## measure the console on ten million texts in .bench-large, which is kept
	@scripts/bench-large

faults: ## kill the server 500 times, play 2,000 rounds of trouble and 100,000 random histories, and count
	SINPYO_TEST_FAULTS=full go test -v -tags crashpoints -count=1 -timeout 60m ./test/simulate
	SINPYO_TEST_HISTORIES=100000 go test -v -count=1 -timeout 80m -run Histories ./internal/verify
	SINPYO_TEST_CRASHES=500 SINPYO_TEST_ROUNDS=2000 go test -v -count=1 -timeout 80m ./test/faults

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
