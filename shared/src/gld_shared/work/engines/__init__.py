"""Engines, which start processes that share the units of one output, here or on a cluster."""
