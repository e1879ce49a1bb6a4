"""gld-lists."""
