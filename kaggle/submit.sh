#!/usr/bin/env bash
# Makes submission.csv in the current folder, for the competition's images in FOLDER/test and
# FOLDER/index, with the networks of the bundle that holds this script. Needs no network:
#
#   pip install --no-index --find-links BUNDLE/wheels gld-lists gld-embed gld-search gld-rerank
#   bash BUNDLE/submit.sh FOLDER
#
# Repeating the command resumes. If FOLDER/index holds the images that the bundle knows, their
# embeddings and tags are taken from the bundle; otherwise they are made.
set -euo pipefail

bundle=$(cd "$(dirname "$0")" && pwd)
competition=${1:-}
if [ ! -d "$competition/test" ] || [ ! -d "$competition/index" ]; then
	echo "submit.sh FOLDER: '$competition' is not the competition's folder, which holds test and index" >&2
	exit 2
fi
if ! command -v gld-rerank > /dev/null; then
	needs=$(< "$bundle/python")
	has=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
	if [ "$has" = "$needs" ]; then
		echo "gld-rerank: not installed; pip install --no-index --find-links $bundle/wheels" \
			"gld-lists gld-embed gld-search gld-rerank" >&2
	else
		echo "gld-rerank: not installed, because the wheels in $bundle are for Python $needs, and this is" \
			"Python $has; in the repository, rm -r .venv && make kaggle-bundle PYTHON=python$has" \
			"collects wheels for it" >&2
	fi
	exit 1
fi
mapfile -t networks < "$bundle/networks"
gpus=$(nvidia-smi --list-gpus 2> /dev/null | wc -l || true)

list() { # SET: the ids and paths of the images in a folder of the competition
	printf 'id\tpath\n'
	(cd "$competition" && find -L "$1" -name '*.jpg' | LC_ALL=C sort | sed 's/\(.*\)\/\(.*\).jpg/\2\t&/')
}

embed() { # LIST NETWORK STORE
	gld-embed "$1" -c "$bundle/runs/$2.safetensors" --images "$competition" \
		--gpus $((gpus > 1 ? gpus : 1)) -o "$3"
}

list test > queries.tsv
list index > index.tsv
for list in queries index; do
	[ "$(wc -l < $list.tsv)" != 1 ] || { echo "$competition: no *.jpg in test or in index" >&2; exit 1; }
done
index=$bundle
cmp --quiet index.tsv "$bundle/kaggle-lists/index.tsv" || index=.

queries=() indexes=() references=()
for network in "${networks[@]}"; do
	mkdir -p "$network"
	embed queries.tsv "$network" "$network/queries.zarr"
	[ "$index" = "$bundle" ] || embed index.tsv "$network" "$network/index.zarr"
	queries+=("$network/queries.zarr")
	indexes+=(--index "$index/$network/index.zarr")
	if [ -e "$bundle/$network/graph.zarr" ]; then
		reference=$bundle/$network/index-train.zarr
		[ "$index" = "$bundle" ] || gld-search "$network/index.zarr" --index "$reference" \
			--keep-self -k 1 -o "$network/index-tags.zarr"
		references+=(--reference "$reference" --graph "$bundle/$network/graph.zarr"
			--tags "$index/$network/index-tags.zarr")
	fi
done

gld-search "${queries[@]}" "${indexes[@]}" -o search.tsv
if [ ${#references[@]} -gt 0 ]; then
	gld-rerank landmark search.tsv --labels "$bundle/lists/index-train.tsv" "${references[@]}" \
		| gld-lists submission -o submission.csv
else
	gld-lists submission search.tsv -o submission.csv
fi
