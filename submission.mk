# The 2nd place solution of Google Landmark Retrieval 2021, from the official files to Kaggle's CSV
# and the scores of its local validation. Run in the folder that holds weights/, with the authors'
# ImageNet weights; everything is made there:
#
#   make submission RAW=gldv2 COMPETITION=landmark-retrieval-2021 GPUS=8 S=submission
#
# RECIPE=full   four networks through four stages each, and the landmark rerank: full/submission.csv
# RECIPE=fast   one network, R50_256, without rerank: fast/submission.csv
#
# Without RAW: synthetic landmarks, with small networks under the same names (CONFIGS). Checkpoints and
# stores that are put in place (runs/STAGE.safetensors, STAGE/index-train.zarr) are taken as they are.

RECIPE ?= full
LANDMARKS ?= 16
JOB := submission
HERE := $(shell realpath --relative-to=. $(dir $(lastword $(MAKEFILE_LIST))))
ifeq ($(origin RAW),command line)
$(if $(RAW),,$(error RAW is empty; expected the folder of the official files))
$(if $(COMPETITION),,$(error COMPETITION is not given; expected the competition's folder, which holds test and index))
else
$(if $(filter command line,$(origin COMPETITION)),$(error \
	RAW is not given; expected the folder of the official files, besides COMPETITION))
COMPETITION := kaggle
CONFIGS ?= $(HERE)/gld-train/configs/miniature
endif
QUERIES := kaggle-lists/test.tsv
INDEX := kaggle-lists/index.tsv
SEARCHED := $(COMPETITION)
include $(HERE)/pipeline.mk
include $(HERE)/gld-train/recipe.mk
.PHONY: table begun found

networks_of_full := SER101ibn_512_all RXt101ibn_512_all ResNeSt101_512_all ResNeSt269_512_all
networks_of_fast := R50_256
rankings_of_full := search landmark
rankings_of_fast := search
NETWORKS := $(networks_of_$(RECIPE))
RANKINGS := $(rankings_of_$(RECIPE))
$(if $(NETWORKS),,$(error RECIPE=$(RECIPE); expected full or fast))

# What costs nothing comes first: a fault in it ends before days of work, not after.
table: begun $(QUERIES) $(INDEX) $(RECIPE)/table.txt $(RECIPE)/report.html $(RECIPE)/submission.csv
	@cat $(RECIPE)/table.txt

# A folder belongs to one data set: after other inputs, make would take what is there for finished.
INPUTS := RAW=$(RAW) COMPETITION=$(COMPETITION) SEED=$(SEED)$(if $(filter raw,$(RAW)), LANDMARKS=$(LANDMARKS))
BEGUN := $(file <begun-with)
$(if $(BEGUN),$(if $(filter-out $(INPUTS),$(BEGUN)),$(error \
	$(CURDIR) was begun with $(BEGUN); choose another folder by S=FOLDER, or write the new \
	place to $(CURDIR)/begun-with if the same files have been moved)))
begun: found
	$(if $(BEGUN),,@echo '$(INPUTS)' > begun-with)

# What is missing of a checkpoint that is not there: the ImageNet weights of its first stage.
config = $(1:runs/%.safetensors=$(CONFIGS)/%.toml)
missing = $(if $(wildcard $(1)),,$(foreach input,$(call named,$(call config,$(1))),\
	$(if $(filter runs/%,$(input)),$(call missing,$(input)),$(filter weights/%,$(input)))))

# The stores of a network that has no checkpoint here were put in place: they are inputs.
STORES := queries index expanded index-train
PLACED_STORES := $(foreach network,$(NETWORKS),\
	$(if $(wildcard runs/$(network).safetensors),,$(wildcard $(STORES:%=$(network)/%.zarr))))
ABSENT_STORES := $(filter-out $(wildcard $(foreach store,$(STORES),$(NETWORKS:%=%/$(store).zarr))),\
	$(foreach store,$(STORES),$(NETWORKS:%=%/$(store).zarr)))
$(PLACED_STORES): ;

# What must be there before the first step: all that is missing is named at once.
WEIGHTS := $(filter-out $(wildcard weights/*),$(sort $(foreach network,$(NETWORKS),\
	$(if $(filter $(network)/%,$(ABSENT_STORES)),$(call missing,runs/$(network).safetensors)))))
ifeq ($(origin RAW),command line)
OFFICIAL := $(if $(wildcard $(RAW)/train/train.csv*),,$(RAW))
IMAGES := $(foreach part,test index,$(if $(wildcard $(COMPETITION)/$(part)/*),,$(COMPETITION)/$(part)))
endif
define name_missing =
@exec >&2
$(foreach folder,$(OFFICIAL),echo "$(folder): no train/train.csv; expected the official files as RAW"
echo "gld-lists download metadata countries index test train -o $(folder) fetches them"
)$(foreach folder,$(IMAGES),echo "$(folder): no images; expected the competition's folder as COMPETITION"
)$(foreach file,$(WEIGHTS),echo "$(CURDIR)/$(file): missing; the ImageNet weights of the network, as their authors publish them"
)exit 1
endef
found:
	$(if $(strip $(OFFICIAL)$(IMAGES)$(WEIGHTS)),$(name_missing))

# The lists of the competition: its queries, its index, and its index with all relevant images

ifeq ($(COMPETITION),kaggle)
kaggle/test kaggle/index &: | $(METADATA)
	$(call step,a competition of the synthetic landmarks: an index without some relevant images)
	rm -rf kaggle kaggle.partial
	mkdir kaggle.partial
	cp -r raw/test raw/index kaggle.partial
	rm kaggle.partial/*/*.csv
	find kaggle.partial/index -name '*[048c].jpg' -delete
	mv kaggle.partial kaggle
else
$(COMPETITION)/test $(COMPETITION)/index: ;
endif

kaggle-lists/%.tsv: $(COMPETITION)/%
	$(call step,the competition's images: $*)
	mkdir -p kaggle-lists
	(
		printf 'id\tpath\n'
		cd $(COMPETITION)
		find -L $* -name '*.jpg' | LC_ALL=C sort | sed 's/\(.*\)\/\(.*\).jpg/\2\t&/'
	) > $@.partial
	[ "$$(wc -l < $@.partial)" != 1 ] || { echo "$<: no images; expected *.jpg, in folders too" >&2; exit 1; }
	mv $@.partial $@

kaggle-lists/expanded.tsv: kaggle-lists/index.tsv $(METADATA)
	$(call step,the competition's index and the relevant images that it lacks)
	sha256sum $^ > $@.noted
	gld-lists expand $(RAW) --competition $(COMPETITION)/index -o $@
	mv $@.noted $@.inputs

%/expanded.zarr: kaggle-lists/expanded.tsv runs/%.safetensors
	$(call embed,runs/$*.safetensors,$(RAW))

# The searches of the landmark rerank: the graph of the references, and the nearest references of each
# query and of each index image (tags)

%/graph.zarr: %/index-train.zarr
	$(call step,neighbours of the references: $*)
	$(begin)
	gld-search $< --index $< -k 30 --gpus $(GPUS) -o $@
	$(end)

%/query-tags.zarr: %/queries.zarr %/index-train.zarr
	$(call step,nearest references of each query: $*)
	$(begin)
	gld-search $< --index $*/index-train.zarr --keep-self -k 30 --gpus $(GPUS) -o $@
	$(end)

define of_index =
%/$(1)-tags.zarr: %/$(1).zarr %/index-train.zarr
	$$(call step,nearest reference of each image of the $(1): $$*)
	$$(begin)
	gld-search $$< --index $$*/index-train.zarr --keep-self -k 1 --gpus $(GPUS) -o $$@
	$$(end)

$(RECIPE)/$(1).search.neighbours.tsv: $(NETWORKS:%=%/queries.zarr) $(NETWORKS:%=%/$(1).zarr)
	$$(call step,ensemble search of the $(1))
	mkdir -p $$(@D)
	gld-search $(NETWORKS:%=%/queries.zarr) $(NETWORKS:%=--index %/$(1).zarr) -o $$@

$(RECIPE)/$(1).landmark.neighbours.tsv: $(RECIPE)/$(1).search.neighbours.tsv lists/index-train.tsv \
		$(NETWORKS:%=%/index-train.zarr) $(NETWORKS:%=%/$(1)-tags.zarr) \
		$(NETWORKS:%=%/query-tags.zarr) $(NETWORKS:%=%/graph.zarr)
	$$(call step,landmark rerank of the $(1))
	gld-rerank landmark $$< --labels lists/index-train.tsv $(NETWORKS:%=--reference %/index-train.zarr) \
		$(NETWORKS:%=--tags %/$(1)-tags.zarr) $(NETWORKS:%=--query-tags %/query-tags.zarr) \
		$(NETWORKS:%=--graph %/graph.zarr) -o $$@
endef
$(foreach index,index expanded,$(eval $(call of_index,$(index))))

# The submission, and the scores of the same ranking of the expanded index

$(RECIPE)/submission.csv: $(RECIPE)/index.$(lastword $(RANKINGS)).neighbours.tsv
	$(call step,submission)
	gld-lists submission $< -o $@

# By the competition's definition, which divides by at most 100 relevant images, and by the recipe's own.
%.recipe.scores.tsv: %.neighbours.tsv lists/truth.tsv
	$(call step,scores of $* by the recipe's definition)
	gld-eval $< --truth lists/truth.tsv --protocol recipe -o $@

TITLE := mAP@100, expanded index
USAGES := public private all
$(RECIPE)/table.txt: $(foreach ranking,$(RANKINGS),\
		$(RECIPE)/expanded.$(ranking).scores.tsv $(RECIPE)/expanded.$(ranking).recipe.scores.tsv)
	$(call step,table)
	rows=($(foreach ranking,$(RANKINGS),'$(RECIPE)/expanded.$(ranking):$(ranking)' \
		'$(RECIPE)/expanded.$(ranking).recipe:  divided by all relevant images'))
	$(scores_of_rows)

$(RECIPE)/report.html: $(RECIPE)/expanded.$(lastword $(RANKINGS)).neighbours.tsv \
		lists/truth.tsv lists/queries.tsv lists/index.tsv
	$(call step,report)
	gld-eval $< --report $@ --truth lists/truth.tsv --images $(RAW) \
		--list lists/queries.tsv --list lists/index.tsv > /dev/null

# The bundle of a Kaggle kernel without internet: wheels, checkpoints, references, tags and graph

# What the kernel's image has already, and what only training needs: no wheels of it are taken along.
KERNEL_HAS ?= torch|torchvision|triton|nvidia-.*|cuda-.*
BUNDLED := gld-lists gld-embed gld-search gld-rerank
BUNDLED_FILES := kaggle-lists/index.tsv $(NETWORKS:%=runs/%.safetensors) $(NETWORKS:%=%/index.zarr) \
	$(if $(filter landmark,$(RANKINGS)),lists/index-train.tsv $(NETWORKS:%=%/index-train.zarr) \
	$(NETWORKS:%=%/index-tags.zarr) $(NETWORKS:%=%/graph.zarr))

# Wheels of compiled packages are for one Python, that of the environment.
$(RECIPE)/bundle: $(BUNDLED_FILES) $(HERE)/kaggle/submit.sh \
		$(wildcard $(HERE)/dist/*.whl $(HERE)/.venv/installed)
	$(call step,bundle for Kaggle)
	rm -rf $@ $@.partial
	mkdir -p $@.partial/wheels
	cp -rl --parents $(BUNDLED_FILES) $@.partial
	cp $(HERE)/kaggle/submit.sh $@.partial
	printf '%s\n' $(NETWORKS) > $@.partial/networks
	python -c 'import sys; print("%d.%d" % sys.version_info[:2])' > $@.partial/python
	cp $(HERE)/dist/gld_shared-*.whl $(foreach name,$(BUNDLED),$(HERE)/dist/$(subst -,_,$(name))-*.whl) \
		$@.partial/wheels
	printf '%s\n' $(BUNDLED) \
		| uv pip compile - --quiet --no-header --no-annotate --find-links $(HERE)/dist \
			--constraint $(HERE)/requirements.lock \
		| grep -vE '^(gld-.*|$(KERNEL_HAS))==' > $@.partial/wheels.txt
	python -m pip download --quiet --no-deps --only-binary :all: --dest $@.partial/wheels \
		--requirement $@.partial/wheels.txt
	mv $@.partial $@
	du -shc $@/*
