"""gld-search."""
