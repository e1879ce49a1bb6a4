"""gld-embed."""
