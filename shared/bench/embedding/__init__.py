"""Benchmarks of gld-embed on a CPU."""
