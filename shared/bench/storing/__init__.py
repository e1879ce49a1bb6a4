"""Benchmarks of writing and reading stores."""
