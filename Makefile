# As root on Debian 12: `make demo` shows it, `make test` proves it, `make bench` measures it.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/collections
SCENARIOS = changes security default asterisk

.PHONY: demo test matrix bench lint unit sanity targets newest lab-test molecule setup clean

demo: setup
	lab/lab up --dialers 2
	lab/demo

test: setup lint unit sanity targets lab-test molecule newest

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
newest: setup
	nox --tags newest

# The lab's own tests: the stand-in behaves as VICIdial does, plain failover loses customers there.
lab-test: setup
	lab/lab up --dialers 2
	pytest tests/lab

# Three scenarios side by side, the longest first, each in a lab of its own; their images must be there before. The fourth
# begins when one has ended: more at a time would make calls wait for a processor.
molecule: setup
	lab/lab images
	lab/lab down
	rm -rf .cache/tests
	$(MAKE) --jobs=3 --output-sync=target --keep-going $(SCENARIOS:%=scenario-%) || { tools/failed; exit 1; }

scenario-%:
	tools/apart molecule test --scenario-name $*

clean:
	lab/lab down
	rm -rf .venv .cache .nox
