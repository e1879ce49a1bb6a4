"""Searches made before: the graph of the references, the tags of the index and of the queries."""
