#!/usr/bin/env bash
# official.sh VARIABLE PATH FOLDER: print a name for PATH that make's rules, run in FOLDER, can hold: its
# absolute path, or, if that has a space or a sign that means something to make or to a shell, a link.
set -euo pipefail
variable=$1 folder=$3
path=$(realpath -sm -- "${2/#\~\//$HOME/}")
case $path in
*[[:space:]\$\#%\'\"\`\\:\;\&\|\<\>\*\?\[\]\(\)\{\}\!~=]*) ;;
*) echo "$path" && exit ;;
esac
if [ ! -d "$path" ]; then
	echo "$variable=$path: not found; expected the folder of the official files" >&2 && exit 1
fi
link=links/$variable
mkdir -p "$folder/links"
[ -L "$folder/$link" ] || ln -s "$path" "$folder/$link"
if [ "$(readlink "$folder/$link")" != "$path" ]; then
	echo "$variable=$path: $folder/$link leads to $(readlink "$folder/$link"); choose another folder by" \
		"S=FOLDER, or let the link lead to the new place if the same files have been moved" >&2 && exit 1
fi
echo "$link"
