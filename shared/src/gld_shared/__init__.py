"""gld-shared."""
