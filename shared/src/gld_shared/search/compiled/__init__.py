"""Loops of exact search that numba compiles, for processes that search much."""
