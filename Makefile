# make deps build demo test lint fuzz bench install clean
# `make help` says what each does.

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
BUILD = .build/release
COMMANDS = $(notdir $(wildcard Sources/img-* Sources/ctr-*))
# An import that no dependency in Package.swift allows is an error.
FLAGS = --explicit-target-dependency-import-check error
SOURCES = Package.swift Sources Tests
SCRIPTS = .ci/run examples/demo.sh Tests/Commands/Fixtures/made.sh

# What building needs; what the tests and benchmarks need besides.
DEPS_BUILD = make git ca-certificates pkg-config libarchive-dev libisal-dev zlib1g-dev \
	libzstd-dev liblzma-dev libbz2-dev libssl-dev libcurl4-openssl-dev libseccomp-dev
DEPS_LINT = mandoc shellcheck
DEPS_DEMO = busybox-static docker-registry file curl
DEPS_TEST = $(DEPS_DEMO) jq strace python3 openssl nginx-light apache2-utils mmdebstrap \
	skopeo umoci podman buildah docker.io containerd runc crun systemd zstd xz-utils bzip2 libarchive-tools \
	iproute2 procps util-linux binutils graphviz fuse-overlayfs fuse3 uidmap e2fsprogs attr acl libcap2-bin passt pigz
DEPS = $(DEPS_BUILD) $(DEPS_LINT) $(DEPS_TEST)

.PHONY: help deps build demo test lint fuzz bench install clean

help:
	@echo 'make deps     what building and testing need, from Debian (as root)'
	@echo 'make build    the commands, in $(BUILD)'
	@echo 'make demo     installs what is missing, builds, shows the pipe, on this machine alone'
	@echo 'make test     installs what is missing, builds, runs every test'
	@echo 'make lint     format, man pages, scripts'
	@echo 'make fuzz     the parsers against random input, a minute each'
	@echo 'make bench    side by side with other tools; fails where a figure is missed'
	@echo 'make install  into $$(DESTDIR)$$(PREFIX), by default /usr/local'
	@echo 'make clean    removes what was built'

# Only what is missing, so that it costs nothing the second time. Services that packages start are not wanted.
deps:
	@missing=; for package in $(DEPS); do \
	  case "$$(dpkg-query -W -f '$${Status}' $$package 2>/dev/null)" in \
	    *' installed') ;; *) missing="$$missing $$package" ;; esac; done; \
	if [ -n "$$missing" ]; then \
	  [ "$$(id -u)" = 0 ] || { echo "make deps: as root: apt-get install$$missing" >&2; exit 1; }; \
	  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
	  apt-get -q update && apt-get -q -y install --no-install-recommends $$missing; \
	fi

build:
	$(SWIFT) build -c release $(FLAGS)

demo: deps build
	@OCIUTILS_BIN=$(CURDIR)/$(BUILD) sh examples/demo.sh

# The tests in Tests/Commands run what `make build` made: the debug build is slow.
test: deps build
	OCIUTILS_BIN=$(CURDIR)/$(BUILD) $(SWIFT) test $(FLAGS)

lint:
	$(SWIFT) format lint --strict -r $(SOURCES)
	@for page in man/*.[1-8]; do [ ! -e "$$page" ] || mandoc -T lint -W warning "$$page" || exit 1; done
	shellcheck $(SCRIPTS)

fuzz:
	@[ ! -e Tests/Fuzz/run ] || sh Tests/Fuzz/run

bench: deps build
	@OCIUTILS_BIN=$(CURDIR)/$(BUILD) /usr/bin/python3 Benchmarks/bench.py $(BENCH)

install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man7 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -s $(COMMANDS:%=$(BUILD)/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 man/*.7 $(DESTDIR)$(PREFIX)/share/man/man7
	for command in $(COMMANDS); do \
	  $(BUILD)/$$command --generate-completion-script bash \
	    > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$command && \
	  $(BUILD)/$$command --generate-completion-script zsh \
	    > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_$$command && \
	  $(BUILD)/$$command --generate-completion-script fish \
	    > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$$command.fish || exit 1; \
	done

clean:
	rm -rf .build
