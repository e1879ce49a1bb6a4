# The main job, as the commands that a user would type: synthetic landmarks in; ranked neighbours, a
# table of scores and a submission out. `make demo LANDMARKS=100 SEED=1 D=demo1` runs another demo in a folder of its own.

HERE := $(shell realpath --relative-to=. $(dir $(lastword $(MAKEFILE_LIST))))
LANDMARKS ?= 60
JOB ?= demo
include $(HERE)/pipeline.mk
CONFIG ?= $(HERE)/gld-train/configs/demo.toml
.PHONY: table
# Stores that only pattern rules name are kept.
.SECONDARY:

table: table.txt submission.csv report.html
	@cat table.txt
	echo 'demo: the report of the last row is $(CURDIR)/report.html' >&2

runs/trained.safetensors: lists/clean.tsv $(CONFIG)
	$(call step,fine-tuning the packaged network)
	mkdir -p runs
	gld-train $< --config $(CONFIG) --images $(RAW) --seed $(SEED) --overwrite -o $@
	$(if $(wildcard $@),touch $@)

# Two networks without training: raw pixels, and ImageNet weights.
pixels/%.zarr: lists/%.tsv
	$(call embed,pixels:16,$(RAW))

imagenet/%.zarr: lists/%.tsv
	$(call embed,packaged:efficientnet_lite0 --size 224,$(RAW))

%.neighbours.tsv: %/queries.zarr %/index.zarr
	$(call step,search with $*)
	gld-search $*/queries.zarr --index $*/index.zarr -o $@

expand.neighbours.tsv: trained.neighbours.tsv
	$(call step,rerank: query expansion)
	gld-rerank expand $< -o $@

# The landmark rerank twice: with only training images as references, and with the recipe's
# references, which contain most index images under their own labels.
landmark.neighbours.tsv: trained.neighbours.tsv trained/full.zarr lists/full.tsv
	$(call step,rerank: landmarks and countries of the training images)
	gld-rerank landmark $< --reference trained/full.zarr --labels lists/full.tsv -o $@

landmark-index.neighbours.tsv: trained.neighbours.tsv trained/index-train.zarr lists/index-train.tsv
	$(call step,rerank: landmarks and countries of training and index images)
	gld-rerank landmark $< --reference trained/index-train.zarr --labels lists/index-train.tsv -o $@

submission.csv: landmark-index.neighbours.tsv
	$(call step,submission)
	gld-lists submission $< -o $@

# The last row in pictures, compared with the search that it ranks again.
report.html: landmark-index.neighbours.tsv trained.neighbours.tsv lists/truth.tsv
	$(call step,report)
	gld-eval $< --truth lists/truth.tsv --baseline trained.neighbours.tsv \
		--report $@ --images $(RAW) -o report.scores.tsv

ROWS := pixels imagenet trained expand landmark landmark-index
table.txt: $(ROWS:%=%.scores.tsv)
	$(call step,table)
	rows=('pixels:raw pixels' 'imagenet:ImageNet weights as they come' 'trained:trained'
		'expand:trained + query expansion' 'landmark:trained + landmark rerank'
		'landmark-index:  with index labels (see README)')
	$(scores_of_rows)
