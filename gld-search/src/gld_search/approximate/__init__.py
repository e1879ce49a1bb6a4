"""Approximate search: FAISS nominates candidates, and the stores' vectors score them exactly."""
