# A folder of photographs, searched in itself: a page with the photographs most alike to each, near
# duplicates first. Run in a folder for the results, DIR is that of the photographs:
#
#     make -f photos.mk DIR=/path/to/photos
#
# The same command after photographs were added or removed makes the page again.

C ?= packaged:efficientnet_lite0
K ?= 20

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.PHONY: page FORCE

page: photos.html
	@echo "look at $(CURDIR)/photos.html"

# The folder is listed each time; as long as it holds the same photographs, nothing is made again.
photos.tsv: FORCE
	$(if $(DIR),,$(error name the folder of the photographs: make photos DIR=my/photos))
	gld-lists folder '$(DIR)' -o new.tsv
	if cmp --silent new.tsv $@; then rm new.tsv; else rm -rf photos.zarr*; mv new.tsv $@; fi

photos.zarr: photos.tsv
	gld-embed $< -c $(C) --images '$(DIR)' --skip-unreadable -o $@

alike.tsv: photos.zarr
	gld-search $< --index $< -k $(K) -o $@

photos.html: alike.tsv
	gld-eval $< --images '$(DIR)' --report $@
