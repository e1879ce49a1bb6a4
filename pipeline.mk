# The rules that demo.mk, experiments.mk and submission.mk share, run in a folder of their own:
# synthetic landmarks unless RAW is given, lists, embedding stores in a folder for each network, and
# scores. Every rule names the files it depends on, so a second run repeats nothing.

SEED ?= 0
GPUS ?= 1
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
$(if $(shell [[ '$(GPUS)' =~ ^[1-9][0-9]*$$ ]] && echo yes),,$(error GPUS=$(GPUS); expected a number, 1 or more))
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := table
# Each step uses all cores and GPUs by itself.
.NOTPARALLEL:

# Each step prints its name, and its commands' output, on stderr: standard output is only the table.
step = @exec >&2; echo "$(JOB): $(1)"

# The official files, or a drawn miniature of them

$(if $(word 2,$(RAW))$(word 2,$(COMPETITION)),$(error RAW and COMPETITION: names with spaces; make submission \
	makes links to such folders, and a link of your own does too))
ifneq ($(origin RAW),command line)
RAW := raw
METADATA := raw/train/train.csv

raw/train/train.csv:
	$(call step,drawing synthetic landmarks)
	rm -rf raw
	gld-lists synthetic raw --landmarks $(LANDMARKS) --seed $(SEED)
else
METADATA := $(or $(wildcard $(RAW)/train/*.csv* $(RAW)/index/*.csv* $(RAW)/test/*.csv* $(RAW)/country_info/*),$(RAW))

$(RAW):
	@echo "$@: not found; gld-lists download metadata countries index test train -o $@" >&2; exit 1
endif

# Before make plans: what is newer, but has the contents that are noted, is taken for unchanged.
$(shell $(HERE)/settle.sh $(METADATA))

LISTS := clean c2x full index-train all queries index truth landmarks
LIST_FILES := $(LISTS:%=lists/%.tsv)
# All at once, by the rule of a note of what they are made from. (After a rule of several targets,
# `&:`, make -n takes all but the first for unchanged.)
$(LIST_FILES): lists.inputs
	@# $@

.PHONY: again
lists.inputs: $(METADATA) $(if $(filter-out $(wildcard $(LIST_FILES)),$(LIST_FILES)),again)
	$(call step,official metadata to lists)
	sha256sum $(METADATA) > $@.noted
	gld-lists google $(RAW) -o lists
	mv $@.noted $@

# The stores of a network: NETWORK/LIST.zarr is made with runs/NETWORK.safetensors

QUERIES ?= lists/queries.tsv
INDEX ?= lists/index.tsv
# The folder of the images of queries and index.
SEARCHED ?= $(RAW)

# What is made as Zarr resumes after an interruption, and is left as it is if its inputs are newer but
# have the same contents. If their contents differ from those that $@.inputs notes, it is made again.
remove = rm -rf $(1).old; mv -f $(1) $(1).old; rm -rf $(1).old
define begin
$(if $(wildcard $@ $@.partial),sha256sum --quiet --check $@.inputs || {
$(foreach made,$(wildcard $@ $@.partial),$(call remove,$(made));)
})
sha256sum $(patsubst %.zarr,%.zarr/zarr.json,$^) > $@.inputs
endef
end = $(if $(wildcard $@),touch $@)

define embed
$(call step,embedding $(basename $@))
mkdir -p $(@D)
$(begin)
gld-embed $< -c $(1) --images $(2) --gpus $(GPUS) -o $@
$(end)
endef

%/queries.zarr: $(QUERIES) runs/%.safetensors
	$(call embed,runs/$*.safetensors,$(SEARCHED))

%/index.zarr: $(INDEX) runs/%.safetensors
	$(call embed,runs/$*.safetensors,$(SEARCHED))

%/full.zarr: lists/full.tsv runs/%.safetensors
	$(call embed,runs/$*.safetensors,$(RAW))

%/index-train.zarr: lists/index-train.tsv runs/%.safetensors
	$(call embed,runs/$*.safetensors,$(RAW))

%.scores.tsv: %.neighbours.tsv lists/truth.tsv
	$(call step,scores of $*)
	gld-eval $< --truth lists/truth.tsv -o $@

# Make a table with mAP@100 of each entry of the shell array `rows`; an entry is SCORES:NAME.
comma := ,
TITLE ?= mAP@100, held-out views
USAGES ?= public private
define scores_of_rows =
{
	printf '%-34s $(foreach usage,$(USAGES),%8s)\n' '$(TITLE)' $(USAGES)
	for row in "$${rows[@]}"; do
		awk -F'\t' -v name="$${row#*:}" '$$1 ~ /map@100$$/ { value[$$2] = $$3 }
			END { printf "%-34s $(foreach usage,$(USAGES),%8.4f)\n", name$(foreach usage,$(USAGES),$(comma) value["$(usage)"]) }' \
			"$${row%%:*}.scores.tsv"
	done
} > $@.partial
mv $@.partial $@
endef
