"""gld-train."""
