"""Geometric verification of each query's first candidates by local features."""
