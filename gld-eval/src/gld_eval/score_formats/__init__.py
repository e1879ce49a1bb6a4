"""Scores as text for people and for other programs; the table itself is ``gld-scores/1``."""
