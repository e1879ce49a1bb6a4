# A folder of photographs, searched in itself: a page with the photographs most alike to each, near
# duplicates first. Run in a folder for the results, DIR is that of the photographs:
#
#     make -f photos.mk DIR=/path/to/photos
#
# C is the network, K the number of neighbours in alike.tsv, of which the page shows the first 10, and
# SHOW the number of photographs that the page shows at most. The same command makes again what depends
# on a change: of the photographs (their names, sizes and times of modification), of the network, of K
# and of SHOW.

C ?= packaged:efficientnet_lite0
K ?= 10
SHOW ?= 100000
# Recipes read these as variables of the shell, because they may hold spaces, quotes and other signs.
export C DIR K SHOW

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.PHONY: page FORCE

page: photos.html
	@echo "look at $$PWD/photos.html"
	rows() { if [ -e $$1 ]; then tail -n +3 $$1 | wc -l; else echo 0; fi; }
	unreadable=$$(rows photos.unreadable.tsv)
	photographs=$$(($$(rows photos.tsv) - unreadable))
	if ((unreadable)); then echo "could not be read: $$unreadable, see $$PWD/photos.unreadable.tsv"; fi
	if ((photographs > SHOW)); then
		echo "it shows $$SHOW of $$photographs photographs; SHOW=$$photographs shows all"
	fi

# A file that is made each time keeps its old time if its text is the same.
update = if cmp --silent $@.new $@; then rm $@.new; else mv $@.new $@; fi
# Names, sizes and times of modification of files: shows an edit without reading them.
state_of_files := stat --dereference --printf '%n\t%s\t%.9Y\n' --

photos.tsv: FORCE
	$(if $(DIR),,$(error name the folder of the photographs: make photos DIR=my/photos))
	gld-lists folder "$$DIR" -o $@.new
	$(update)

# gld-embed resumes what is there, so what was made from other photographs is removed.
made-with/photographs-and-network: photos.tsv FORCE
	mkdir -p made-with
	{
		sha256sum photos.tsv
		tail -n +3 photos.tsv | cut -f 2 | tr '\n' '\0' | (cd "$$DIR" && xargs -0 $(state_of_files))
		echo "$$C"
		if [ -f "$$C" ]; then $(state_of_files) "$$C"; fi
	} > $@.new
	cmp --silent $@.new $@ || rm -rf photos.zarr* photos.unreadable.tsv
	$(update)

made-with/K made-with/SHOW: FORCE | photos.tsv
	number=$${$(@F)}
	[[ $$number =~ ^[1-9][0-9]*$$ ]] || { echo "$(@F)=$$number: expected a number from 1" >&2; exit 1; }
	mkdir -p made-with
	echo "$$number" > $@.new
	$(update)

photos.zarr: made-with/photographs-and-network
	gld-embed photos.tsv -c "$$C" --images "$$DIR" --skip-unreadable -o $@

# Numbers come first, so that a mistyped one is named before photographs are embedded.
alike.tsv: made-with/K photos.zarr
	gld-search photos.zarr --index photos.zarr -k "$$K" -o $@

photos.html: made-with/SHOW alike.tsv
	gld-eval alike.tsv --images "$$DIR" --show "$$SHOW" --report $@
