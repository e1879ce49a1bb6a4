# Three experiments on the demo's synthetic landmarks, each ending with a table of mAP@100. A second run
# repeats nothing.
#   make chain    a small version of the recipe's four stages; each starts from the checkpoint and head of
#                 the stage before
#   make noise    two heads, trained on a list in which four labels in ten are wrong
#   make new-landmarks    half of the landmarks in training, the others searched: tuned weights, weights
#                 between the pretrained and the tuned ones (WiSE-FT), and LDA whitening

HERE := $(shell realpath --relative-to=. $(dir $(lastword $(MAKEFILE_LIST))))
JOB := experiment
include $(HERE)/demo.mk

CONFIGS := $(HERE)/gld-train/configs
.PHONY: chain noise new-landmarks

# The chain of stages

CHAIN := runs/chain

chain: chain/table.txt
	@cat $<

# The gain from larger images alone: ImageNet weights without training, at the first and last size.
chain/imagenet-96/%.zarr: lists/%.tsv
	$(call embed,packaged:efficientnet_lite0 --size 96,$(RAW))

chain/imagenet-160/%.zarr: lists/%.tsv
	$(call embed,packaged:efficientnet_lite0 --size 160,$(RAW))

from = --set model.weights=$(CHAIN)/$(1).safetensors --set head.init=$(CHAIN)/$(1).run/head.safetensors
$(CHAIN)/c2x.safetensors: private START = $(call from,clean)
$(CHAIN)/full.safetensors: private START = $(call from,c2x)
$(CHAIN)/all.safetensors: private START = $(call from,full)
$(CHAIN)/c2x.safetensors: $(CHAIN)/clean.safetensors
$(CHAIN)/full.safetensors: $(CHAIN)/c2x.safetensors
$(CHAIN)/all.safetensors: $(CHAIN)/full.safetensors

$(CHAIN)/%.safetensors: $(CONFIGS)/chain/%.toml lists/%.tsv
	$(call step,training on $*)
	mkdir -p $(CHAIN)
	gld-train lists/$*.tsv --config $< --images $(RAW) --seed $(SEED) $(START) --overwrite -o $@

STAGES := imagenet-96 imagenet-160 clean c2x full all
chain/table.txt: $(STAGES:%=chain/%.scores.tsv)
	$(call step,table)
	rows=('chain/imagenet-96:ImageNet weights, 96 pixels' 'chain/imagenet-160:ImageNet weights, 160 pixels'
		'chain/clean:clean, 96 pixels' 'chain/c2x:c2x, 112 pixels' 'chain/full:full, 128 pixels'
		'chain/all:all, 160 pixels (not held out)')
	$(scores_of_rows)

# Wrong labels

RUNS := arcface-0 subcenters-0 arcface-1 subcenters-1

noise: noise/table.txt
	@cat $<

# Replace four labels in ten by another, chosen uniformly; column clean is 0 in these rows.
noise/flipped.tsv: lists/clean.tsv
	$(call step,wrong labels)
	mkdir -p noise
	python - $< $@ <<-'END'
		import sys
		import numpy as np
		from gld_shared.tables import LIST, read_list, write_table
		rows = read_list(sys.argv[1]).rows.select("id", "path", "label")
		generator = np.random.default_rng($(SEED))
		classes = rows["label"].max() + 1
		wrong = generator.permutation(rows.height) < 0.4 * rows.height
		shift = np.where(wrong, generator.integers(1, classes, rows.height), 0)
		labels = (rows["label"].to_numpy() + shift) % classes
		flipped = rows.with_columns(label=labels, clean=(~wrong).astype(int))
		write_table(sys.argv[2], LIST, flipped, {})
	END

# A run is named by the configuration of its head and by its seed.
define run =
runs/noise/%-$(1).safetensors: $(CONFIGS)/noise/%.toml noise/flipped.tsv
	$$(call step,training $$* with seed $(1))
	mkdir -p runs/noise
	gld-train noise/flipped.tsv --config $$< --images $(RAW) --seed $(1) --overwrite -o $$@
endef
$(foreach seed,0 1,$(eval $(call run,$(seed))))

noise/table.txt: $(RUNS:%=noise/%.scores.tsv)
	$(call step,table)
	rows=('noise/arcface-0:ArcFace, seed 0' 'noise/subcenters-0:sub-centers, seed 0'
		'noise/arcface-1:ArcFace, seed 1' 'noise/subcenters-1:sub-centers, seed 1')
	$(scores_of_rows)

# Landmarks that are not trained on

NEW := new-landmarks
HALVES := $(NEW)/lists

new-landmarks: $(NEW)/table.txt
	@cat $<

$(HALVES)/truth.tsv: lists/clean.tsv
	$(call step,half of the landmarks held out)
	mkdir -p $(NEW)
	gld-lists split $< --by landmark --queries 5 --seed $(SEED) -o $(HALVES)

# A run is named by the share of the tuned weights in the checkpoint, in percent.
SHARES := 025 050 100
$(SHARES:%=$(NEW)/share-%.safetensors): $(NEW)/share-%.safetensors: \
		$(CONFIGS)/photographs_new_landmarks.toml $(HALVES)/truth.tsv
	$(call step,training with $* percent of the tuned weights)
	share=$$(python -c 'print(int("$*") / 100)')
	gld-train $(HALVES)/train.tsv --config $< --images $(RAW) --seed $(SEED) \
		--set checkpoint.tuned_share=$$share --overwrite -o $@

$(NEW)/%-lda.safetensors: $(NEW)/%.train.zarr
	$(call step,whitening of $*)
	gld-train whiten $< --labels $(HALVES)/train.tsv --shrinkage 0.9 -o $@

# The rules that embed one of the lists, with ImageNet weights or a checkpoint.
define embed_half =
$(NEW)/pretrained.$(1).zarr: $(HALVES)/truth.tsv
	$$(call step,embedding $(1) with ImageNet weights)
	gld-embed $(HALVES)/$(1).tsv -c packaged:efficientnet_lite0 --size 192 --images $(RAW) -o $$@

$(NEW)/%.$(1).zarr: $(NEW)/%.safetensors
	$$(call step,embedding $(1) with $$*)
	gld-embed $(HALVES)/$(1).tsv -c $$< --images $(RAW) -o $$@
endef
$(foreach list,train queries index,$(eval $(call embed_half,$(list))))

$(NEW)/%.scores.tsv: $(NEW)/%.queries.zarr $(NEW)/%.index.zarr
	$(call step,scores of $*)
	gld-search $< --index $(NEW)/$*.index.zarr \
		| gld-eval --truth $(HALVES)/truth.tsv -m map@100 -o $@

NEW_ROWS := pretrained pretrained-lda share-025 share-050 share-050-lda share-100 share-100-lda
$(NEW)/table.txt: private TITLE := mAP@100, landmarks not trained on
$(NEW)/table.txt: private USAGES := all
$(NEW)/table.txt: $(NEW_ROWS:%=$(NEW)/%.scores.tsv)
	$(call step,table)
	rows=('$(NEW)/pretrained:ImageNet weights' '$(NEW)/pretrained-lda:  with LDA whitening'
		'$(NEW)/share-025:tuned, share 0.25' '$(NEW)/share-050:tuned, share 0.5'
		'$(NEW)/share-050-lda:  with LDA whitening' '$(NEW)/share-100:tuned'
		'$(NEW)/share-100-lda:  with LDA whitening')
	$(scores_of_rows)
