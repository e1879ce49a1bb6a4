"""gld-eval."""
