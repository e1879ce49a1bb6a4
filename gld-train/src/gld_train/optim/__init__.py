"""Optimizer, learning rates, averaged weights (EMA) and half precision."""
