"""Neighbours added to vectors: to those of queries, and to those of an index."""
