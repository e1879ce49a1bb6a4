"""Optimizer, learning rates, averaged weights and half precision."""
