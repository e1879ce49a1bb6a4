"""Merging the tables of an index's shards into the table of the whole."""
