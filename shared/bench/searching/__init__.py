"""Exact search of stores of random vectors of length 1."""
