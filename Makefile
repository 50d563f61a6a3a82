# As root on Debian 12: `make demo` shows it, `make test` proves it, `make bench` measures it.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/collections
SCENARIOS = changes security default asterisk

# What needs no lab, and what has a lab of its own; the longest first.
CHECKS = newest-checks unit lint sanity targets
LABS = $(SCENARIOS:%=scenario-%) newest-lab lab-test
TOGETHER = $(MAKE) --output-sync=target --keep-going

.PHONY: demo test matrix bench lint unit sanity targets newest newest-checks newest-lab lab-test labs molecule setup clean

demo: setup
	lab/lab up --dialers 2
	lab/demo

test: setup
	$(TOGETHER) --jobs=2 $(CHECKS)
	$(MAKE) labs

# Every ansible-core of the README, each on the oldest and the newest Python of this machine, and a table of the results.
matrix: setup
	rm -rf .cache/matrix
	nox --tags matrix; code=$$?; nox --session table; exit $$code

bench: setup
	bench/carriers
	bench/converge
	bench/answer
	bench/failover
	bench/routing
	bench/health
	bench/events
	bench/outage
	bench/report
	bench/faults

setup:
	@tools/setup

lint: setup
	ruff check .
	yamllint --strict .
	vermin --no-tips --violations --target=3.6- plugins/modules plugins/module_utils
	ansible-lint --offline
	antsibull-changelog lint
	reuse lint --quiet || reuse lint --lines
	tools/lint-dialplan
	perl -c roles/dialplan/files/repair.agi
	mypy

unit: setup
	pytest tests/unit

sanity: setup
	tools/sanity

# What runs on dialers, on every Python of this machine from 3.6 on.
targets: setup
	nox --session targets

# The newest ansible-core that this machine has a Python for. The oldest is in .venv, where all else runs.
newest: newest-checks newest-lab

newest-checks: setup
	nox --tags newest -- unit sanity targets

newest-lab: setup
	nox --tags newest -- lab

# The lab's own tests: the stand-in behaves as VICIdial does, plain failover loses customers there.
lab-test: setup
	lab/lab images
	tools/apart bash -ec 'lab/lab up --dialers 2; pytest --junitxml=.cache/tests/lab.xml tests/lab'

# Labs three at a time; their images must be there before. More at a time would make calls wait for a processor.
labs: setup
	lab/lab images
	lab/lab down
	rm -rf .cache/tests
	$(TOGETHER) --jobs=3 $(LABS) || { tools/failed; exit 1; }

molecule:
	$(MAKE) labs LABS="$(SCENARIOS:%=scenario-%)"

scenario-%:
	tools/apart molecule test --scenario-name $*

clean:
	lab/lab down
	rm -rf .venv .cache .nox
