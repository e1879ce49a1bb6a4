"""Mutations of a pickle of plain data: its values as JSON, or arguments of its instructions."""

import json
import pickle
import pickletools
from random import Random

from gld_eval.ground_truth.plain_pickle import read_plain_pickle
from gld_shared.errors import DataError

from mutations.json_text import mutate_json

# What a pickle must not name: a function that anybody may call, and one of numpy.
_NAMES = (b"cos\nsystem\n", b"cbuiltins\neval\n", b"cnumpy\nload\n", b"cnumpy\ndtype\n")


def pickled_values(data: bytes, random: Random) -> bytes:
    """Change a value or a key; data that are no pickle of plain values stay."""
    try:
        # By gld's own reader: what an earlier mutation made of the data must not run.
        text = json.dumps(read_plain_pickle(data, "the data"))
        return pickle.dumps(json.loads(mutate_json(text, random)), random.choice((0, 2, 4)))
    except (DataError, ValueError, TypeError, RecursionError):
        return data


def pickled_instruction(data: bytes, random: Random) -> bytes:
    """Drop or repeat one instruction of a pickle, or insert the name of a function before it."""
    try:
        places = [place for _, _, place in pickletools.genops(data) if place is not None]
    except ValueError:
        return data
    if len(places) < 2:
        return data
    number = random.randrange(1, len(places))
    start, end = places[number], [*places, len(data)][number + 1]
    piece = data[start:end]
    changed = random.choice((b"", piece * 2, piece * 1000, random.choice(_NAMES) + piece))
    return data[:start] + changed + data[end:]
