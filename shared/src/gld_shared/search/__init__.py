"""Exact nearest neighbours by inner product, block by block."""
