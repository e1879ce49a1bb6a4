# mAP@100 of plain search, of every method of gld-rerank at its defaults, and of chains of them, on
# labelled photographs and on synthetic landmarks of two seeds. A second run repeats nothing.
#   make reranking PHOTOGRAPHS=photos LABELS=labels.csv
# LABELS is a CSV with the columns path and landmark.

R ?= reranking
PHOTOGRAPHS ?=
LABELS ?=
LANDMARKS ?= 60

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: table

SETS := photographs synthetic-0 synthetic-1
METHODS := expand superglobal reciprocal diffuse explore propagate spatial landmark
# Chains; the first three follow a search of the augmented index.
AUGMENTED := expand reciprocal landmark
CHAINS := $(AUGMENTED:%=augment-%) superglobal-spatial-fuse
ROWS := plain $(METHODS) augment $(CHAINS)
step = @exec >&2; echo "reranking: $(1)"

table: $(R)/table.txt
	@cat $<

# The lists: queries and index, and as references other labelled images of the same landmarks.

$(R)/photographs/lists/truth.tsv: $(LABELS)
	$(call step,lists of the photographs)
	mkdir -p $(R)/photographs
	rm -f $(@D)/references.tsv  # of an older list of labels; gld-lists deletes no file of others
	gld-lists folder $(PHOTOGRAPHS) --labels $(LABELS) \
		| gld-lists split --held-out 0.6 --queries 5 -o $(@D)
	cp $(@D)/train.tsv $(@D)/references.tsv

$(R)/synthetic-%/lists/truth.tsv:
	$(call step,drawing synthetic landmarks with seed $*)
	mkdir -p $(R)/synthetic-$*
	gld-lists synthetic $(R)/synthetic-$*/raw --landmarks $(LANDMARKS) --seed $*
	gld-lists google $(R)/synthetic-$*/raw -o $(@D)
	cp $(@D)/full.tsv $(@D)/references.tsv

photographs_images := $(PHOTOGRAPHS)
synthetic-0_images := $(R)/synthetic-0/raw
synthetic-1_images := $(R)/synthetic-1/raw
photographs_size := 384
synthetic-0_size := 224
synthetic-1_size := 224
# The photographs' list has no countries.
photographs_landmark := --beta 0

# The rules of one set of images.
define rules_of =
$(R)/$(1)/%.zarr: $(R)/$(1)/lists/truth.tsv
	$$(call step,$(1): embedding $$*)
	gld-embed $(R)/$(1)/lists/$$*.tsv -c packaged:efficientnet_lite0 --size $($(1)_size) \
		--images $($(1)_images) -o $$@

$(R)/$(1)/augmented.zarr: $(R)/$(1)/index.zarr
	$$(call step,$(1): augment)
	gld-rerank augment $$< -o $$@

$(R)/$(1)/plain.tsv: $(R)/$(1)/queries.zarr $(R)/$(1)/index.zarr
	$$(call step,$(1): search)
	gld-search $$< --index $(R)/$(1)/index.zarr -k 400 -o $$@

$(R)/$(1)/augment.tsv: $(R)/$(1)/queries.zarr $(R)/$(1)/augmented.zarr
	$$(call step,$(1): search of the augmented index)
	gld-search $$< --index $(R)/$(1)/augmented.zarr -k 400 -o $$@

$(R)/$(1)/landmark.tsv $(R)/$(1)/augment-landmark.tsv: $(R)/$(1)/references.zarr
$(R)/$(1)/landmark.tsv $(R)/$(1)/augment-landmark.tsv: private OPTIONS = $($(1)_landmark) \
	--reference $(R)/$(1)/references.zarr --labels $(R)/$(1)/lists/references.tsv
$(R)/$(1)/spatial.tsv $(R)/$(1)/superglobal-spatial-fuse.tsv: private OPTIONS = \
	--images $($(1)_images) --keypoints $(R)/$(1)/keypoints

$$(METHODS:%=$(R)/$(1)/%.tsv): $(R)/$(1)/%.tsv: $(R)/$(1)/plain.tsv
	$$(call step,$(1): $$*)
	gld-rerank $$* $$< $$(OPTIONS) -o $$@

$(AUGMENTED:%=$(R)/$(1)/augment-%.tsv): $(R)/$(1)/augment-%.tsv: $(R)/$(1)/augment.tsv
	$$(call step,$(1): $$(@F))
	gld-rerank $$* $$< $$(OPTIONS) -o $$@

$(R)/$(1)/superglobal-spatial-fuse.tsv: $(R)/$(1)/plain.tsv $(R)/$(1)/superglobal.tsv
	$$(call step,$(1): $$(@F))
	gld-rerank superglobal $$< | gld-rerank spatial $$(OPTIONS) \
		| gld-rerank fuse - $(R)/$(1)/superglobal.tsv -o $$@

$(R)/$(1)/%.scores.tsv: $(R)/$(1)/%.tsv
	$$(call step,$(1): scores of $$*)
	gld-eval $$< --truth $(R)/$(1)/lists/truth.tsv -m map@100 -o $$@
endef
$(foreach set,$(SETS),$(eval $(call rules_of,$(set))))

$(R)/table.txt: $(foreach set,$(SETS),$(ROWS:%=$(R)/$(set)/%.scores.tsv))
	$(call step,table)
	for row in $(ROWS); do
		printf '%-26s' $$row
		for set in $(SETS); do
			awk -F'\t' '$$1 == "map@100" && $$2 == "all" { printf " %12.4f", $$3 }' \
				$(R)/$$set/$$row.scores.tsv
		done
		echo
	done > $@
