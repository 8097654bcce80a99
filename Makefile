# Everything a person does with the repository; each target installs what it needs and says what it can't.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-rust test-browser check bench screenshots clean browser strace fuzz

PORT ?= 8080
DATA ?= ./data/demo
CARGO ?= cargo
CHROMIUM ?= $(or $(shell command -v chromium || command -v chromium-browser || command -v google-chrome),/usr/bin/chromium)
# Only a full install has it; the build script's own leaves the tests' tools out.
TOOLS := node_modules/smtp-server/package.json
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))

help:
	@echo 'make run     build, and start the demonstration on http://127.0.0.1:$(PORT)/ (PORT=…, DATA=…)'
	@echo 'make test    all tests: Rust, then a real browser and a real mail server'
	@echo 'make check   formatting, lints and documentation'
	@echo 'make bench   benchmarks'
	@echo 'make fuzz    feeds readers with whatever a fuzzer thinks of (FUZZ_SECONDS=60 for each)'
	@echo 'make clean   remove what was built, and the demonstration'

# The build script fetches the design system with npm if it is not there.
run:
	$(CARGO) build --release --locked
	exec '$(TARGET)/release/samsvar' demo --listen 127.0.0.1:$(PORT) --data '$(DATA)'

test: test-rust test-browser

test-rust: $(TOOLS) strace
	$(CARGO) test --workspace --locked --no-fail-fast

# The program is copied, so that a build meanwhile can't change what is tested.
test-browser: $(TOOLS) browser
	$(CARGO) build --locked
	folder="$$(mktemp -d)"; trap 'rm -rf "$$folder"' EXIT; \
	cp '$(TARGET)/debug/samsvar' "$$folder/samsvar"; \
	SAMSVAR_BIN="$$folder/samsvar" CHROMIUM='$(CHROMIUM)' TMPDIR="$$folder" \
		node --test --test-concurrency=2 --test-timeout=1800000 --test-reporter=spec tests/browser/*.test.mjs

$(TOOLS): package-lock.json
	@command -v npm >/dev/null || { echo 'The tests need Node.js 20 or newer with npm: install it (Debian: apt-get install nodejs npm).' >&2; exit 1; }
	npm ci --ignore-scripts --no-audit --no-fund
	touch $@

# A browser, openssl for the mail server's certificate and libfaketime for the day after the deadline:
# from Debian's packages if they are missing and we may install them.
browser:
	@missing=''; \
	[ -x '$(CHROMIUM)' ] || missing='chromium'; \
	command -v openssl >/dev/null || missing="$$missing openssl"; \
	ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing="$$missing libfaketime"; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing; \
	else \
		echo "The browser tests need: $$missing. Install it (Debian: apt-get install $$missing), or name your Chromium: make test CHROMIUM=/path/to/it" >&2; \
		exit 1; \
	fi

# Records the system calls of the crash tests.
strace:
	@command -v strace >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends strace; \
	else \
		echo 'The crash tests need strace: install it (Debian: apt-get install strace).' >&2; \
		exit 1; \
	fi

check:
	$(CARGO) fmt --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --workspace --locked

bench:
	$(CARGO) bench --locked

# libFuzzer without cargo-fuzz and without a nightly compiler; a finding ends it and is kept in fuzz/artifacts.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= journal_lines backup_files recipients known_answers form_files form_posts
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing
FUZZ_HOST := $(shell rustc -vV | sed -n 's/^host: //p')

fuzz:
	cd fuzz && RUSTC_BOOTSTRAP=1 RUSTFLAGS='$(FUZZ_FLAGS)' CARGO_TARGET_DIR='$(TARGET)/fuzz' \
		$(CARGO) build --release --locked --target '$(FUZZ_HOST)'
	mkdir -p fuzz/artifacts
	for target in $(FUZZ_TARGETS); do \
		found="$$(mktemp -d)"; \
		'$(TARGET)/fuzz/$(FUZZ_HOST)/release/'"$$target" -max_total_time=$(FUZZ_SECONDS) -max_len=20000 -timeout=20 \
			-artifact_prefix=fuzz/artifacts/ "$$found" "fuzz/corpus/$$target"; \
		rm -rf "$$found"; \
	done

# The README's pictures, drawn anew.
screenshots: $(TOOLS) browser
	$(CARGO) build --locked
	SAMSVAR_BIN='$(TARGET)/debug/samsvar' CHROMIUM='$(CHROMIUM)' node tests/browser/screenshots.mjs

clean:
	$(CARGO) clean
	rm -rf node_modules data/demo
