# The main job, as the commands that a user would type: synthetic landmarks in; ranked neighbours, a
# table of scores and a submission out. Every rule names the files it depends on, so a second run
# repeats nothing. `make demo LANDMARKS=100 SEED=1 D=demo1` runs another demo in a folder of its own.

D ?= demo
LANDMARKS ?= 60
SEED ?= 0
CONFIG ?= gld-train/configs/demo.toml

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: table

RAW := $(D)/raw
LISTS := $(D)/lists
MODEL := $(D)/model.safetensors
# Each step prints its name, and its commands' output, on stderr: standard output is only the table.
step = @exec >&2; echo "demo: $(1)"

# Print mAP@100 of each entry of the shell array `rows`; an entry is SCORES:NAME.
define scores_of_rows =
{
	printf '%-34s %8s %8s\n' 'mAP@100, held-out views' public private
	for row in "$${rows[@]}"; do
		awk -F'\t' -v name="$${row#*:}" '$$1 == "map@100" { value[$$2] = $$3 }
			END { printf "%-34s %8.4f %8.4f\n", name, value["public"], value["private"] }' \
			"$(D)/$${row%%:*}.scores.tsv"
	done
}
endef

table: $(D)/table.txt $(D)/submission.csv
	@cat $(D)/table.txt

$(RAW)/train/train.csv:
	$(call step,drawing synthetic landmarks)
	rm -rf $(RAW)
	mkdir -p $(D)
	gld-lists synthetic $(RAW) --landmarks $(LANDMARKS) --seed $(SEED)

$(LISTS)/clean.tsv: $(RAW)/train/train.csv
	$(call step,official metadata to lists)
	gld-lists google $(RAW) -o $(LISTS)

$(MODEL): $(LISTS)/clean.tsv $(CONFIG)
	$(call step,fine-tuning the packaged network)
	gld-train $(LISTS)/clean.tsv --config $(CONFIG) --images $(RAW) --seed $(SEED) -o $(MODEL)

# One rule for each network: raw pixels, ImageNet weights without training, the network trained above.
$(D)/%/pixels.zarr: $(LISTS)/clean.tsv
	$(call step,$* as raw pixels)
	mkdir -p $(D)/$*
	gld-embed $(LISTS)/$*.tsv -c pixels:16 --images $(RAW) -o $@

$(D)/%/imagenet.zarr: $(LISTS)/clean.tsv
	$(call step,embedding $* with ImageNet weights)
	mkdir -p $(D)/$*
	gld-embed $(LISTS)/$*.tsv -c packaged:efficientnet_lite0 --size 224 --images $(RAW) -o $@

$(D)/%/trained.zarr: $(LISTS)/clean.tsv $(MODEL)
	$(call step,embedding $* with the trained network)
	mkdir -p $(D)/$*
	gld-embed $(LISTS)/$*.tsv -c $(MODEL) --images $(RAW) -o $@

$(D)/%.neighbours.tsv: $(D)/queries/%.zarr $(D)/index/%.zarr
	$(call step,search with $*)
	mkdir -p $(@D)
	gld-search $(D)/queries/$*.zarr --index $(D)/index/$*.zarr -o $@

$(D)/expand.neighbours.tsv: $(D)/trained.neighbours.tsv
	$(call step,rerank: query expansion)
	gld-rerank expand $< -o $@

# The landmark rerank twice: with only training images as references, and with the recipe's
# references, which contain most index images under their own labels.
$(D)/landmark.neighbours.tsv: $(D)/trained.neighbours.tsv $(D)/full/trained.zarr
	$(call step,rerank: landmarks and countries of the training images)
	gld-rerank landmark $< --reference $(D)/full/trained.zarr --labels $(LISTS)/full.tsv -o $@

$(D)/landmark-index.neighbours.tsv: $(D)/trained.neighbours.tsv $(D)/index-train/trained.zarr
	$(call step,rerank: landmarks and countries of training and index images)
	gld-rerank landmark $< --reference $(D)/index-train/trained.zarr \
		--labels $(LISTS)/index-train.tsv -o $@

$(D)/%.scores.tsv: $(D)/%.neighbours.tsv $(LISTS)/clean.tsv
	$(call step,scores of $*)
	gld-eval $< --truth $(LISTS)/truth.tsv -o $@

$(D)/submission.csv: $(D)/landmark-index.neighbours.tsv
	$(call step,submission)
	gld-lists submission $< -o $@

ROWS := pixels imagenet trained expand landmark landmark-index
$(D)/table.txt: $(ROWS:%=$(D)/%.scores.tsv)
	$(call step,table)
	rows=('pixels:raw pixels' 'imagenet:ImageNet weights as they come' 'trained:trained'
		'expand:trained + query expansion' 'landmark:trained + landmark rerank'
		'landmark-index:  with index labels (see README)')
	$(scores_of_rows) > $@
