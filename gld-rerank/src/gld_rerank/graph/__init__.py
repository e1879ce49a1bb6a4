"""The graph that methods walk on: the nearest images of each index image, and of each query."""
