#!/usr/bin/env bash
# Touch what was made from files that are newer now, but have the contents that TARGET.inputs notes:
# before make plans, so that `make -n` lists only what will be made again. Run in the folder that make
# works in; the arguments are the files that the lists are made from.
set -euo pipefail
shopt -s nullglob
declare -A CHANGED

# Print the files that a note names; of a store, which is a folder, the folder.
inputs_of() {
	cut -c 67- "$1" | sed 's/[.]zarr\/zarr[.]json$/.zarr/'
}

is_older() {
	local input
	while IFS= read -r input; do
		if [ "$input" -nt "$1" ]; then return 0; fi
	done < <(inputs_of "$1.inputs")
	return 1
}

# Touch a target, and return whether that helped: not after a change, nor with inputs of the future.
settle() {
	if [ ! -e "$1" ] || [ -n "${CHANGED[$1]:-}" ] || ! is_older "$1"; then return 1; fi
	if sha256sum --status --check "$1.inputs" 2> /dev/null; then touch "$1"; fi
	if is_older "$1"; then CHANGED[$1]=yes; return 1; fi
}

# The lists have one note together, which is also a target. Other files than before are a change.
if [ -e lists.inputs ] && [ "$(inputs_of lists.inputs | sort)" = "$(printf '%s\n' "$@" | sort)" ]; then
	while IFS= read -r input; do
		if [ "$input" -nt lists.inputs ]; then
			if sha256sum --status --check lists.inputs; then touch lists.inputs lists/*.tsv; fi
			break
		fi
	done < <(inputs_of lists.inputs)
fi

# What is touched is newer than what was made from it, so look again until nothing is.
touched=yes
while [ -n "$touched" ]; do
	touched=
	for note in */*.inputs; do
		if settle "${note%.inputs}"; then touched=yes; fi
	done
done
