"""Reranking at the size of the competition, on made-up landmarks."""
