# As root on Debian 12: `make demo` shows it, `make test` proves it, `make bench` measures it.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/collections
SCENARIOS = changes security default asterisk

.PHONY: demo test bench lint unit sanity lab-test molecule setup clean

demo: setup
	lab/lab up --dialers 2
	lab/demo

test: setup lint unit sanity lab-test molecule

bench: setup
	bench/carriers
	bench/converge
	bench/answer
	bench/failover
	bench/routing
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

unit: setup
	pytest tests/unit

sanity: setup
	tools/sanity

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
	rm -rf .venv .cache
