# The recipe's stages as file dependencies: a checkpoint is made after the checkpoint that it starts
# from, and finished checkpoints are not made again. In the folder with lists/, weights/ and runs/:
#
#   make -f gld-train/recipe.mk RAW=gldv2 GPUS=8 runs/SER101ibn_512_all.safetensors
#
# trains SER101ibn_384, _384_finetune, _512_finetune and _512_all, in this order. The configuration
# of a stage says which list, weights and earlier stage it needs. A checkpoint without its run folder
# was put in place by hand: it is an input, and nothing is trained for it.

RAW ?= gldv2
GPUS ?= 1
SEED ?= 0
# For a GPU with little memory, or a first try: OPTIONS='--set data.accumulate=8'.
OPTIONS ?=
CONFIGS ?= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))/configs

.DELETE_ON_ERROR:

# gld-train compares contents: it resumes an interrupted run, leaves a finished one as it is even if a
# file that it needs is newer, and begins again if the contents of one are others.
runs/%.safetensors: $(CONFIGS)/%.toml
	@mkdir -p runs
	@echo "training $*" >&2
	@sha256sum $^ > $@.noted
	@gld-train --config $< --images $(RAW) --gpus $(GPUS) --seed $(SEED) $(OPTIONS) --overwrite -o $@ >&2
	@mv $@.noted $@.inputs
	@touch $@

weights/%:
	@echo "$@: missing; the ImageNet weights of the network, as their authors publish them" >&2; exit 1

# What the configurations name, as FILE:KEY=VALUE; of the results of a stage, its checkpoint.
NAMED := $(shell awk -F'"' '/^(base|list|weights) = "/ { \
	sub(/\.run\/.*/, ".safetensors", $$2); sub(/ .*/, "", $$1); print FILENAME ":" $$1 "=" $$2 }' \
	$(wildcard $(CONFIGS)/*.toml $(CONFIGS)/../*.toml))
of = $(patsubst $(1):$(2)=%,%,$(filter $(1):$(2)=%,$(NAMED)))
# A configuration and those that it is based on.
bases = $(1) $(foreach base,$(call of,$(1),base),$(call bases,$(dir $(1))$(base)))
# The files that a configuration names: its list, and the weights or the stage that it starts from.
named = $(call of,$(1),list) $(filter weights/% runs/%,$(call of,$(1),weights))
CHECKPOINTS := $(patsubst $(CONFIGS)/%.toml,runs/%.safetensors,$(wildcard $(CONFIGS)/*.toml))
# These may be deleted once what is made with them is there.
.SECONDARY: $(CHECKPOINTS) $(sort $(filter weights/%,$(foreach made,$(CHECKPOINTS),\
	$(call named,$(made:runs/%.safetensors=$(CONFIGS)/%.toml)))))
PLACED := $(foreach made,$(wildcard runs/*.safetensors),$(if $(wildcard $(made:.safetensors=.run)),,$(made)))

$(foreach made,$(filter-out $(PLACED),$(CHECKPOINTS)),\
	$(foreach config,$(made:runs/%.safetensors=$(CONFIGS)/%.toml),\
	$(eval $(made): $(call bases,$(config)) $(call named,$(config)))))
$(PLACED): ;
