# Builds, runs and tests the whole box. Each target sets up what it needs.

ARGS ?=
PYTHON := /usr/bin/python3
# A version manager's python does not see the distribution's modules, and meson would find it first.
export PATH := /usr/bin:/usr/sbin:/bin:/sbin:$(PATH)
MAVEN := mvn -B -ntp
TREE := build/lib/lagopus

.PHONY: help setup build run test bench fuzz soak generate format clean jars dataplane tree

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: build/jdk ## install what is missing, find or install a JDK 25

build/jdk: packaging/host/setup
	@mkdir -p build
	@packaging/host/setup > build/jdk.new && mv build/jdk.new build/jdk
	@rm -f $(TREE)/runtime

build: jars dataplane tree ## a runnable tree under build/, laid out as on an installed box

jars: build/jdk
	@echo "--- Java"
	JAVA_HOME=$$(cat build/jdk) $(MAVEN) -q package -Dmaven.test.skip=true

dataplane: build/jdk build/dataplane/build.ninja
	@echo "--- worker"
	ninja -C build/dataplane

build/dataplane/build.ninja:
	meson setup build/dataplane dataplane-fpga-dpdk

build/dataplane-asan/build.ninja:
	meson setup build/dataplane-asan dataplane-fpga-dpdk -Db_sanitize=address,undefined

tree:
	@echo "--- build/"
	@packaging/assemble

run: build ## start the box with two hosts, configure it, ping through it; ARGS=--once stops after that
	@$(PYTHON) packaging/demo/demo.py $(ARGS)

test: ## everything: unit tests, the worker with and without AddressSanitizer, real processes and packets
	@tests/run $(ARGS)

bench: build ## all measurements, or ARGS=NAME for one part
	@$(PYTHON) tests/bench/run.py $(ARGS)

fuzz: build/jdk ## search for inputs that break a reader, a minute for each; ARGS=--list, ARGS='--seconds N NAME'
	@JAVA_HOME=$$(cat build/jdk) $(PYTHON) tests/fuzz/run $(ARGS)

soak: build ## kills, power cuts and a hundred sessions for hours; ARGS='SCRIPT ...' for one of tests/soak
	@tests/soak/run $(ARGS)

generate: build/jdk ## write the ring messages of both languages anew from ring.msg
	$$(cat build/jdk)/bin/java dataplane-fpga-dpdk/ring/Generate.java

format: build/jdk ## format the Java sources
	JAVA_HOME=$$(cat build/jdk) $(MAVEN) -q spotless:apply

clean: ## remove what was built
	rm -rf build
	find . -name target -type d -not -path './.git/*' -prune -exec rm -rf {} +
